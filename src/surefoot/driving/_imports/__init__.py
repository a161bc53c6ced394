"""Other libraries' schedules as ours; each library is imported when it is used, if at all."""

from surefoot.driving._imports._recorded import from_optax as from_optax
from surefoot.driving._imports._recorded import from_values as from_values
from surefoot.driving._imports._torch import from_torch as from_torch
from surefoot.driving._imports._transformers import from_transformers as from_transformers

__all__ = ["from_optax", "from_torch", "from_transformers", "from_values"]
