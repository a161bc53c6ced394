"""What the conductor and a worker tell each other."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surefoot import errors
from surefoot.checkpoints import Checkpoints
from surefoot.engines._travel import Packed
from surefoot.records import Facts
from surefoot.tasks import is_out_of_memory


@dataclass(frozen=True, slots=True)
class Start:
    """All that a worker is told at its start.

    Attributes:
        packed: The task.
        facts: What preflight found of it: a worker's must be the same.
        seed: Of the study.
        assess_batches: Forward-only batches of an assessment.
        checkpoints: Where the states of trials are kept.
        folder: Where files of the study lie.
        frameworks: How torch is set up here, see ``frameworks``.
        mark: Carried in the environment by the worker and all that it starts.
    """

    packed: Packed
    facts: Facts
    seed: int
    assess_batches: int
    checkpoints: Checkpoints
    folder: Path | None
    frameworks: Mapping[str, Any]
    mark: str


def frameworks() -> dict[str, Any]:
    """How torch is set up in this process, as far as it changes what a training computes.

    Returns:
        Values for ``set_frameworks``; nothing where torch is not loaded.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    cudnn = torch.backends.cudnn
    return {
        "dtype": str(torch.get_default_dtype()).removeprefix("torch."),  # a dtype itself would load torch
        "deterministic": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        "precision": torch.get_float32_matmul_precision(),
        "cudnn": {name: getattr(cudnn, name) for name in ("benchmark", "deterministic", "allow_tf32")},
        "threads": torch.get_num_threads(),
    }


def set_frameworks(given: Mapping[str, Any]) -> None:
    """Set torch up as in the process that said so, where it is loaded in both."""
    torch = sys.modules.get("torch")
    if torch is None or not given:
        return
    torch.set_default_dtype(getattr(torch, given["dtype"]))
    torch.use_deterministic_algorithms(given["deterministic"][0], warn_only=given["deterministic"][1])
    torch.set_float32_matmul_precision(given["precision"])
    for name, value in given["cudnn"].items():
        setattr(torch.backends.cudnn, name, value)
    torch.set_num_threads(given["threads"])


class Elsewhere(Exception):
    """What was raised in a worker, as a cause: its text is its traceback there.

    Attributes:
        frames: Of that traceback.
        said: Its type and message.
    """

    def __init__(self, whole: str, frames: list[traceback.FrameSummary], said: str):
        super().__init__(whole)
        self.frames = frames
        self.said = said


@dataclass(frozen=True, slots=True)
class Raised:
    """An error on its way to the conductor.

    Attributes:
        kind: Name of its class, where it is one of ours; else empty.
        text: Its message.
        cause: What raised it: its traceback, its frames, its type and message.
        memory: Whether memory ran out.
    """

    kind: str
    text: str
    cause: tuple[str, list[traceback.FrameSummary], str]
    memory: bool

    @staticmethod
    def of(error: Exception) -> Raised:
        """Pack an error.

        Returns:
            Plain values, whatever the error holds.
        """
        ours = isinstance(error, errors.SurefootError) and hasattr(errors, type(error).__name__)
        cause = error.__cause__ if ours and error.__cause__ is not None else error
        return Raised(
            type(error).__name__ if ours else "",
            str(error) if ours else f"{type(error).__name__}: {error}",
            (
                "".join(traceback.format_exception(cause)),
                list(traceback.extract_tb(cause.__traceback__)),
                "".join(traceback.format_exception_only(cause)),
            ),
            is_out_of_memory(error),
        )

    def error(self) -> Exception:
        """The error as it is to be raised here.

        Returns:
            One of the same class, with the other process's traceback as its cause.
        """
        kind: type[Exception] = getattr(errors, self.kind) if self.kind else RuntimeError
        made = kind.__new__(kind, self.text)  # whatever its constructor takes
        made.__cause__ = Elsewhere(*self.cause)
        return made
