"""Trainings by any program: an argument vector, a process, and what it logs."""

from surefoot.tasks.command._arguments import EPOCH as EPOCH
from surefoot.tasks.command._gpus import gpus_of as gpus_of
from surefoot.tasks.command._gpus import visible_gpus as visible_gpus
from surefoot.tasks.command._task import CommandTask as CommandTask

__all__ = ["EPOCH", "CommandTask", "gpus_of", "visible_gpus"]
