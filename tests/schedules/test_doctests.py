import doctest
import importlib
import pkgutil

import pytest

import surefoot.schedules as package

MODULES = [
    package.__name__,
    *(m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_docstrings_are_true(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.failed == 0
