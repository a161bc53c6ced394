"""Other libraries' schedules as ours; none of them is imported."""

from surefoot.driving._imports._keras import from_keras as from_keras
from surefoot.driving._imports._recorded import from_optax as from_optax
from surefoot.driving._imports._recorded import from_values as from_values
from surefoot.driving._imports._timm import from_timm as from_timm
from surefoot.driving._imports._torch import from_torch as from_torch
from surefoot.driving._imports._transformers import from_transformers as from_transformers

__all__ = ["from_keras", "from_optax", "from_timm", "from_torch", "from_transformers", "from_values"]
