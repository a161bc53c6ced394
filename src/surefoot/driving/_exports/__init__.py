"""Our schedules as other frameworks' own; each framework is imported when it is used."""

from surefoot.driving._exports._code import code as code
from surefoot.driving._exports._keras import keras_schedule as keras_schedule
from surefoot.driving._exports._keras import to_keras as to_keras
from surefoot.driving._exports._optax import to_optax as to_optax
from surefoot.driving._exports._timm import to_timm as to_timm
from surefoot.driving._exports._torch import to_lightning as to_lightning
from surefoot.driving._exports._torch import to_torch as to_torch
from surefoot.driving._exports._torch import to_transformers as to_transformers

__all__ = ["code", "keras_schedule", "to_keras", "to_lightning", "to_optax", "to_timm", "to_torch", "to_transformers"]
