"""Which rate to try next, on how many updates, and what can be said: pure functions of the records.

``decide`` reads the records and answers with segments or with the answer; ``conclude`` gives the best answer
from what is there; ``finish`` says what is left to train with the answer. Nothing here runs anything, reads a clock or
keeps state.
"""

from surefoot.search._decide import conclude as conclude
from surefoot.search._decide import decide as decide
from surefoot.search._finish import finish as finish
from surefoot.search._finish import trained_rates as trained_rates
from surefoot.search._geometry import Rung as Rung
from surefoot.search._geometry import outline as outline
from surefoot.search._settings import Settings as Settings
from surefoot.search._settings import smallest_budget as smallest_budget

__all__ = ["Rung", "Settings", "conclude", "decide", "finish", "outline", "smallest_budget", "trained_rates"]
