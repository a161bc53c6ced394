from __future__ import annotations

import math
import shlex
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from surefoot.draw import rate_argument
from surefoot.driving import lr_range
from surefoot.errors import BadTask, UserCodeError
from surefoot.records import Cost, Facts, Goal, Host, Losses, Segment, Stage, State, Traits, Trial
from surefoot.tasks._environment import environment
from surefoot.tasks._recorder import summary
from surefoot.tasks.command._arguments import (
    EPOCH,
    SCHEDULES,
    check_choices,
    check_template,
    configuring_files,
    goal_of,
    horizon_of,
)
from surefoot.tasks.command._gpus import gpus_of
from surefoot.tasks.command._learned import Learned, learn
from surefoot.tasks.command._messages import ended_badly, ignores_lr, last_words, no_score
from surefoot.tasks.command._run import Ran, file_pattern, run
from surefoot.tasks.command._template import Template
from surefoot.tasks.command._verdict import LossWatch, diverged

_VANISHING = 1e-10  # a rate that leaves the model as it is: the score after it is the untrained score
_SHORTEST = 10  # updates of the first run of a program; below that a schedule is mostly rounding (assumption)
_LONGER = 25  # a program that logs no score in it gets one more, of this part of the horizon (assumption)
_SAME_RATES = 3  # rates that must do what a vanishing one does before the program is said to ignore them,
_SAME_SPAN = 30.0  # the highest so many times the lowest: half precision swallows small ones (assumption)
_FULL_DIGITS = 7  # of a number that is not rounded


