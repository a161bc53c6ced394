from __future__ import annotations

import math
import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from surefoot.cli._progress import LET_GO, Progress, plan_text, ramp_text, stage_text
from surefoot.draw import Race, duration, race, rate
from surefoot.finder import Event, Plan
from surefoot.records import FORWARD_SHARE, Answer, Next, Segment
from surefoot.search import conclude

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_STYLES = {"best": "bold", "failed": "red", "running": "cyan", "done": "default", "": "default"}
_BAR = 24


class Live(Progress):
    """A live view on a terminal: what is done scrolls by, what is going on stands below.

    Has state: the plan, the losses seen, and what is known so far.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self._console = Console(stderr=True)
        self._live = RichLive(console=self._console, refresh_per_second=8, transient=True, redirect_stdout=False)
        self._plan: Plan | None = None
        self._finishing = False
        self._losses: dict[Segment, list[float]] = {}
        self._out: dict[Segment, int] = {}  # updates done of each segment that is being run
        self._best: Answer | None = None
        self._began = time.monotonic()
        self._drawn = 0.0

    def __enter__(self) -> Live:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.update("")
        self._live.__exit__(kind, error, trace)

    def __call__(self, event: Event) -> None:
        """Print what is done; redraw what runs."""
        if event.stage is not None:
            self._out.pop(event.stage.segment, None)
        elif event.segment is not None:
            self._out[event.segment] = 0 if event.tick is None else event.tick.step + 1 - event.segment.start
        if event.tick is not None and event.segment is not None:
            self._losses.setdefault(event.segment, []).append(event.tick.loss)
            if time.monotonic() - self._drawn < 0.1:
                return
        self._drawn = time.monotonic()
        if event.plan is not None:
            self._plan = event.plan
            self._console.print(plan_text(event.plan), highlight=False, markup=False)
        elif event.ramp is not None:
            self._console.print(ramp_text(event.ramp), style="dim", highlight=False, markup=False)
        elif isinstance(event.decision, Next):
            self._finishing = event.decision.finish
            self._console.print(event.decision.why, style="dim", highlight=False, markup=False)
        elif event.stage is not None:
            self._done(event)
        elif event.kind == "let_go":
            self._console.print(LET_GO, style="dim", highlight=False, markup=False)
        if self._plan is not None:
            self._live.update(self._view(event, self._plan))

    def _done(self, event: Event) -> None:
        if event.stage is None or self._plan is None:
            return
        style = "default" if event.stage.ok else "red"
        text = stage_text(event.stage, self._plan.settings.granularity)
        self._console.print(f"  {text}", style=style, highlight=False, markup=False)
        if not self._finishing:
            self._best = conclude(event.records, self._plan.settings)

    def _view(self, event: Event, plan: Plan) -> Group:
        from rich.console import Group
        from rich.text import Text

        settings = plan.settings
        drawn = race(
            event.records.stages,
            self._losses,
            event.segment,
            goal=settings.goal,
            granularity=settings.granularity,
            width=self._console.width,
            plain=not self._console.encoding.lower().startswith("utf"),
        )
        facts = [line for line in (self._running(event), self._so_far(), self._spent(event, plan)) if line]
        lines = [Text(line, no_wrap=True, overflow="ellipsis") for line in facts]
        return Group(Text(""), *_painted(drawn), *lines)

    def _running(self, event: Event) -> str:
        if event.segment is None:
            return ""
        tick = event.tick
        loss = "" if tick is None else f", loss {tick.loss:.4g}"
        step = 0 if tick is None else tick.step + 1
        beside = f", {len(self._out) - 1} beside it" if len(self._out) > 1 else ""
        return f"running      {rate(event.segment.trial.lr)}, update {step:,} of {event.segment.stop:,}{loss}{beside}"

    def _so_far(self) -> str:
        best = self._best
        if best is None or best.lr is None:
            return ""
        low, high = map(rate, best.interval or (best.lr, best.lr))
        return f"best so far  {rate(best.lr)}" + (f", good from {low} to {high}" if low != high else "")

    def _spent(self, event: Event, plan: Plan) -> str:
        horizon, cost = plan.settings.horizon, event.records.cost()
        segment, running = event.segment, sum(self._out.values())
        spent = (cost.updates + FORWARD_SHARE * cost.forwards + running) / horizon
        passed = time.monotonic() - self._began
        total, done, of = plan.settings.budget, spent, f" of {plan.settings.budget:.2g}"
        if self._finishing:  # beyond the budget: the bar is that of the training
            total, of, done = 1.0, "", 0.0 if segment is None else (segment.start + running) / horizon
        share = min(1.0, done / total) if total else 1.0
        filled = round(share * _BAR)
        pace = cost.seconds / cost.runs(horizon) if cost.updates else plan.seconds / total
        left = pace * (total - done)
        rest = f", about {duration(left)} left" if not self._finishing and left > 0.5 and math.isfinite(left) else ""
        return f"{'#' * filled}{'-' * (_BAR - filled)}  {spent:.2f}{of} runs, {duration(passed)}{rest}"


def _painted(drawn: Race) -> Iterator[Text]:
    """The rows with the best of each, the failures and what runs told apart."""
    from rich.text import Text

    if not drawn.rows:
        return
    yield Text(" " * drawn.margin + "  ".join(drawn.rates), style="dim", no_wrap=True, overflow="crop")
    for name, cells in drawn.rows:
        row = Text(name.ljust(drawn.margin), no_wrap=True, overflow="crop")
        for cell in cells:
            row.append(f"{cell.text}  ", style=_STYLES[cell.state])
        yield row
