from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from surefoot.draw import (
    applied_svg,
    bowl_svg,
    curves_svg,
    duration,
    length,
    loss_limits,
    paste,
    rate,
    rates_of,
    score_text,
    shade,
    spark_svg,
    spent_svg,
    thin,
)
from surefoot.errors import BadSchedule
from surefoot.report._curves import Ticks, curves_json, log_first, thinned, thinning_text, trials_of
from surefoot.schedules import parse

if TYPE_CHECKING:
    from surefoot.found import Background, Found
    from surefoot.records import Segment, Stage

_WIDE, _NARROW = 760, 350  # of pictures: what a page has room for, and a phone
_SPARK = 40  # points of a small curve


def study_view(
    found: Found, background: Background, number: int, points: int, drawn: int, state: str = ""
) -> dict[str, Any]:
    """All that a page says about a study, ready for its template, which escapes every text.

    Args:
        found: The result.
        background: What the study keeps beside it.
        number: Of the study on its page, from 0.
        points: Of its curves for the script.
        drawn: Points of its curves as SVG.
        state: How it stands, for a live page.

    Returns:
        Names for the template.
    """
    few = thinned(background.ticks, points)
    logged = log_first(loss_limits(few, log=False))
    return {
        "number": number,
        "name": found.study,
        "state": state,
        "lead": _lead(found, answered=background.answered),
        "rate": None if found.lr is None else rate(found.lr),
        "lede": _lede(found, background),
        "verdict": found.verdict,
        "says": _sentence(found.verdict.sentence),
        "advice": _sentence(found.verdict.advice),
        "facts": _facts(found),
        "paste": "" if found.lr is None else _paste(found),
        "bowl": widths(partial(bowl_svg, found)),
        "curves": markup(curves_svg(found, thinned(few, drawn, least=30), _WIDE, log=logged)),
        "data": markup(curves_json(found, background.ticks, few)),
        "thinned": thinning_text(found, background.ticks, few),
        "trials": _trials(found),
        "schedule": found.schedule,
        "course": widths(_course(found)),
        "spent": widths(partial(spent_svg, found)),
        "costs": _costs(found),
        "decisions": _decisions(found, background),
        "watched": _watched(found, few),
        "kinds": _kinds(found),
        "stages": [_row(stage, found) for stage in _by_rate(found)],
        "environment": _environment(found, background),
        "notes": [] if background.facts is None else background.facts.notes,
    }


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    text = _tidy(text)
    return text[:1].upper() + text[1:].rstrip(".") + "." * bool(text)


def _tidy(text: str) -> str:
    """A sentence of ours with its rates as everywhere on the page: 2.2e-5, not 2.2e-05."""
    return re.sub(r"(?<=\de)([+-])0(?=\d)", lambda sign: sign[1].strip("+"), text)


def markup(text: str) -> Any:
    """Text that our own code made of escaped parts: a template does not escape it again.

    Args:
        text: HTML.

    Returns:
        Markup.
    """
    from markupsafe import Markup

    return Markup(text)


def widths(draw: Callable[[int], str]) -> Any:
    """A picture in two widths, of which the style sheet shows the one that fits.

    Args:
        draw: Makes it.

    Returns:
        Markup; empty where there is nothing to draw.
    """
    wide = draw(_WIDE)
    return markup(f'<div class="wide">{wide}</div><div class="narrow">{draw(_NARROW)}</div>' if wide else "")


def _lead(found: Found, *, answered: bool) -> str:
    """What stands before the rate, in the largest letters."""
    if found.lr is None:
        return "Cannot tell the learning rate" if answered else "No learning rate yet"
    if not answered:
        return "The best learning rate so far is"
    if found.verdict.kind == "cannot_tell":
        return "Cannot tell for sure; the best guess is"
    return "Train with a learning rate of"


def _lede(found: Found, background: Background) -> list[str]:
    """The answer in a sentence or three."""
    if found.lr is None:
        return [_sentence(found.verdict.sentence), _sentence(found.verdict.advice)]
    said: list[str] = []
    if found.interval is not None and len({*map(rate, found.interval)}) > 1:
        tolerance = 0.01 if background.settings is None else background.settings.tolerance
        low, high = map(rate, found.interval)
        said.append(
            f"Every rate from {low} to {high} is good: with 90 % probability it loses at most {100 * tolerance:g} % of"
            " the progress of the best one."
        )
    if found.yours is not None:
        judged = ", is" if found.yours.kind in {"good", "too_high", "too_low"} else ":"
        said.append(f"Yours, {rate(found.yours.lr)}{judged} {_tidy(found.yours.sentence)}.")
    if found.fails_at is not None:
        said.append(f"Every rate tried from {rate(found.fails_at)} on failed.")
    if found.trained is not None:
        came = found.trained.reason or f"score {found.trained.score:.5g}"
        said.append(f"The model was trained with it {'and failed' if found.trained.reason else 'to the end'}: {came}.")
    return said


def _facts(found: Found) -> list[tuple[str, str, str]]:
    """Name, number, what it means."""
    good, sure = "none", ""
    if found.interval is not None:
        good, sure = " – ".join(map(rate, found.interval)), "with 90 % probability"
    fails = "none seen" if found.fails_at is None else f"≥ {rate(found.fails_at)}"
    yours, judged = "not given", ""
    if found.yours is not None:
        yours, judged = rate(found.yours.lr), _tidy(found.yours.sentence)
    price = found.price
    spent = f"{length(price.updates, found.granularity)}, {price.cost.forwards:,} validation batches"
    return [
        ("Good rates", good, sure),
        ("Failing rates", fails, "" if found.fails_at is None else "every trial failed"),
        ("Yours", yours, judged),
        ("Price", f"{price.runs:.2g} runs", f"{spent}, {duration(price.seconds)}"),
    ]


