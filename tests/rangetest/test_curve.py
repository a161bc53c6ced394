"""What is read from a curve: peers' own cases and the reproducers of their issues, with what ours answers."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.rangetest import RangeTest, ladder, read_curve


def valley(points=100, noise=0.0, seed=0, low=1e-6, high=10.0, falls_at=1e-2, breaks_at=1.0):
    """A usual curve: level, a fall by 2, and a rise beyond ``breaks_at``."""
    rates = np.geomspace(low, high, points)
    falls = 2 / (1 + (rates / falls_at) ** -1.5)
    losses = 2.5 - falls + 4 * np.maximum(0, np.log10(rates / breaks_at)) ** 2
    return list(rates), list(losses + np.random.default_rng(seed).normal(0, noise, points))


# What a curve says


def test_a_tenth_of_the_rate_where_the_loss_turns_is_suggested():
    reading = read_curve(*valley(noise=0.02))
    assert reading.verdict.kind == "clear"
    assert reading.verdict.flags == ()
    assert 1 < reading.turns_at < 3
    assert reading.lr == reading.turns_at / 10


def test_where_it_turns_does_not_depend_on_the_length_of_the_ramp_or_on_its_ends():
    answers = [
        read_curve(*valley(noise=0.02, **changes)).turns_at
        for changes in ({}, {"points": 1000}, {"points": 60}, {"low": 1e-9}, {"high": 1e3}, {"falls_at": 1e-3})
    ]
    assert max(answers) / min(answers) < 1.5


@pytest.mark.parametrize("seed", range(20))
def test_noise_moves_it_little(seed):
    assert 1 < read_curve(*valley(noise=0.15, seed=seed)).turns_at < 5


@given(st.floats(1e-6, 1e6), st.floats(-1e3, 1e3), st.integers(0, 50))
def test_sign_and_scale_of_the_loss_mean_nothing(scale, shift, seed):
    rates, losses = valley(noise=0.05, seed=seed)
    moved = [scale * (loss + shift) for loss in losses]
    assert read_curve(rates, moved).lr == read_curve(rates, losses).lr


def test_the_smoothed_curve_has_no_lag():
    falling = [3.0 - 0.01 * step for step in range(100)]
    smooth = read_curve(ladder(1e-6, 10, 100), falling).smooth
    assert smooth[1:-1] == pytest.approx(falling[1:-1])
    middle = read_curve(ladder(1e-6, 10, 101), [abs(step - 50) / 50 for step in range(101)]).smooth
    assert abs(int(np.argmin(middle)) - 50) <= 1


@pytest.mark.parametrize("place", [3, 40, 60])
@pytest.mark.parametrize("spike", [-30.0, 1e9])
def test_one_outlier_means_nothing(place, spike):
    rates, losses = valley(noise=0.02)
    with_spike = [*losses[:place], spike, *losses[place + 1 :]]
    assert read_curve(rates, with_spike).turns_at == pytest.approx(read_curve(rates, losses).turns_at, rel=0.2)


# What it cannot say


def test_a_flat_curve_has_no_answer():
    rates = ladder(1e-6, 10, 100)
    constant = read_curve(rates, [2.3] * 100)
    assert (constant.lr, constant.verdict.kind, constant.verdict.flags) == (None, "cannot_tell", ("flat",))
    assert "the loss is flat" in constant.verdict.sentence


def test_noise_alone_has_an_answer_in_at_most_5_of_100_curves():
    rates, generator = ladder(1e-6, 10, 100), np.random.default_rng(0)
    answers = [read_curve(rates, list(generator.normal(2.3, 0.1, 100))).lr for _ in range(100)]
    assert sum(answer is not None for answer in answers) <= 5


def test_a_curve_that_never_turns_has_no_answer():
    reading = read_curve(*valley(high=0.5))
    assert (reading.lr, reading.verdict.kind, reading.verdict.flags) == (None, "cannot_tell", ("edge",))
    assert "never turned up to lr_max=0.5" in reading.verdict.sentence
    assert reading.verdict.advice == "Give a higher lr_max."


def test_a_curve_that_rises_from_the_start_has_no_answer():
    rates = ladder(1e-1, 1e3, 100)
    reading = read_curve(rates, [2.0 + 0.5 * step for step in range(100)])
    assert (reading.lr, reading.verdict.kind, reading.verdict.flags) == (None, "cannot_tell", ("edge",))
    assert "rose from the start" in reading.verdict.sentence
    assert reading.verdict.advice == "Give a lower lr_min."


def test_a_curve_whose_halves_disagree_has_no_answer():
    rates = ladder(1e-6, 10, 100)
    losses = [10.0 if step >= (80 if step % 2 else 40) else 2.0 for step in range(100)]
    reading = read_curve(rates, losses)
    assert (reading.lr, reading.verdict.flags) == (None, ("noisy",))
    assert "too noisy" in reading.verdict.sentence


def test_nan_before_anything_was_seen_has_no_answer():
    rates = ladder(1e-6, 10, 100)
    reading = read_curve(rates, [2.3, 2.3, math.nan])
    assert (reading.lr, reading.verdict.flags) == (None, ("edge",))
    assert "NaN or infinite from step 2 on, at 1.4e-06" in reading.verdict.sentence


def test_it_turns_where_it_becomes_nan_if_not_before():
    rates, losses = valley(high=0.5)
    reading = read_curve(rates, [*losses[:90], math.inf], points=100)
    assert reading.lr == pytest.approx(rates[90] / 10, rel=0.3)
    assert "NaN or infinite from step 90" in reading.verdict.sentence


def test_a_loss_that_never_fell_but_rises_says_where_training_breaks_and_that_it_says_no_more():
    rates, generator = ladder(1e-6, 10, 100), np.random.default_rng(0)
    losses = [2.3 + generator.normal(0, 0.02) + max(0.0, math.log10(rate)) * 3 for rate in rates]
    reading = read_curve(rates, losses)
    assert reading.verdict.kind == "clear"
    assert reading.verdict.flags == ("flat",)
    assert 0.05 < reading.lr < 0.2
    assert "never fell" in reading.verdict.sentence


def test_a_suggestion_below_what_was_tried_says_so():
    reading = read_curve(*valley(low=0.3, high=30, falls_at=0.5))
    assert "edge" in reading.verdict.flags
    assert "below lr_min=0.3" in reading.verdict.sentence


# Peers' own cases


@pytest.mark.parametrize("losses", [[10, 8, 4, 1, 4, 16], [1, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 3], [1.0], []])
def test_six_points_are_too_few(losses):
    """torch-lr-finder answers with index 2, 0 and the last; Lightning warns or says None."""
    reading = read_curve(ladder(1e-5, 1e-1, 6)[: len(losses)], losses)
    assert (reading.lr, reading.verdict.kind) == (None, "cannot_tell")
    assert f"{len(losses)} losses are too few" in reading.verdict.sentence


@pytest.mark.parametrize(
    ("shape", "turns"),
    [([10, 8, 4, 1, 4, 16], 60), ([1, 0, 1, 2, 3, 4], 20), ([0, 1, 2, 3, 4, 3], None)],
)
def test_the_same_shapes_with_enough_points_turn_behind_their_minimum_or_rise_from_the_start(shape, turns):
    rates = ladder(1e-6, 10, 100)
    losses = list(np.interp(np.linspace(0, 5, 100), range(6), shape))
    reading = read_curve(rates, losses)
    if turns is None:
        assert reading.lr is None
        assert "rose from the start" in reading.verdict.sentence
    else:
        assert rates[turns] < reading.turns_at < rates[turns + 20]


PARABOLA = list(np.linspace(-5, 5, 100) ** 2 + 0.05)


def test_ignites_parabola_on_a_linear_ladder_turns_behind_its_middle():
    """Ignite answers 0.11, where it falls most steeply: at the third point."""
    rates = list(np.linspace(0.01, 10, 100))
    assert read_curve(rates, PARABOLA).turns_at == pytest.approx(7.2, abs=0.4)


def test_ignites_two_groups_get_a_rate_each():
    rates = list(np.linspace(0.01, 10, 100))
    found = RangeTest.of(rates, PARABOLA, factors=[1.0, 2.0])
    assert found.group_lrs == (found.lr, 2 * found.lr)


def test_a_loss_of_0_put_first_is_a_loss_that_was_thrown_up_at_once():
    """Ignite raises: the curve is no longer U-shaped."""
    reading = read_curve(list(np.linspace(0.01, 10, 101)), [0.0, *PARABOLA])
    assert (reading.lr, reading.verdict.flags) == (None, ("edge",))
    assert "rose from the start" in reading.verdict.sentence


def test_lightnings_sine_turns_behind_its_trough():
    """Lightning answers pi, where it falls most steeply."""
    rates = list(np.linspace(1e-3, 2 * np.pi, 100))
    assert 1.5 * np.pi < read_curve(rates, list(np.sin(rates))).turns_at < 1.9 * np.pi


def test_a_last_loss_of_nan_changes_nothing():
    """As in Lightning's test; torch-lr-finder answers with the rate before the NaN."""
    rates, losses = valley(noise=0.02)
    assert read_curve(rates, [*losses[:-1], math.nan]).lr == read_curve(rates, losses).lr


