from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from surefoot.engines import Work
from surefoot.finder._crew import Crew
from surefoot.finder._events import Event, OnEvent
from surefoot.finder._mending import mended, without_states
from surefoot.finder._room import Room
from surefoot.records import Answer, Checkpoint, Cost, Facts, Next, Records, Segment, Stage, Task, Tick
from surefoot.search import Settings, decide, finish
from surefoot.store import Decided, Study, ordered

D = TypeVar("D", bound="Next | Answer | Stage | None")
Decide = Callable[[], D]


class Conductor:
    """One study at work: has what is decided run, and what came of it kept. Has state: the records.

    Args:
        study: Held by this process.
        task: What is trained.
        settings: Of the search.
        facts: What preflight found of the task.
        crew: Who trains.
        tell: Called with every event.
        space: Bytes that states of trials may take; ``None`` for no limit.
    """

    def __init__(
        self,
        study: Study,
        task: Task,
        settings: Settings,
        facts: Facts,
        crew: Crew,
        tell: OnEvent,
        space: int | None = None,
    ):
        self.records = study.records()
        self.checkpoints = study.checkpoints()
        self._study = study
        self._settings = settings
        self._tell = tell
        batches, folder = settings.assess_forwards, study.folder
        work = Work(task, facts, settings.seed, batches, self.checkpoints, folder, self._began, self._ticked)
        self._engine = crew.engine(work)
        self._workers = crew.workers
        self._room = Room(self.checkpoints, space)
        self._waiting: list[Segment] = []
        self._out: list[Segment] = []
        decided = study.decided()
        self._order = [segment for decision in decided for segment in decision.segments]
        self._then: Decide[Any] = lambda: None
        self._decision: Next | Answer | None = None
        self._pressed = False
        self._apart = apart(decided)

    def search(self) -> Answer:
        """Go on until there is an answer.

        Returns:
            The answer.
        """
        answer = self._study.answer()
        if answer is None:

            def then() -> Next | Answer:
                return decide(self._sought(), self._settings)

            self._run(self._outstanding(), then)  # decided before the process died: back before all else is decided
            while not isinstance(decision := self._decided(then), Answer):
                there = self._apart & {stage.segment for stage in self.records.stages}
                self._apart -= set(decision.segments)
                self._run((segment for segment in decision.segments if segment not in there), then)
            answer = decision
        self._tell(Event("answered", self.records, decision=answer))
        return answer

    def finish(self, answer: Answer) -> None:
        """Train with the answer to the end; what is done of that already is not done again.

        Args:
            answer: With or without a rate.
        """

        def then() -> Next | Stage | None:
            return finish(self._seen(), answer, self._settings)

        while isinstance(wanted := self._decided(then), Next):
            self._apart |= set(wanted.segments) - {stage.segment for stage in self.records.stages}
            self._run(wanted.segments, then)
            self.checkpoints.drop(keep=[s.checkpoint for s in self.records.stages if s.segment in wanted.segments])
        if wanted is not None:
            if wanted.checkpoint is not None and not self.checkpoints.sound(wanted.checkpoint):
                self._again(wanted.segment)
            self._tell(Event("finished", self.records))

    def clear(self, answer: Answer) -> None:
        """Remove all checkpoints but a model that was trained to the end with the answer."""
        last = finish(self._seen(), answer, self._settings)
        self._study.let_go(len(self.records.stages))
        self.checkpoints.drop(keep=[last.checkpoint] if isinstance(last, Stage) else [])

    def _outstanding(self) -> Iterable[Segment]:
        """What was decided and is not back, without what may not be run any more."""
        for segment in self._study.outstanding():
            if self._settings.floor <= segment.trial.lr <= self._settings.ceiling:
                yield segment

    def _seen(self) -> Records:
        """The records, without states that were removed on purpose."""
        return without_states(self.records, self._study.gone())

    def _sought(self) -> Records:
        """What search is to see: what it asked for, at the price of having it run once."""
        stages = (stage for stage in self._seen().stages if stage.segment not in self._apart)
        return Records(tuple(replace(stage, again=Cost()) for stage in stages))

    def _decided(self, then: Decide[D]) -> D:
        """What is decided now, and recorded: with the last stage already, or else by itself."""
        recorded, self._decision = self._decision, None
        decision = then() if recorded is None else cast("D", recorded)
        if recorded is None and (recorded := _recordable(decision)) is not None:
            self._study.decide(recorded, after=len(self.records.stages))
        if isinstance(decision, Next):
            self._order += decision.segments
            self._tell(Event("decided", self.records, decision=decision))
        return decision

    def _run(self, segments: Iterable[Segment], then: Decide[Any]) -> None:
        """Have segments run, and keep what comes of each as soon as it is back, of the last with what it leads to."""
        self._waiting, self._then = list(segments), then
        while self._waiting or self._out:
            while self._waiting and len(self._out) < self._workers:
                ready = mended(self._waiting[0], self.records.stages, self.checkpoints, self._again)
                del self._waiting[0]
                if isinstance(ready, Stage):
                    self._keep(ready, [])
                else:
                    self._hand_out(ready)
            if self._out:
                self._keep(*self._back())

    def _hand_out(self, segment: Segment) -> None:
        self._out.append(segment)
        self._engine.submit(segment)

    def _back(self) -> tuple[Stage, Sequence[Tick]]:
        stage, ticks = self._engine.wait()
        self._out.remove(stage.segment)
        return stage, ticks

    def _keep(self, stage: Stage, ticks: Sequence[Tick]) -> None:
        segment = stage.segment
        before = self._known().get(segment) if segment.keep or segment.branch == "trunk" else None
        if before is None:
            self._take(stage)
            last = not (self._waiting or self._out)
            self._decision = _recordable(self._then()) if last else None
            self._study.commit(stage, ticks, self._decision, after=len(self.records.stages))
        else:  # run again to keep its end
            stage = replace(stage, cost=stage.cost + before.cost)
            self._study.mend(stage, ticks)
            self._take(stage)
        self._tell(Event("stage", self.records, stage=stage))
        self._make_room()

    def _known(self) -> dict[Segment, Stage]:
        return {stage.segment: stage for stage in self.records.stages}

    def _take(self, stage: Stage) -> None:
        self.records = ordered((*self.records.stages, stage), self._order)

    def _again(self, segment: Segment) -> Stage:
        """Run a segment again whose end was lost."""
        ready = mended(segment, self.records.stages, self.checkpoints, self._again)
        if isinstance(ready, Stage):
            return ready
        self._hand_out(ready)
        stage, ticks = self._back()
        while stage.segment != ready:  # another one that is out as well
            self._keep(stage, ticks)
            stage, ticks = self._back()
        before = self._known()[ready]
        kept = replace(before, segment=stage.segment, checkpoint=stage.checkpoint, again=before.again + stage.cost)
        self._study.mend(kept)
        self._take(kept)
        self._tell(Event("mended", self.records, stage=kept))
        self._make_room(kept.checkpoint)
        return stage

    def _make_room(self, *using: Checkpoint | None) -> None:
        using = (*using, *(segment.parent for segment in self._out))
        if self._room.make(self.records.stages, self._waiting, using) and not self._pressed:
            self._pressed = True
            self._tell(Event("let_go", self.records))

    def _began(self, segment: Segment) -> None:
        self._tell(Event("started", self.records, segment=segment))

    def _ticked(self, segment: Segment, tick: Tick) -> None:
        self._tell(Event("tick", self.records, segment=segment, tick=tick))

    def stop(self) -> None:
        """Nothing runs any more."""
        self._engine.cancel()


def apart(decided: Sequence[Decided]) -> set[Segment]:
    """What was run to train with the answer and not to find it: search does not see it, or its answer would move.

    Args:
        decided: All decisions of a study.

    Returns:
        Segments.
    """
    sought = {segment for decision in decided if not decision.finish for segment in decision.segments}
    return {segment for decision in decided for segment in decision.segments} - sought


def _recordable(decision: Next | Answer | Stage | None) -> Next | Answer | None:
    return decision if isinstance(decision, (Next, Answer)) else None
