"""How often "too high" and "too low" are said rightly, and by how much: on published runs and on live models.

    python benchmarks/watch.py deepobs FOLDER    # first tenth of each run of FOLDER (labels.json, *.first20pct.npz)
    python benchmarks/watch.py live              # 16 small trainings, nine rates, schedule and constant: an hour

deepobs: losses, rate, optimizer and horizon only; beside the published rules of other tools and a blind rule. The
constants of the watch were chosen while looking at all four problems; the halves show how far they hold.
live: what a monitor says at a tenth of the training, and the same with a probe where it is neither sure of trouble nor
healthy; on the ten trainings of tasks.py, which the probe was made on, and the six of unseen.py.
Writes benchmarks/watch.json.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _watch_live import label, parts, rates, watched
from _watch_rules import PEERS, Rule
from tasks import TASKS
from unseen import UNSEEN

import surefoot as sf

KEPT = Path(__file__).with_suffix(".json")
TUNED, CHECKED = ("fmnist_2c2d", "cifar10_3c3d"), ("quadratic_deep", "mnist_vae")
LABELS = ("too_high_dead", "too_high_degraded", "good", "too_low")
HIDDEN = (1000.0, 0.001)  # what every rate is multiplied by, to see that verdicts do not hang on it
PROBES = {"1 % of the run": (8, 0.01), "60 updates": (60, 0.0)}  # at least so many updates, or a share of the training


def runs(folder: Path, problem: str) -> list[dict[str, Any]]:
    """The first tenth of every labelled run of a problem."""
    labels = json.loads((folder / "labels.json").read_text())
    known = {}
    for key, value in labels.items():
        name, optimizer, lr, seed = key.split("|")
        known[name, optimizer, f"{float(lr):.6g}", seed] = value
    found = []
    with np.load(folder / f"{problem}.first20pct.npz") as traces:
        for key in traces:
            optimizer, lr, seed = key.split("|")
            losses = traces[key].astype(float)
            found.append({"problem": problem, "optimizer": optimizer, "lr": float(lr), "seed": seed,
                          "label": known[problem, optimizer, lr, seed], "losses": losses[: len(losses) // 2],
                          "horizon": 5 * len(losses)})  # fmt: skip
    for run in found:
        same = [other for other in found if other["optimizer"] == run["optimizer"]]
        run["best"] = max(other["lr"] for other in same if other["seed"] != "42")
    return [run for run in found if run["label"] in LABELS]


def ours(run: dict[str, Any], constant: float = 1.0) -> sf.Verdict:
    """Our verdict."""
    return sf.diagnose(run["losses"].tolist(), run["lr"] * constant, run["optimizer"], run["horizon"])


def row(name: str, said: list[tuple[str, str]]) -> dict[str, Any]:
    """Shares of each label that a rule called too high or too low."""
    total, counts = Counter(label for label, _ in said), Counter(said)
    shares = {
        "too_high_dead caught": counts["too_high_dead", "too_high"] / max(1, total["too_high_dead"]),
        "too_high_degraded caught": counts["too_high_degraded", "too_high"] / max(1, total["too_high_degraded"]),
        "too_high said of good": counts["good", "too_high"] / max(1, total["good"]),
        "too_low caught": counts["too_low", "too_low"] / max(1, total["too_low"]),
        "too_low said of good": counts["good", "too_low"] / max(1, total["good"]),
    }
    print(f"{name:<34}" + "".join(f"{100 * share:9.1f}" for share in shares.values()))
    return {"rule": name, **{key: round(share, 4) for key, share in shares.items()}, "runs": dict(total)}


def factors(found: list[tuple[dict[str, Any], sf.Verdict]]) -> dict[str, float]:
    """How good the factors are, of all verdicts that are not healthy."""
    widths, inside, given, trouble = [], [], 0, 0
    for run, verdict in found:
        if verdict.kind not in {"too_high", "too_low"}:
            continue
        trouble += 1
        if verdict.factor is None:
            continue
        given += 1
        low, high = verdict.factor
        ratio = run["lr"] / run["best"]
        widths.append(math.log10(high / low))
        inside.append(low <= (ratio if verdict.kind == "too_high" else 1 / ratio) <= high)
    shown = {"given": given / max(1, trouble), "median decades": statistics.median(widths),
             "true factor inside": statistics.mean(inside)}  # fmt: skip
    print("factor: " + ", ".join(f"{key} {value:.2f}" for key, value in shown.items()))
    return {key: round(value, 4) for key, value in shown.items()}


def deepobs(folder: Path) -> dict[str, Any]:
    """The table on published runs."""
    tables: dict[str, Any] = {}
    halves = {"tuned": TUNED, "checked": CHECKED, "all": (*TUNED, *CHECKED)}
    for half, problems in halves.items():
        found = [(run, ours(run)) for problem in problems for run in runs(folder, problem)]
        print(f"\n{half}: {', '.join(problems)}\n{'%':<34}     dead degraded good:high  too_low good:low")
        rows = [row("surefoot", [(run["label"], verdict.kind) for run, verdict in found])]
        for constant in HIDDEN:
            said = [(run["label"], ours(run, constant).kind) for run, _ in found]
            rows.append(row(f"surefoot, rates times {constant:g}", said))
        for name, rule in PEERS.items():
            rows.append(row(name, [(run["label"], _said(rule, run)) for run, _ in found]))
        tables[half] = {"problems": problems, "rows": rows, "factor": factors(found)}
    return tables


def _said(rule: Rule, run: dict[str, Any]) -> str:
    with np.errstate(all="ignore"):
        return rule(run["losses"], run["lr"], run["optimizer"])


def live() -> dict[str, Any]:
    """The table on live models."""
    said: dict[str, list[tuple[str, str]]] = {}
    for name in TASKS:
        seen = "unseen" if name in UNSEEN else "seen"
        given = parts(name)
        budgets = tuple(max(least, round(share * given["horizon"])) for least, share in PROBES.values())
        for schedule in (given.get("schedule", "warmup(0.05) >> cosine()"), "constant()"):
            found = [watched(given, lr, schedule, seed=5, budgets=budgets) for lr in rates(name)]
            best = min((one for one in found if math.isfinite(one["score"])), key=lambda one: one["score"])
            for one in found:
                told = label(one, best)
                said.setdefault(f"{seen}: free signals", []).append((told, one["free"].kind))
                for budget, probed in zip(PROBES, one["probes"], strict=True):
                    both = one["free"] if one["free"].kind in {"too_high", "too_low"} or probed is None else probed
                    said.setdefault(f"{seen}: with a probe of {budget}", []).append((told, both.kind))
        print(name, file=sys.stderr, flush=True)
    print(f"\nlive models\n{'%':<34}     dead degraded good:high  too_low good:low")
    return {"rows": [row(rule, verdicts) for rule, verdicts in said.items()]}


def main() -> None:
    """Run what was asked for, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["deepobs", "live"])
    parser.add_argument("folder", nargs="?", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.what == "deepobs" and (asked.folder is None or not (asked.folder / "labels.json").exists()):
        parser.error(f"deepobs needs the FOLDER with labels.json and *.first20pct.npz, got {asked.folder}")
    result = deepobs(asked.folder) if asked.what == "deepobs" else live()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    KEPT.write_text(json.dumps({**kept, asked.what: result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
