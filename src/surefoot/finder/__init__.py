"""The conductor: task, search, engine and store together make an answer."""

from surefoot.finder._events import Event as Event
from surefoot.finder._events import Finishing as Finishing
from surefoot.finder._events import OnEvent as OnEvent
from surefoot.finder._events import Plan as Plan
from surefoot.finder._find import find as find
from surefoot.finder._find import known as known
from surefoot.finder._find import plan as plan

__all__ = ["Event", "Finishing", "OnEvent", "Plan", "find", "known", "plan"]
