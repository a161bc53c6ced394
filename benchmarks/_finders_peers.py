"""Other people's finders through their own packages, each as its documentation shows it; 100 updates for a ramp."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import math
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from _finders_live import Training, live
from tasks import TASKS
from truth import FLOOR_SEEDS, FOLDER, rows

import surefoot as sf

Finder = Callable[[str, int], "Said"]  # (name of the task, seed)

STEPS = 100
LOWEST, HIGHEST = 1e-7, 10.0  # fastai's own range; torch-lr-finder and ignite start at the optimizer's rate, end at 10
BALANCED = 0.5  # runs: what searches may spend


@dataclass(frozen=True)
class Said:
    """What a finder came to.

    Attributes:
        lr: ``None`` for no answer.
        updates: Spent.
        forwards: Forward-only batches spent.
        why: There is no answer.
    """

    lr: float | None
    updates: int
    forwards: int = 0
    why: str = ""


@functools.cache
def made(name: str) -> sf.TorchTask:
    """A task of the benchmark."""
    return TASKS[name]()


@contextlib.contextmanager
def quietly() -> Generator[None]:
    """Without their prints, bars, warnings and logs, in a folder of their own."""
    before = Path.cwd()
    logging.disable(logging.WARNING)
    with (
        warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()),
        tempfile.TemporaryDirectory() as folder,
    ):  # fmt: skip
        warnings.simplefilter("ignore")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
            logging.disable(logging.NOTSET)


def _loss(prediction: torch.Tensor, *_: Any) -> torch.Tensor:
    """The model gives the loss already."""
    return prediction


def torch_lr_finder(name: str, seed: int) -> Said:
    """torch-lr-finder, its only suggestion."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from torch_lr_finder import LRFinder, TrainDataLoaderIter

    class Batches(TrainDataLoaderIter):
        def inputs_labels_from_batch(self, batch_data: Any) -> tuple[Any, Any]:
            return batch_data[:2], batch_data[2]

    class Unpacking(torch.nn.Module):
        def __init__(self, inner: torch.nn.Module):
            super().__init__()
            self.inner = inner

        def forward(self, both: Any) -> torch.Tensor:
            return self.inner(*both)

    it = live(made(name), seed, LOWEST)
    finder = LRFinder(Unpacking(it.model), it.optimizer, _loss, device="cpu")
    finder.range_test(Batches(it.loader), start_lr=LOWEST, end_lr=HIGHEST, num_iter=STEPS)
    done = len(finder.history["lr"])
    try:
        _, lr = finder.plot(suggest_lr=True)
    except RuntimeError as error:
        return Said(None, done, why=str(error))
    finally:
        plt.close("all")
    return Said(float(lr), done)


def ignite(name: str, seed: int) -> Said:
    """pytorch-ignite's FastaiLRFinder."""
    from ignite.engine import Engine
    from ignite.handlers import FastaiLRFinder

    it, done = live(made(name), seed, LOWEST), []

    def update(engine: Any, batch: Any) -> float:
        del engine
        it.optimizer.zero_grad()
        loss = it.model(batch[0], batch[1])
        loss.backward()
        it.optimizer.step()
        done.append(1)
        return loss.item()

    trainer, finder = Engine(update), FastaiLRFinder()
    try:
        with finder.attach(trainer, {"model": it.model, "optimizer": it.optimizer}, num_iter=STEPS, start_lr=LOWEST,
                           end_lr=HIGHEST) as finding:  # fmt: skip
            finding.run(it.loader, max_epochs=STEPS)
        lr = finder.lr_suggestion()
    except RuntimeError as error:
        return Said(None, len(done), why=str(error))
    return Said(float(lr[0] if isinstance(lr, list) else lr), len(done))


