"""Where segments run: in this process, or in others beside it."""

from surefoot.engines._engine import Engine as Engine
from surefoot.engines._engine import Work as Work
from surefoot.engines._inline import Inline as Inline
from surefoot.engines._processes import Processes as Processes
from surefoot.engines._share import cores as cores
from surefoot.engines._share import limited as limited
from surefoot.engines._share import threads_each as threads_each
from surefoot.engines._travel import Packed as Packed
from surefoot.engines._travel import pack as pack

__all__ = ["Engine", "Inline", "Packed", "Processes", "Work", "cores", "limited", "pack", "threads_each"]
