from __future__ import annotations

import math

import pytest

from surefoot.errors import BadInput
from surefoot.search import outline, smallest_budget

from ._trainings import settings


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"horizon": 0}, "horizon=0"),
        ({"budget": 0.0}, "budget=0.0"),
        ({"budget": -1.0}, "budget=-1.0"),
        ({"budget": math.nan}, "budget=nan"),
        ({"budget": math.inf}, "budget=inf"),
        ({"budget": 0.001}, "0.036 runs"),
        ({"lr_min": 0.0}, "lr_min=0.0"),
        ({"lr_min": -1e-3}, "lr_min=-0.001"),
        ({"lr_min": 0.1}, "lr_min below lr_max"),
        ({"lr_min": 0.5}, "lr_min below lr_max"),
        ({"floor": 1e-3}, "floor=0.001"),
        ({"ceiling": 1e-2}, "ceiling=0.01"),
        ({"yours": 0.0}, "yours=0.0"),
        ({"untrained": math.nan}, "untrained=nan"),
        ({"tolerance": 0.0}, "tolerance=0.0"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"goal": "best"}, "goal='best'"),
        ({"granularity": 2000}, "granularity=2000"),
        ({"assess_forwards": -1}, "assess_forwards=-1"),
    ],
)
def test_bad_settings_are_refused_by_name_before_anything_is_spent(changes, named):
    with pytest.raises(BadInput) as caught:
        settings(**changes)
    assert named in str(caught.value)


def test_the_smallest_budget_that_is_named_works():
    least = smallest_budget(settings())
    settings(budget=least)
    with pytest.raises(BadInput, match="too small"):
        settings(budget=0.99 * least)


@pytest.mark.parametrize("budget", [0.036, 0.05, 0.1, 0.5, 2.0, 10.0])
def test_the_outline_costs_no_more_than_the_budget(budget):
    given = settings(budget=budget)
    rungs = outline(given)
    assert sum(rung.rates * (rung.updates + 2) for rung in rungs) <= budget * given.horizon * (1 + 1e-9)
    assert [rung.updates for rung in rungs] == sorted({rung.updates for rung in rungs})
    assert rungs[-1].updates <= given.horizon


def test_rungs_are_multiples_of_the_granularity():
    rungs = outline(settings(granularity=50, budget=2.0, smallest=10))
    assert all(rung.updates % 50 == 0 for rung in rungs)


def test_a_horizon_shorter_than_the_smallest_rung_is_one_rung():
    rungs = outline(settings(horizon=8, smallest=20, assess_forwards=0, budget=5.0))
    assert [rung.updates for rung in rungs] == [8]
