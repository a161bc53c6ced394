"""What the losses of a training say about its rate."""

from surefoot.watch._diagnose import diagnose as diagnose
from surefoot.watch._hopeless import Hopeless as Hopeless

__all__ = ["Hopeless", "diagnose"]
