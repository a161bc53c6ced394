"""Trainings by any program: an argument vector, a process, and what it logs."""

from surefoot.tasks.command._arguments import EPOCH as EPOCH
from surefoot.tasks.command._task import CommandTask as CommandTask

__all__ = ["EPOCH", "CommandTask"]
