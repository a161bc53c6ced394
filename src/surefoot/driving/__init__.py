"""A rate at work in an optimizer."""

from surefoot.driving._rates import Rates as Rates
from surefoot.driving._rates import group_rates as group_rates

__all__ = ["Rates", "group_rates"]
