from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from surefoot.engines import Inline
from surefoot.finder._events import Event, OnEvent
from surefoot.finder._mending import mended, without_states
from surefoot.finder._room import Room
from surefoot.records import Answer, Checkpoint, Cost, Next, Records, Segment, Stage, Task, Tick
from surefoot.search import Settings, decide, finish
from surefoot.store import Study


class Conductor:
    """One study at work: has what is decided run, and what came of it kept. Has state: the records.

    Args:
        study: Held by this process.
        task: What is trained.
        settings: Of the search.
        tell: Called with every event.
        space: Bytes that states of trials may take; ``None`` for no limit.
    """

    def __init__(self, study: Study, task: Task, settings: Settings, tell: OnEvent, space: int | None = None):
        self.records = study.records()
        self.checkpoints = study.checkpoints()
        self._study = study
        self._settings = settings
        self._tell = tell
        self._engine = Inline(task, settings.assess_forwards, self._tick, self.checkpoints, study.folder)
        self._room = Room(self.checkpoints, space)
        self._waiting: list[Segment] = []
        self._pressed = False
        self._apart = apart(study)

    def search(self) -> Answer:
        """Go on until there is an answer.

        Returns:
            The answer.
        """
        answer = self._study.answer()
        if answer is None:
            self._run(self._outstanding())  # decided before the process died: back before anything else is decided
            while not isinstance(decision := decide(self._sought(), self._settings), Answer):
                self._decided(decision)
                there = self._apart & {stage.segment for stage in self.records.stages}
                self._apart -= set(decision.segments)
                self._run(segment for segment in decision.segments if segment not in there)
            self._study.decide(decision, after=len(self.records.stages))
            answer = decision
        self._tell(Event("answered", self.records, decision=answer))
        return answer

    def finish(self, answer: Answer) -> None:
        """Train with the answer to the end; what is done of that already is not done again.

        Args:
            answer: With or without a rate.
        """
        while isinstance(wanted := finish(self._seen(), answer, self._settings), Next):
            self._decided(wanted)
            self._apart |= set(wanted.segments) - {stage.segment for stage in self.records.stages}
            self._run(wanted.segments)
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

    def _decided(self, decision: Next) -> None:
        self._study.decide(decision, after=len(self.records.stages))
        self._tell(Event("decided", self.records, decision=decision))

    def _run(self, segments: Iterable[Segment]) -> None:
        known = {stage.segment for stage in self.records.stages}
        self._waiting = list(segments)
        while self._waiting:
            segment = self._waiting.pop(0)
            ready = mended(segment, self.records.stages, self.checkpoints, self._again)
            if isinstance(ready, Stage):
                stage, ticks = ready, []
            else:
                self._tell(Event("started", self.records, segment=ready))
                stage, ticks = self._engine.run(ready)
            self._study.commit(stage, ticks)
            appended = replace(self.records, stages=(*self.records.stages, stage))
            self.records = self._study.records() if segment in known else appended
            self._tell(Event("stage", self.records, stage=stage))
            self._make_room()

    def _again(self, segment: Segment) -> Stage:
        """Run a segment again whose end was lost."""
        ready = mended(segment, self.records.stages, self.checkpoints, self._again)
        if isinstance(ready, Stage):
            return ready
        self._tell(Event("started", self.records, segment=ready))
        stage, _ = self._engine.run(ready)
        kept = self._study.mend(stage)
        self.records = self._study.records()
        self._tell(Event("mended", self.records, stage=kept))
        self._make_room(kept.checkpoint)
        return stage

    def _make_room(self, *using: Checkpoint | None) -> None:
        if self._room.make(self.records.stages, self._waiting, using) and not self._pressed:
            self._pressed = True
            self._tell(Event("let_go", self.records))

    def _tick(self, segment: Segment, tick: Tick) -> None:
        self._tell(Event("tick", self.records, segment=segment, tick=tick))


def apart(study: Study) -> set[Segment]:
    """What was run to train with the answer and not to find it: search does not see it, or its answer would move.

    Args:
        study: Whose decisions are looked through.

    Returns:
        Segments.
    """
    decided = study.decided()
    sought = {segment for decision in decided if not decision.finish for segment in decision.segments}
    return {segment for decision in decided for segment in decision.segments} - sought
