"""Where segments run."""

from surefoot.engines._inline import Inline as Inline

__all__ = ["Inline"]