def _paste(found: Found) -> str:
    return "\n".join(line.strip() for line in paste(found).splitlines())


def _course(found: Found) -> Callable[[int], str]:
    try:
        course = parse(found.schedule).over(found.horizon) if found.schedule else None
    except BadSchedule:  # a schedule of the user's own, which has no text form
        course = None
    return lambda width: "" if course is None else applied_svg(course, found.lr or 1.0, width)


def _by_rate(found: Found) -> list[Stage]:
    return sorted(found.records.stages, key=lambda stage: (stage.segment.trial.lr, stage.segment.stop))


def _trials(found: Found) -> list[dict[str, Any]]:
    """What can be picked among the curves."""
    place = rates_of(found, 0.0, 1.0) if found.records.stages else None
    seeds = len({trial.seed for trial in trials_of(found)}) > 1
    return [
        {
            "name": rate(trial.lr) + (f" seed {trial.seed}" if seeds else ""),
            "shade": "" if place is None else shade(place(trial.lr)),
        }
        for trial in trials_of(found)
    ]


def _row(stage: Stage, found: Found) -> dict[str, str]:
    segment = stage.segment
    return {
        "rate": rate(segment.trial.lr),
        "seed": str(segment.trial.seed),
        "length": _length(segment, found),
        "score": "" if stage.score is None else f"{stage.score:.5g}",
        "came": _came(stage),
        "runs": f"{stage.cost.runs(found.horizon):.2g}",
        "seconds": duration(stage.cost.seconds),
    }


def _came(stage: Stage) -> str:
    if not stage.ok:
        return f"{stage.state}: {stage.reason}"
    return "ran to its end" if stage.score is not None else "kept, to be continued"


def _length(segment: Segment, found: Found) -> str:
    branch = "" if segment.branch == "whole" else f", {segment.branch} from {segment.start:,}"
    return length(segment.stop, found.granularity) + branch


def _costs(found: Found) -> list[dict[str, str]]:
    """A row a length: rates, price."""
    rows: list[dict[str, str]] = []
    for stop in sorted({stage.segment.stop for stage in found.records.stages}):
        mine = [stage for stage in _by_rate(found) if stage.segment.stop == stop]
        rows.append({
            "length": length(stop, found.granularity),
            "rates": ", ".join(dict.fromkeys(rate(stage.segment.trial.lr) for stage in mine)),
            "runs": f"{sum(stage.cost.runs(found.horizon) for stage in mine):.2g}",
            "seconds": duration(sum(stage.cost.seconds for stage in mine)),
        })
    return rows


def _decisions(found: Found, background: Background) -> list[dict[str, Any]]:
    numbers = {stage.segment: number for number, stage in enumerate(found.records.stages)}
    return [
        {
            "after": decision.after,
            "next": " ".join(str(numbers[segment]) for segment in decision.segments if segment in numbers),
            "why": _sentence(decision.why),
            "segments": [f"{rate(one.trial.lr)} for {_length(one, found)}" for one in decision.segments],
            "finish": decision.finish,
        }
        for decision in background.decided
    ]


def _watched(found: Found, ticks: Ticks) -> list[dict[str, Any]]:
    """What the losses of each trial say about its rate, with their curve."""
    place = rates_of(found, 0.0, 1.0) if found.records.stages else None
    return [
        {
            "rate": rate(stage.segment.trial.lr),
            "length": _length(stage.segment, found),
            "kind": stage.watched.kind,
            "says": stage.watched.sentence.partition(": ")[0],
            "because": stage.watched.sentence.partition(": ")[2],
            "notes": stage.watched.notes,
            "evidence": [
                (one.signal, score_text(one.value), score_text(one.threshold), one.source)
                for one in stage.watched.evidence
                if math.isfinite(one.value)
            ],
            "curve": markup(
                spark_svg(
                    thin(ticks.get(stage.segment, ()), _SPARK),
                    stage.watched.since or None,
                    "" if place is None else shade(place(stage.segment.trial.lr)),
                )
            ),
        }
        for stage in _by_rate(found)
        if stage.watched is not None
    ]


def _kinds(found: Found) -> str:
    """How many trainings look how."""
    seen = Counter(stage.watched.kind.replace("_", " ") for stage in found.records.stages if stage.watched is not None)
    return ", ".join(f"{many} {kind}" for kind, many in seen.most_common())


def _environment(found: Found, background: Background) -> list[tuple[str, str]]:
    """What the answer is for: how it was asked for, and on what it ran."""
    rows = [("horizon", length(found.horizon, found.granularity))]
    rows.append(("score", f"{'lower' if found.goal == 'min' else 'higher'} is better"))
    settings, facts = background.settings, background.facts
    if settings is not None:
        rows += [
            ("untrained score", score_text(settings.untrained)),
            ("budget", f"{settings.budget:.3g} runs"),
            ("tolerance", f"{settings.tolerance:g}"),
            ("seed", str(settings.seed)),
            ("rates looked at first", f"{rate(settings.lr_min)} to {rate(settings.lr_max)}"),
        ]
    if facts is not None:
        repeats = "yes, bit for bit" if facts.repeatable else f"no, scores differ by about {facts.spread:.1e}"
        rows += [
            ("training repeats", repeats),
            ("one update", duration(facts.update_seconds)) if facts.update_seconds >= 0.1 else
            ("one update", f"{1000 * facts.update_seconds:.2g} ms"),
            *_plain(facts.environment),
        ]  # fmt: skip
    return rows


def _plain(environment: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in environment.items()]
