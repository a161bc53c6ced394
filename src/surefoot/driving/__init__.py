"""A rate at work in an optimizer."""

from surefoot.driving._drive import drive as drive
from surefoot.driving._driver import Driver as Driver
from surefoot.driving._driver import Key as Key
from surefoot.driving._driver import Resume as Resume
from surefoot.driving._ranges import kinds as kinds
from surefoot.driving._ranges import lr_range as lr_range
from surefoot.driving._rates import Rates as Rates
from surefoot.driving._rates import group_rates as group_rates

__all__ = ["Driver", "Key", "Rates", "Resume", "drive", "group_rates", "kinds", "lr_range"]
