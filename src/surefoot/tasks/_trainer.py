from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from surefoot.driving import Rates
from surefoot.records import Segment
from surefoot.tasks._assess import EvalModel, Score
from surefoot.tasks._batch import moved
from surefoot.tasks._data import Data
from surefoot.tasks._model import ModelSource
from surefoot.tasks._optimizer import OptimizerSource
from surefoot.tasks._randomness import seed_everything
from surefoot.tasks._recorder import Recorder
from surefoot.tasks._trial import TorchTrial, Update
from surefoot.tasks._user import users_code

_READ_EVERY = 16  # updates between two looks at losses on an accelerator: a look waits for the device


@dataclass(frozen=True)
class Trainer:
    """The parts of a training, put together for one trial after the other.

    Attributes:
        models: Where models come from.
        optimizers: Where optimizers come from.
        train: Training data.
        update: One update of a trial.
        score: The assessment.
        eval_model: What is assessed.
        extras: What ``state=`` of the task makes for each trial, or holds, by name.
        device: Where trials run.
        accumulate: Batches in one update.
        precision: ``fp32``, ``bf16`` or ``fp16``.
    """

    models: ModelSource
    optimizers: OptimizerSource
    train: Data
    update: Update
    score: Score
    eval_model: EvalModel
    extras: Mapping[str, Any]
    device: torch.device
    accumulate: int
    precision: str
    _saved: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        saved = {name: copy.deepcopy(part.state_dict()) for name, part in self.extras.items() if is_live(part)}
        object.__setattr__(self, "_saved", saved)

    def begin(self, seed: int, steps: int, lr: float) -> TorchTrial:
        """A trial at its start, with everything that is random fixed by the seed.

        Args:
            seed: Of the trial.
            steps: What it is told its length is.
            lr: The rate that its optimizers are built with.

        Returns:
            The trial.
        """
        seed_everything(seed)
        model = self.models.fresh()
        optimizers = self.optimizers.build(model, lr)
        state: dict[str, Any] = {}
        for name, part in self.extras.items():
            if name in self._saved:
                part.load_state_dict(copy.deepcopy(self._saved[name]))
                state[name] = part
            else:
                with users_code(f"state[{name!r}](model)"):
                    state[name] = part(model)
        trial = TorchTrial(model, optimizers, state, self.device, seed, steps, self.precision)
        seed_everything(seed)  # building models of different kinds must not shift the noise of training
        return trial

    def batches(self, seed: int, start: int, stop: int) -> Iterator[Any]:
        """The training batches of the updates from ``start`` to ``stop``, on the device.

        Args:
            seed: Of their order.
            start: Index of the first update.
            stop: Index after the last.

        Returns:
            An iterator over them.
        """
        stream = self.train.stream(seed, start * self.accumulate, stop * self.accumulate)
        return stream if self.device.type == "cpu" else (moved(batch, self.device) for batch in stream)

    def restore(self) -> None:
        """Put back what is the user's own and live: model, optimizer, state."""
        self.models.restore()
        self.optimizers.restore()
        for name, saved in self._saved.items():
            self.extras[name].load_state_dict(copy.deepcopy(saved))

    def train_segment(self, trial: TorchTrial, segment: Segment, rates: Sequence[float], recorder: Recorder) -> None:
        """Do the updates of a segment, or those until it fails.

        Args:
            trial: As it is at the segment's start.
            segment: Which updates.
            rates: The rate of each.
            recorder: Takes the losses, and says when to stop.
        """
        driver = Rates(trial.optimizers.values(), segment.trial.lr)
        stream = self.batches(trial.seed, segment.start, segment.stop)
        every = 1 if self.device.type == "cpu" else _READ_EVERY
        unread: list[torch.Tensor] = []
        with users_code("an update"):
            for index, rate in enumerate(rates):
                driver.write(rate)
                trial.step, trial.lr = segment.start + index, rate
                unread.append(self.update(trial, stream))
                if len(unread) < every and index + 1 < len(rates):
                    continue
                for loss in _read(unread):
                    if not recorder.observe(loss):
                        recorder.updates = index + 1  # those on the device behind the bad one were done too
                        return
                unread.clear()


def _read(losses: list[torch.Tensor]) -> list[float]:
    return [losses[0].item()] if len(losses) == 1 else torch.stack(losses).tolist()


def is_live(part: Any) -> bool:
    """Whether a part of ``state=`` is the user's own object, to be put back, and not a function that makes one.

    Returns:
        True when it has ``state_dict`` and ``load_state_dict``; a class has them for what it makes.
    """
    return not isinstance(part, type) and hasattr(part, "state_dict") and hasattr(part, "load_state_dict")
