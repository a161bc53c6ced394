"""Other people's tools, one file each; their packages are loaded when they are used."""

from surefoot.integrations._optuna import to_optuna as to_optuna

__all__ = ["to_optuna"]
