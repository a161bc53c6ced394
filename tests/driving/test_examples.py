"""The examples in the docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import surefoot.driving as package

MODULES = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_docstrings_are_true(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0
