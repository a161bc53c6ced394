from __future__ import annotations

from surefoot.errors import BadInput, BadTask
from surefoot.finder._asked import Asked
from surefoot.finder._budget import budget_in_runs
from surefoot.finder._find import check_task
from surefoot.finder._ramp import RAMP, Ramped, run_ramp
from surefoot.rangetest import RangeTest, ramp_range
from surefoot.records import Task

_FEWEST = 10
_BATCHES = 1  # of preflight's assessment, which says nothing here


def suggest(
    task: Task,
    *,
    lr_min: float | None = None,
    lr_max: float | None = None,
    budget: float | str | None = None,
    seed: int | None = None,
) -> RangeTest:
    """Suggest the rate of a task from one short ramp of rates: ``surefoot find --method range``.

    Args:
        task: A ``TorchTask``.
        lr_min: Where the ramp starts; by default chosen by the optimizer.
        lr_max: Where it ends at the latest.
        budget: How long it is, as in ``find``; 100 updates by default.
        seed: Of the trial (default 0).

    Returns:
        The curve with the suggestion; nothing is kept of it.

    Raises:
        BadInput: An argument or the task cannot work; nothing was spent.
        BadTask: The task is no ``TorchTask``.
        UserCodeError: The task's own code raised.
    """
    check_task(task)
    asked = Asked(None, lr_min, lr_max, budget, None, seed)
    if not isinstance(task, Ramped):
        raise BadTask(
            f"a range test needs a TorchTask, and this is a {type(task).__name__}, whose trials set their rates"
            " themselves. In a loop of your own call surefoot.range_test(model, optimizer, loss, batches), or leave out"
            " --method range"
        )
    facts = task.preflight(asked.seed or 0, _BATCHES)
    steps = RAMP
    if budget is not None:
        steps = round(budget_in_runs(budget, task.horizon, facts.update_seconds) * task.horizon)
    if steps < _FEWEST:
        raise BadInput(
            f"budget={budget!r} is {steps} updates of this task: a range test needs at least {_FEWEST}. Leave it out"
            f" for {RAMP}"
        )
    low, high = ramp_range(facts.lr_range, asked.lr_min, asked.lr_max)
    return run_ramp(task, low, high, steps, asked.seed or 0)
