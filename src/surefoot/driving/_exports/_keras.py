from __future__ import annotations

import functools
from typing import Any

from surefoot.driving._exports._common import checked_peak, framework, table
from surefoot.schedules import Schedule, parse


def to_keras(schedule: Schedule | str, *, peak_lr: float, horizon: int) -> Any:
    """A schedule as Keras 3's ``LearningRateSchedule``, for ``Adam(learning_rate=to_keras(…))``; any backend.

    It is saved with the model, as text. It holds a table of float32, four bytes an update.

    Args:
        schedule: The schedule, or its text.
        peak_lr: The rate where the multiplier is 1.
        horizon: Length of the training in updates.

    Returns:
        The schedule; after the horizon the last value is held.

    Raises:
        BadInput: The schedule is none or does not fit, or ``peak_lr`` is no number above 0.
        MissingExtra: Keras is not installed.
    """
    return keras_schedule()(str(parse(schedule)), peak_lr, horizon)


@functools.cache
def keras_schedule() -> Any:
    """The class of what ``to_keras`` makes, registered: a process that loads a saved model calls this first.

    Returns:
        A ``LearningRateSchedule``, registered as ``surefoot>SurefootSchedule``.

    Raises:
        MissingExtra: Keras is not installed.
    """
    keras = framework("keras", "to_keras")

    @keras.saving.register_keras_serializable(package="surefoot")
    class SurefootSchedule(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, schedule: str, peak_lr: float, horizon: int):
            self._config = {"schedule": schedule, "peak_lr": peak_lr, "horizon": horizon}
            self._rates = keras.ops.convert_to_tensor(checked_peak(peak_lr) * table(schedule, horizon))

        def __call__(self, step: Any) -> Any:
            update = keras.ops.clip(keras.ops.cast(step, "int32"), 0, self._config["horizon"])
            return keras.ops.take(self._rates, update)

        def get_config(self) -> dict[str, Any]:
            return dict(self._config)

    return SurefootSchedule