def test_uniform_noise_does_not_move_the_answer_by_decades():
    """Lightning's issue 21141: with uniform noise of 0.1 its answer falls from 0.8 to 1e-7."""
    answers = []
    for seed in range(42, 62):
        rates, losses = valley(low=1e-8, high=1.0, falls_at=1e-3, breaks_at=0.1)
        noise = np.random.default_rng(seed).uniform(-0.1, 0.1, 100)
        answers.append(read_curve(rates, list(np.array(losses) + noise)).lr)
    assert None not in answers
    assert max(answers) / min(answers) < 3


def test_negative_losses_are_losses():
    """fastai's issue 962: a loss above 4 times the lowest stops at once when that is negative."""
    rates, losses = valley(noise=0.02)
    assert read_curve(rates, [loss - 10 for loss in losses]).lr == read_curve(rates, losses).lr


# The ladder


def test_the_ladder_is_even_and_ends_where_it_should():
    """As torch-lr-finder's exponential one; Lightning's first ratio is the square of the others (issue 21931)."""
    assert ladder(1e-5, 1e-1, 5) == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1])
    rates = ladder(1e-7, 10, 100)
    assert (rates[0], rates[-1], len(rates)) == (1e-7, 10, 100)
    ratios = [after / before for before, after in pairwise(rates)]
    assert max(ratios) == pytest.approx(min(ratios))