def lightning(name: str, seed: int) -> Said:
    """Lightning's Tuner.lr_find, with its defaults."""
    _declare_torchvision()
    import lightning as pl
    from lightning.pytorch.tuner import Tuner

    it, done = live(made(name), seed, 1e-3), []

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.lr = it.model, 1e-3

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            del index
            done.append(1)
            return self.inner(batch[0], batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return it.optimizer

    trainer = pl.Trainer(max_epochs=STEPS, accelerator="cpu", logger=False, enable_checkpointing=False,
                         enable_progress_bar=False, enable_model_summary=False)  # fmt: skip
    finder = Tuner(trainer).lr_find(Module(), it.loader)
    lr = None if finder is None else finder.suggestion()
    return Said(lr, len(done), why="" if lr is not None else "suggestion() is None")


def _fastai(rule: str) -> Finder:
    def finder(name: str, seed: int) -> Said:
        _declare_torchvision()
        from fastai.callback.schedule import minimum, slide, steep, valley
        from fastai.data.core import DataLoaders
        from fastai.learner import Learner
        from fastai.optimizer import OptimWrapper

        rules = {"valley": valley, "slide": slide, "minimum": minimum, "steep": steep}
        it, done = live(made(name), seed, 1e-3), []
        it.model.register_forward_hook(lambda *_: done.append(1))
        learner = Learner(DataLoaders(it.loader, it.loader), it.model, loss_func=_loss,
                          opt_func=lambda params, **_: OptimWrapper(opt=it.optimizer))  # fmt: skip
        try:
            found = learner.lr_find(num_it=STEPS, show_plot=False, suggest_funcs=(rules[rule],))
        except (IndexError, RuntimeError, ValueError) as error:
            return Said(None, len(done), why=f"{type(error).__name__}: {error}")
        return Said(float(found[0]), len(done))

    finder.__doc__ = f"fastai's Learner.lr_find, the rule '{rule}'."
    return finder


_KEPT: list[Any] = []  # libraries of operators end when they are collected


def _declare_torchvision() -> None:
    """What torchvision's CUDA build misses beside a CPU build of torch, so that it can at least be imported."""
    if _KEPT:
        return
    stubs = torch.library.Library("torchvision", "DEF")
    with contextlib.suppress(RuntimeError):  # a build that fits has declared them
        for name in ("nms", "qnms"):
            stubs.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _KEPT.append(stubs)


class _Purse:
    """What may still be spent. Has state: what was spent."""

    def __init__(self, task: sf.TorchTask, seed: int):
        runs = BALANCED
        self.assess = max(4, round(3 * 0.25 * runs * task.horizon / 12))  # as find caps its own assessments
        facts = task.preflight(seed, self.assess)
        self.assess = facts.assess_batches
        self.range, self.horizon = facts.lr_range, task.horizon
        self.updates = self.forwards = 0
        self._may = runs * task.horizon

    @property
    def empty(self) -> bool:
        return self.updates + self.forwards / 3 >= self._may

    def pay(self, updates: int, forwards: int) -> None:
        self.updates += updates
        self.forwards += forwards


def _rungs(horizon: int) -> list[int]:
    return [max(10, round(horizon / share)) for share in (32, 16, 8, 4, 2, 1)]


def optuna_tpe(name: str, seed: int) -> Said:
    """Optuna's TPE with successive halving: every trial is the full training, stopped on the way."""
    task = made(name)
    import optuna

    purse, seen = _Purse(task, seed), {}
    rungs = _rungs(task.horizon)

    def objective(trial: Any) -> float:
        lr = trial.suggest_float("lr", *purse.range, log=True)
        training, score = Training(task, lr, seed, task.horizon, purse.assess), math.nan
        for rung in rungs:
            before = training.updates, training.forwards
            score = training.go_on(rung)
            purse.pay(training.updates - before[0], training.forwards - before[1])
            if score is None:
                raise optuna.TrialPruned
            seen[lr] = (rung, score)
            trial.report(score, rungs.index(rung) + 1)
            if purse.empty:
                trial.study.stop()
                raise optuna.TrialPruned
            if trial.should_prune():
                raise optuna.TrialPruned
        return score

    study = optuna.create_study(
        direction="minimize" if task.goal == "min" else "maximize", sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2),
    )  # fmt: skip
    while not purse.empty:
        study.optimize(objective, n_trials=1)
    return _best(seen, purse, task)


def optuna_gp(name: str, seed: int) -> Said:
    """Optuna's GP on trainings of a sixteenth, the schedule shrunk to their length."""
    task = made(name)
    import optuna

    purse, seen = _Purse(task, seed), {}
    rung = _rungs(task.horizon)[1]
    study = optuna.create_study(
        direction="minimize" if task.goal == "min" else "maximize", sampler=optuna.samplers.GPSampler(seed=seed)
    )
    while not purse.empty:
        trial = study.ask()
        lr = trial.suggest_float("lr", *purse.range, log=True)
        training = Training(task, lr, seed, rung, purse.assess)
        score = training.go_on(rung)
        purse.pay(training.updates, training.forwards)
        if score is None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            seen[lr] = (rung, score)
            study.tell(trial, score)
    return _best(seen, purse, task)


