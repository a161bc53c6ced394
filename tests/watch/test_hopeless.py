"""A hopeless trial is noticed, a healthy one is let alone, whatever the units of its loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.watch import Hopeless

LENGTHS = (60, 300, 3000)


def ended(losses):
    """After how many updates it was found hopeless, and why; None if it never was."""
    watch = Hopeless(len(losses))
    for count, loss in enumerate(losses, 1):
        reason = watch.observe(float(loss))
        if reason is not None:
            return count, reason
    return None


def noise(seed, length):
    return np.random.default_rng(seed).standard_normal(length)


def falling(seed, length):
    """From 2.3 to about 0.3 with the noise of small batches."""
    steps = np.arange(length) / length
    return 0.3 + 2 * np.exp(-4 * steps) + 0.2 * noise(seed, length)


def barely_falling(seed, length):
    return 2.3 - 0.2 * np.arange(length) / length + 0.02 * noise(seed, length)


def catapult(seed, length):
    """Thrown far up early on, then recovering to below where it began."""
    steps = np.arange(length) / length
    thrown = 40 * np.exp(-(((steps - 0.08) / 0.04) ** 2))
    return falling(seed, length) + thrown


def spiked(seed, length):
    """A few single bad batches on the way down."""
    losses = falling(seed, length)
    losses[np.random.default_rng(seed).integers(0, length, 3)] += 50
    return losses


def warming_up(seed, length):
    """Rises a little while the rate warms up, then falls."""
    steps = np.arange(length) / length
    return falling(seed, length) + 1.5 * np.exp(-(((steps - 0.1) / 0.1) ** 2))


HEALTHY = [falling, barely_falling, catapult, spiked, warming_up]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("shape", HEALTHY)
def test_a_healthy_run_is_never_ended(shape, length):
    assert [ended(shape(seed, length)) for seed in range(60) if ended(shape(seed, length))] == []


@pytest.mark.parametrize("length", LENGTHS)
def test_a_run_that_goes_nowhere_is_hardly_ever_ended(length):
    runs = 300
    assert sum(ended(2.3 + noise(seed, length)) is not None for seed in range(runs)) <= 0.01 * runs


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("at", [0, 1, 57])
def test_a_loss_that_is_no_number_ends_a_run_at_once_and_says_where(bad, at):
    losses = falling(0, 100)
    losses[at] = bad
    count, reason = ended(losses)
    assert count == at + 1
    assert reason == f"the loss was {bad} at update {at}"


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("growth", [3, 10, 200])
def test_a_run_that_climbs_for_good_is_ended_before_a_third_more_than_a_third(length, growth):
    for seed in range(20):
        losses = 2.3 * np.exp(growth * np.arange(length) / length) * (1 + 0.02 * noise(seed, length))
        count, reason = ended(losses)
        assert count <= max(23, 0.55 * length)
        assert "left its start upward for good" in reason


@pytest.mark.parametrize("length", [300, 3000])
def test_a_run_that_was_thrown_up_and_came_to_rest_where_it_began_is_ended(length):
    for seed in range(20):
        losses = 2.3 + 0.02 * noise(seed, length)
        losses[3 : length // 10] += 40
        count, reason = ended(losses)
        assert 0.5 * length <= count < length
        assert "thrown up to" in reason
        assert "came to rest" in reason


def test_a_run_that_recovers_slowly_from_being_thrown_up_is_let_alone_as_long_as_it_falls():
    steps = np.arange(300) / 300
    for seed in range(20):
        losses = falling(seed, 300) + 40 * np.exp(-8 * steps) * (steps > 0.01)
        assert losses[90] > 3 > 1 > losses[-1]  # at the first look still above its start, at the end far below
        assert ended(losses) is None


@pytest.mark.parametrize("length", range(1, 24))
def test_a_run_too_short_to_judge_is_ended_by_nothing_but_nan(length):
    assert ended(2.3 + 10 * np.arange(length)) is None or length >= 23
    assert ended([math.nan] * length)[0] == 1


def dead(seed, length):
    losses = 2.3 + 0.02 * noise(seed, length)
    losses[3 : length // 10] += 5
    return losses


def climbing(seed, length):
    return 2.3 * np.exp(2 * np.arange(length) / length) * (1 + 0.02 * noise(seed, length))


@given(
    shape=st.sampled_from([*HEALTHY, dead, climbing]),
    seed=st.integers(0, 20),
    scale=st.integers(-30, 30).map(lambda power: 2.0**power),
    offset=st.sampled_from([0.0, -2.3, 40.0, -1000.0, 5000.0]),
)
def test_neither_scale_nor_offset_of_the_loss_makes_a_difference(shape, seed, scale, offset):
    losses = shape(seed, 300)
    plain, changed = ended(losses), ended(scale * (losses + offset))
    assert (plain and plain[0]) == (changed and changed[0])
