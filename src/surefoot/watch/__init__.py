"""What the losses of a training say about its rate."""

from surefoot.watch._diagnose import diagnose as diagnose
from surefoot.watch._hopeless import Hopeless as Hopeless
from surefoot.watch._monitor import Monitor as Monitor

__all__ = ["Hopeless", "Monitor", "diagnose"]