def ray_asha(name: str, seed: int) -> Said:
    """Ray Tune's ASHA over random rates: every trial is the full training, stopped on the way."""
    task = made(name)
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_AIR_NEW_OUTPUT": "0", "RAY_CHDIR_TO_TRIAL_DIR": "0",
                   "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1"}  # fmt: skip
    import ray
    from ray import tune
    from ray.tune.schedulers import AsyncHyperBandScheduler
    from ray.tune.search.basic_variant import BasicVariantGenerator

    purse, rungs, minimise = _Purse(task, seed), _rungs(task.horizon), task.goal == "min"
    if not ray.is_initialized():
        here = {"env_vars": {"PYTHONPATH": os.pathsep.join(sys.path)}}
        ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, runtime_env=here)

    def trainable(config: dict[str, float]) -> None:
        torch.set_num_threads(1)
        training = Training(task, config["lr"], seed, task.horizon, purse.assess)
        for number, rung in enumerate(rungs, 1):
            score = training.go_on(rung)
            worst = 1e30 if minimise else -1e30
            tune.report({"score": worst if score is None else score, "failed": score is None, "rung": number,
                         "updates": training.updates, "forwards": training.forwards})  # fmt: skip
            if score is None:
                return

    class Budget(tune.Stopper):
        """Ends it all when the budget is used up; keeps what was seen."""

        def __init__(self) -> None:
            self.seen: dict[str, dict[str, Any]] = {}

        def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
            self.seen[trial_id] = result
            return self.stop_all()

        def stop_all(self) -> bool:
            return sum(r["updates"] + r["forwards"] / 3 for r in self.seen.values()) >= BALANCED * task.horizon

    budget = Budget()
    tuner = tune.Tuner(
        trainable,
        param_space={"lr": tune.loguniform(*purse.range)},
        tune_config=tune.TuneConfig(
            metric="score", mode="min" if minimise else "max", num_samples=-1, reuse_actors=True,
            search_alg=BasicVariantGenerator(random_state=seed, max_concurrent=1),
            scheduler=AsyncHyperBandScheduler(grace_period=1, max_t=len(rungs), reduction_factor=2),
        ),
        run_config=tune.RunConfig(stop=budget, verbose=0, storage_path=str(Path.cwd())),
    )  # fmt: skip
    tuner.fit()
    seen: dict[float, tuple[int, float]] = {}
    for result in budget.seen.values():
        purse.pay(result["updates"], result["forwards"])
        if not result["failed"]:
            seen[result["config"]["lr"]] = (result["rung"], result["score"])
    return _best(seen, purse, task)


def grid_of_9(name: str, seed: int) -> Said:
    """Nine full trainings, evenly spread over the range: rows of the sweep, with seeds that the truth does not use."""
    task, seeds = made(name), FLOOR_SEEDS[seed % 2 : seed % 2 + 1]
    swept = [row for row in rows(FOLDER / f"{name}.sweep.jsonl") if row["seed"] in seeds]
    low, high = (math.log10(end) for end in task.preflight(0, 1).lr_range)
    wanted = [low + (high - low) * place / 8 for place in range(9)]
    nearest = [min(swept, key=lambda row, at=at: abs(math.log10(row["lr"]) - at)) for at in wanted]
    sign = 1 if task.goal == "min" else -1
    done = [row for row in nearest if row["score"] is not None]
    best = min(done, key=lambda row: sign * row["score"], default=None)
    return Said(None if best is None else best["lr"], sum(row["updates"] for row in nearest))


def constant(name: str, seed: int) -> Said:
    """1e-3, whatever the task."""
    del name, seed
    return Said(1e-3, 0)


def _best(seen: dict[float, tuple[int, float]], purse: _Purse, task: sf.TorchTask) -> Said:
    """The best score among the trials that got farthest."""
    if not seen:
        return Said(None, purse.updates, purse.forwards, "every trial failed")
    farthest = max(rung for rung, _ in seen.values())
    sign = 1 if task.goal == "min" else -1
    lr = min((lr for lr, (rung, _) in seen.items() if rung == farthest), key=lambda lr: sign * seen[lr][1])
    return Said(lr, purse.updates, purse.forwards)


@dataclass(frozen=True)
class Contestant:
    """Who takes part.

    Attributes:
        label: In tables.
        package: As it is installed; empty for what needs none.
        finder: Finds the rate of a task.
        seeds: How many differ; a constant says the same for all.
        kind: ``ramp``, ``search`` or ``rule``.
    """

    label: str
    package: str
    finder: Finder
    seeds: int = 5
    kind: str = "ramp"


PEERS = {
    "torch-lr-finder": Contestant("torch-lr-finder", "torch-lr-finder", torch_lr_finder),
    "ignite": Contestant("ignite FastaiLRFinder", "pytorch-ignite", ignite),
    "lightning": Contestant("Lightning Tuner.lr_find", "lightning", lightning),
    "fastai-valley": Contestant("fastai valley (its default)", "fastai", _fastai("valley")),
    "fastai-slide": Contestant("fastai slide", "fastai", _fastai("slide")),
    "fastai-minimum": Contestant("fastai minimum", "fastai", _fastai("minimum")),
    "fastai-steep": Contestant("fastai steep", "fastai", _fastai("steep")),
    "optuna-tpe": Contestant("Optuna TPE + halving", "optuna", optuna_tpe, kind="search"),
    "optuna-gp": Contestant("Optuna GP, short trainings", "optuna", optuna_gp, kind="search"),
    "ray-asha": Contestant("Ray Tune ASHA", "ray", ray_asha, kind="search"),
    "grid-9": Contestant("grid of 9 full trainings", "", grid_of_9, seeds=2, kind="search"),
    "constant": Contestant("constant 1e-3", "", constant, seeds=1, kind="rule"),
}