class CommandTask:
    """A training by any program, untouched: its rate and its length are arguments, its score is what it logs.

    Has state: what its first run told.

    Args:
        command: The program and its arguments, with placeholders: ``{lr}``; ``{steps}`` or ``{epochs}``, the length of
            this run; ``{horizon}``, that of the full training; ``{seed}``; ``{dir}``, a folder of this run's own;
            ``{resume}``, the folder of an earlier, shorter run to go on from: its argument is left out where there is
            none. ``{{`` and ``}}`` stand for braces. No shell sees it.
        horizon: Length of the full training: updates, ``"2000 steps"`` or ``"100 epochs"``.
        score: Name of the score, as the program logs it.
        goal: ``"min"`` (the default, unless the name suggests the opposite) or ``"max"``.
        score_file: Files that hold the score: a pattern with ``{dir}``. By default it is read from standard output and
            error.
        score_on: Which of several logged scores counts: the ``"last"`` or the ``"best"``.
        schedule_of_program: What its own schedule does in a run shorter than the horizon: it ``"shrinks"`` with the
            length, is broken off (``"prefix"``), or there is none (``"constant"``).
        gpus_per_trial: How many GPUs each run may see; ``None`` for all of them.
        timeout: Seconds that a run may take; ``None``: as long as it says something every half hour.

    Raises:
        BadTask: One of them cannot work.
    """

    def __init__(
        self,
        command: Sequence[Any],
        *,
        horizon: int | str,
        score: str,
        goal: Goal | None = None,
        score_file: str | None = None,
        score_on: Literal["last", "best"] = "last",
        schedule_of_program: Literal["shrinks", "prefix", "constant"] = "shrinks",
        gpus_per_trial: int | None = None,
        timeout: float | None = None,
    ):
        self._template = Template(command)
        self._horizon, self._epochs = horizon_of(horizon)
        check_choices(score_on, schedule_of_program, score_file, timeout, gpus_per_trial)
        check_template(self._template, schedule_of_program, epochs=self._epochs)
        if score_file is not None and "dir" not in self._template.names:
            raise BadTask(
                f"score_file={score_file!r} and no {{dir}} in the command: write it where the program's output goes"
            )
        self._score = score
        self._goal: Goal = goal_of(score, goal)
        self._score_file, self._score_on = score_file, score_on
        self._schedule = schedule_of_program
        self._gpus, self._timeout = gpus_per_trial, timeout
        self._facts: dict[int, Facts] = {}
        self._learned: Learned | None = None
        self._results: dict[tuple[int, int], dict[float, tuple[float, Losses | None]]] = {}

    @property
    def horizon(self) -> int:
        """Length of the full training in optimizer updates; an epoch counts 100."""
        return self._horizon

    @property
    def goal(self) -> Goal:
        """Whether a lower or a higher score is better."""
        return self._goal

    @property
    def gpus_per_trial(self) -> int | None:
        """How many GPUs each run may see; ``None`` for all."""
        return self._gpus

    @property
    def schedule(self) -> str:
        """What multiplies the peak rate, in words."""
        return SCHEDULES[self._schedule]

    @property
    def command(self) -> str:
        """The command of the full training, with ``{lr}`` where the rate belongs; for people to paste."""
        size = EPOCH if self._epochs else 1
        length = str(self._horizon // size)
        mark = "%lr%"  # which no shell minds, unlike braces
        full = {"lr": mark, "seed": "0", "dir": "DIR", "steps": length, "epochs": length, "horizon": length}
        return shlex.join(self._template.fill(full)).replace(mark, "{lr}")

    @property
    def traits(self) -> Traits:
        """What it can do: only start again; going on with ``{resume}`` is its own affair."""
        return Traits()

    def preflight(self, seed: int, assess_cap: int) -> Facts:
        """Run the program once, as short as can be and with a rate that changes nothing.

        The score of that run is that of the untrained model. It counts in the price. A program that logs no score in
        a run so short gets one longer run.

        Args:
            seed: Of the study.
            assess_cap: Not used: the program assesses as it does.

        Returns:
            What was found.

        Raises:
            BadTask: It logs no such score, or one that is not finite.
            UserCodeError: It failed.
        """
        del assess_cap
        if seed not in self._facts:
            self._facts[seed] = self._look_at_it(seed)
        return self._facts[seed]

    def again(self, facts: Facts) -> Facts:
        """Go on with a study: what its preflight found still holds, so the program is not run for it again.

        Args:
            facts: Of the study.

        Returns:
            The same with this task's own identity, to be compared.
        """
        learned = facts.identity.get("learned")
        if learned is not None:
            self._learned = Learned.from_dict(learned)
        return replace(facts, identity={**self._identity(), "learned": learned})

    def run(self, segment: Segment, host: Host) -> Stage:
        """Run the program once for a segment.

        Args:
            segment: What to run.
            host: Where ticks go and output is kept.

        Returns:
            What came of it.

        Raises:
            UserCodeError: The program failed, and not because of the rate.
            BadTask: It does the same whatever the rate is.
        """
        assert self._learned is not None, "preflight comes first"
        with tempfile.TemporaryDirectory(prefix="surefoot-") as temporary:
            kept = Path(temporary) if host.folder is None else host.folder.absolute()
            kept.mkdir(parents=True, exist_ok=True)
            earlier, start = self._earlier(kept, segment)
            folder = kept / _name(segment.trial, segment.stop)
            shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
            folder.mkdir()
            learned = self._learned
            watch = LossWatch(segment, start, learned.losses_per_update, host)
            try:
                ran = self._run(segment.trial, segment.stop, folder, earlier, host.slot, learned, watch)
                kept.joinpath(f"{folder.name}.log").write_text(ran.log(), encoding="utf-8")
                stage = self._stage(segment, segment.stop - start, ran, watch, learned)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            if not stage.ok or "resume" not in self._template.names:
                shutil.rmtree(folder, ignore_errors=True)
        self.check(stage)
        return stage

    def _run(
        self,
        trial: Trial,
        updates: int,
        folder: Path,
        earlier: Path | None = None,
        slot: int = 0,
        learned: Learned | None = None,
        watch: LossWatch | None = None,
    ) -> Ran:
        values = {"lr": rate_argument(trial.lr), "seed": str(trial.seed), "dir": str(folder)}
        unit, size = ("epochs", EPOCH) if self._epochs else ("steps", 1)
        values |= {unit: str(updates // size), "horizon": str(self._horizon // size)}
        if earlier is not None:
            values["resume"] = str(earlier)
        return run(
            self._template.fill(values),
            None if self._score_file is None else file_pattern(self._score_file, folder),
            gpus=None if self._gpus is None else gpus_of(slot, self._gpus),
            timeout=self._timeout,
            loss=None if learned is None else learned.loss,
            score=None if learned is None else learned.score,
            watch=watch,
        )

    # The first run

    def _look_at_it(self, seed: int) -> Facts:
        cost, lengths = Cost(), self._first_lengths()
        for updates in lengths:
            with tempfile.TemporaryDirectory(prefix="surefoot-") as folder:
                ran = self._run(Trial(_VANISHING, seed), updates, Path(folder))
                made = sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*") if file.is_file())
            cost += Cost(updates=updates, training=ran.ended.seconds)
            if ran.ended.status or ran.ended.stopped:
                raise UserCodeError(ended_badly(ran.argv, ran.ended, ran.listener))
            learned = learn(self._score, ran.listener, updates, in_files=self._score_file is not None)
            if learned is not None:
                return self._found(seed, updates, ran, learned, cost)
        said = " and one of ".join(self._length(updates) for updates in lengths)
        raise BadTask(no_score(self._score, self._score_file, said, ran.listener, made))  # pyright: ignore[reportPossiblyUnboundVariable]

    def _first_lengths(self) -> list[int]:
        if self._epochs:
            return [EPOCH]
        first = min(_SHORTEST, self._horizon)
        return sorted({first, max(first, self._horizon // _LONGER)})

    def _found(self, seed: int, updates: int, ran: Ran, learned: Learned, cost: Cost) -> Facts:
        scores = ran.values(learned.score)
        untrained = self._chosen(scores)
        if not math.isfinite(untrained):
            raise BadTask(
                f"the score {learned.score} is {untrained} in a run whose rate is so small that it changes nothing:"
                f" that is not the learning rate. Look at the data and at the program{last_words(ran.listener)}"
            )
        losses = ran.values(learned.loss)
        if not all(map(math.isfinite, losses)):
            learned = replace(learned, loss=None, losses_per_update=0.0)  # what is NaN untrained says nothing
        self._learned = learned
        self._results[seed, updates] = {_VANISHING: (untrained, summary(losses))}
        return Facts(
            untrained=untrained,
            lr_range=lr_range([]),
            assess_batches=0,
            repeatable=True,
            spread=0.0,
            update_seconds=max(1e-9, ran.ended.seconds - ran.starting) / updates,
            assess_seconds=ran.starting,
            identity={**self._identity(), "learned": learned.to_dict()},
            environment=environment(),
            notes=self._notes(updates, learned, cost),
            granularity=EPOCH if self._epochs else 1,
            smallest=updates,
            cost=cost,
        )

    def _identity(self) -> Mapping[str, Any]:
        return {
            "command": list(self._template.argv),
            "files": configuring_files(self._template),
            "horizon": self._length(self._horizon),
            "goal": self._goal,
            "score": self._score,
            "score file": self._score_file,
            "score on": self._score_on,
            "schedule": self._schedule,
        }

    def _notes(self, updates: int, learned: Learned, cost: Cost) -> list[str]:
        runs = "" if cost.updates == updates else ", after one that was too short to log it"
        notes = [
            f"score: {learned.score}; untrained, it is that of a run of {self._length(updates)} with rate"
            f" {_VANISHING:g}{runs}, which counts in the price"
        ]
        if learned.loss is None:
            notes.append("no training loss was seen, so hopeless trials run to their end")
        else:
            notes.append(f"training loss: {learned.loss}; by it hopeless trials are ended early")
        if self._epochs:
            notes.append(f"an epoch counts as {EPOCH} updates here: the program does not say how many it has")
        if "seed" not in self._template.names:
            notes.append("the command has no {seed}: if runs start at random, chance is taken for the rate's doing")
        if self._schedule == "shrinks" and any("warm" in argument.lower() for argument in self._template.argv):
            notes.append("a warmup of fixed length does not shrink: runs shorter than it tell little about the rate")
        if self._schedule == "prefix":
            notes.append("a schedule that is broken off says almost nothing: expect rates that are too high")
        return notes

    def _length(self, updates: int) -> str:
        count, unit = (updates // EPOCH, "epoch") if self._epochs else (updates, "update")
        return f"{count:,} {unit}{'' if count == 1 else 's'}"

    # A trial

    def _earlier(self, kept: Path, segment: Segment) -> tuple[Path | None, int]:
        """The folder of the longest earlier run of the same trial, and its updates."""
        if "resume" not in self._template.names:
            return None, 0
        stem = _name(segment.trial, "")
        ends = {path: path.name.removeprefix(stem) for path in kept.glob(f"{stem}*") if path.is_dir()}
        stops = {path: int(end) for path, end in ends.items() if end.isdigit() and int(end) < segment.stop}
        return max(stops.items(), key=lambda pair: pair[1], default=(None, 0))

    def _stage(self, segment: Segment, updates: int, ran: Ran, watch: LossWatch, learned: Learned) -> Stage:
        scores = ran.values(learned.score)
        score = self._chosen(scores) if scores else None
        state: State = "ok"
        reason = ""
        if watch.reason:
            state, reason, updates = "failed" if watch.failed else "ended", watch.reason, watch.done
        elif ran.ended.stopped:
            raise UserCodeError(ended_badly(ran.argv, ran.ended, ran.listener))
        elif ran.ended.status or score is None:
            if not diverged(watch.losses, scores, ran.last_lines()):
                raise UserCodeError(self._no_result(ran))
            words = ran.last_lines()
            state, reason = "failed", f"the program ended with status {ran.ended.status}: {words[-1] if words else ''}"
            updates = watch.done if watch.losses else updates
        elif not math.isfinite(score):
            state, reason = "failed", f"the score was {score} after {self._length(segment.stop)}"
        cost = Cost(updates=updates, training=ran.ended.seconds - ran.starting, starting=ran.starting)
        return Stage(segment, state, score if state == "ok" else None, summary(watch.losses), cost, reason=reason)

    def _no_result(self, ran: Ran) -> str:
        if ran.ended.status:
            return ended_badly(ran.argv, ran.ended, ran.listener)
        where = self._score_file or "its output"
        return (
            f"the command ended well, but logged no score {self._score!r} in {where} this time:\n  {' '.join(ran.argv)}"
            f"{last_words(ran.listener)}"
        )

    def _chosen(self, scores: Sequence[float]) -> float:
        if self._score_on == "last":
            return scores[-1]
        finite = [score for score in scores if math.isfinite(score)]
        return (min if self._goal == "min" else max)(finite, default=scores[-1])

    def check(self, stage: Stage) -> None:
        """Say so when several rates, far apart, do exactly what no rate does: a rounded score is no proof of that.

        Args:
            stage: What came of a run, maybe one in another process.

        Raises:
            BadTask: They do.
        """
        trial, losses = stage.segment.trial, stage.losses
        if stage.score is None:
            return
        results = self._results.setdefault((trial.seed, stage.segment.stop), {})
        results[trial.lr] = (stage.score, losses)
        rates = [lr for lr, result in results.items() if result == results[trial.lr]]
        tried = [lr for lr in rates if lr != _VANISHING]
        said = () if losses is None else (losses.first, losses.lowest, losses.highest)
        exact = any(_digits(value) >= _FULL_DIGITS for value in (stage.score, *said))
        if exact and len(rates) > len(tried) >= _SAME_RATES and max(tried) >= _SAME_SPAN * min(tried):
            raise BadTask(ignores_lr(rates, stage.score, 0 if losses is None else losses.count))


def _name(trial: Trial, updates: int | str) -> str:
    return f"{rate_argument(trial.lr)}-{trial.seed}-{updates}"


def _digits(value: float) -> int:
    """Significant digits of a number as it was written."""
    mantissa = repr(value).lower().partition("e")[0]
    return len(mantissa.replace(".", "").strip("-0"))
