"""A rate at work in an optimizer; our schedules as other frameworks' own, and theirs as ours."""

from surefoot.driving._drive import drive as drive
from surefoot.driving._driver import Driver as Driver
from surefoot.driving._driver import Key as Key
from surefoot.driving._driver import Resume as Resume
from surefoot.driving._exports import code as code
from surefoot.driving._exports import keras_schedule as keras_schedule
from surefoot.driving._exports import to_keras as to_keras
from surefoot.driving._exports import to_lightning as to_lightning
from surefoot.driving._exports import to_optax as to_optax
from surefoot.driving._exports import to_timm as to_timm
from surefoot.driving._exports import to_torch as to_torch
from surefoot.driving._exports import to_transformers as to_transformers
from surefoot.driving._imports import from_keras as from_keras
from surefoot.driving._imports import from_optax as from_optax
from surefoot.driving._imports import from_timm as from_timm
from surefoot.driving._imports import from_torch as from_torch
from surefoot.driving._imports import from_transformers as from_transformers
from surefoot.driving._imports import from_values as from_values
from surefoot.driving._ranges import kinds as kinds
from surefoot.driving._ranges import lr_range as lr_range
from surefoot.driving._rates import Rates as Rates
from surefoot.driving._rates import group_rates as group_rates

__all__ = [
    "Driver",
    "Key",
    "Rates",
    "Resume",
    "code",
    "drive",
    "from_keras",
    "from_optax",
    "from_timm",
    "from_torch",
    "from_transformers",
    "from_values",
    "group_rates",
    "keras_schedule",
    "kinds",
    "lr_range",
    "to_keras",
    "to_lightning",
    "to_optax",
    "to_timm",
    "to_torch",
    "to_transformers",
]
