from __future__ import annotations

from typing import Any

from torch.optim.lr_scheduler import LRScheduler

from surefoot.driving._driver import Driver
from surefoot.errors import BadInput

# Torch's rates may be tensors and its counters attributes; ours are floats, and read from the one clock.
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false


class SchedulerDriver(Driver, LRScheduler):
    """A driver of torch's optimizers, which passes for a torch scheduler: for Lightning, transformers and accelerate.

    All it does is the driver's; of ``LRScheduler`` it has the type and the names that trainers read. It is stepped
    after each update, so with Lightning its ``interval`` is ``step``.
    """

    @property
    def optimizer(self) -> Any:
        """The first of its optimizers."""
        return self.optimizers[0]

    @property
    def base_lrs(self) -> list[float]:
        """The peak rate of every group."""
        return self._groups.peaks

    @property
    def last_epoch(self) -> int:
        """Updates done."""
        return self.steps

    @last_epoch.setter
    def last_epoch(self, _: int) -> None:
        raise BadInput(
            "last_epoch of a driver cannot be set: it counts updates itself. Join schedules with a >> b, not with"
            " SequentialLR; to go on with a training load its state: driver.load_state_dict(state)"
        )

    @property
    def _step_count(self) -> int:
        return self.steps + 1

    @_step_count.setter
    def _step_count(self, count: int) -> None:
        """Accelerate counts micro-batches here; the clock counts updates."""

    def get_lr(self) -> list[float]:
        """The present rate of every group.

        Returns:
            One rate a group.
        """
        return self.get_last_lr()
