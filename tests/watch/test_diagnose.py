"""What a loss curve says about the rate: kinds, symptoms, factors; and what it does not hang on."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.watch import _curves as curves

import surefoot as sf
from surefoot.errors import BadInput

HIGH = {
    curves.blown_up: "diverged",
    curves.died: "died",
    curves.climbed: "climbing",
    curves.fell_back: "fell_back",
    curves.overshot: "overshot",
    curves.thrown_late: "spiking",
    curves.rested_above: "stuck_above",
}
LOW = {curves.straight: "slow", curves.unmoved: "stuck"}
HEALTHY = [curves.right, curves.spiked]
EVERY = [*HIGH, *LOW, *HEALTHY]


@pytest.mark.parametrize(("curve", "symptom"), HIGH.items(), ids=lambda value: getattr(value, "__name__", value))
def test_a_rate_that_is_too_high_is_said_to_be_with_its_symptom(curve, symptom):
    for seed in range(20):
        verdict = sf.diagnose(curve(seed), horizon=10_000)
        assert (verdict.kind, verdict.symptom) == ("too_high", symptom)
        assert verdict.factor is not None
        assert 1 <= verdict.factor[0] < verdict.factor[1]
        assert verdict.evidence
        assert verdict.advice
        assert 0 <= verdict.since < 1000


@pytest.mark.parametrize(("curve", "symptom"), LOW.items(), ids=lambda value: getattr(value, "__name__", value))
def test_a_rate_that_is_too_low_is_said_to_be_with_its_symptom(curve, symptom):
    for seed in range(20):
        verdict = sf.diagnose(curve(seed), horizon=10_000)
        assert (verdict.kind, verdict.symptom) == ("too_low", symptom)
        assert 1 <= verdict.factor[0] < verdict.factor[1]


@pytest.mark.parametrize("curve", HEALTHY)
def test_a_healthy_training_raises_no_alarm(curve):
    assert {sf.diagnose(curve(seed), horizon=10_000).kind for seed in range(50)} == {"healthy"}


@given(
    curve=st.sampled_from(EVERY),
    seed=st.integers(0, 20),
    scale=st.integers(-30, 30).map(lambda power: 2.0**power),
    offset=st.sampled_from([0.0, -2.3, 40.0, -1000.0, 5000.0]),
)
def test_neither_scale_nor_offset_nor_sign_of_the_loss_makes_a_difference(curve, seed, scale, offset):
    losses = curve(seed)
    plain, changed = sf.diagnose(losses, horizon=10_000), sf.diagnose(scale * (losses + offset), horizon=10_000)
    assert (plain.kind, plain.symptom) == (changed.kind, changed.symptom)


@given(curve=st.sampled_from(EVERY), seed=st.integers(0, 20), lr=st.floats(1e-9, 1e6), optimizer=st.text(max_size=8))
def test_rate_and_optimizer_never_decide_what_kind_of_trouble_it_is(curve, seed, lr, optimizer):
    losses = curve(seed)
    alone, known = sf.diagnose(losses, horizon=10_000), sf.diagnose(losses, lr, optimizer, 10_000)
    assert (alone.kind, alone.symptom) == (known.kind, known.symptom)


def test_the_rate_and_its_usual_range_narrow_the_factor_down():
    losses = curves.straight(0)
    alone, known = sf.diagnose(losses), sf.diagnose(losses, lr=1e-5, optimizer="AdamW")
    width = [math.log10(verdict.factor[1] / verdict.factor[0]) for verdict in (alone, known)]
    assert width[1] < width[0] / 2


def test_in_a_short_training_higher_rates_are_usual_for_adam():
    long, short = (
        sf.diagnose(curves.straight(0), lr=1e-5, optimizer="AdamW", horizon=steps) for steps in (10_000, 1000)
    )
    assert long.factor[0] < 1e-3 / 1e-5 < long.factor[1]
    assert short.factor[0] > 2 * long.factor[0]
    assert short.factor[1] > 2 * long.factor[1]


def test_a_rate_far_outside_of_what_is_usual_does_not_override_what_the_losses_show():
    losses = curves.overshot(0)
    alone, odd = (sf.diagnose(losses, lr=lr, optimizer="adam" if lr else None) for lr in (None, 1e-9))
    assert odd.kind == "too_high"
    assert odd.factor[1] / odd.factor[0] == pytest.approx(alone.factor[1] / alone.factor[0], rel=0.3)


def test_nan_before_the_first_update_is_not_blamed_on_the_rate():
    verdict = sf.diagnose([math.nan] * 50)
    assert (verdict.kind, verdict.symptom, verdict.factor) == ("cannot_tell", "nan_at_start", None)
    assert "not the rate's fault" in verdict.sentence


def test_a_sudden_nan_out_of_a_calm_loss_may_be_a_batch_or_the_rate():
    losses = curves.right(0)
    losses[800:] = math.nan
    verdict = sf.diagnose(losses)
    assert (verdict.kind, verdict.symptom, verdict.since) == ("cannot_tell", "diverged", 800)
    assert "bad batch" in verdict.sentence


def test_a_loss_that_was_not_finite_once_and_went_on_is_a_note():
    losses = curves.right(0)
    losses[400] = math.inf
    verdict = sf.diagnose(losses)
    assert verdict.kind == "healthy"
    assert any("1 of 1,000 losses were not finite and training went on" in note for note in verdict.notes)


def test_one_bad_batch_is_a_note_with_its_place():
    losses = curves.right(0)
    losses[400] += 30
    verdict = sf.diagnose(losses)
    assert verdict.kind == "healthy"
    assert any("at 400" in note and "bad batch" in note for note in verdict.notes)


def test_a_running_mean_is_noticed():
    losses = curves.right(0)
    running = np.cumsum(losses) / np.arange(1, len(losses) + 1)
    assert any("running mean" in note for note in sf.diagnose(running).notes)
    assert not any("running mean" in note for note in sf.diagnose(losses).notes)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 19])
def test_too_few_losses_say_nothing(count):
    verdict = sf.diagnose([2.0 - 0.01 * step for step in range(count)])
    assert (verdict.kind, verdict.factor, verdict.confidence) == ("cannot_tell", None, 0.0)
    assert f"{count} losses are too few" in verdict.sentence


def test_the_beginning_of_a_long_training_is_never_called_too_slow():
    assert sf.diagnose(curves.straight(0), horizon=100_000).kind == "cannot_tell"


def test_a_short_beginning_that_comes_down_evenly_is_cannot_tell():
    verdict = sf.diagnose(curves.straight(0)[::10], horizon=1000)
    assert (verdict.kind, verdict.symptom) == ("cannot_tell", "slow")
    assert "probe" in verdict.advice


def test_time_is_counted_in_rates_where_they_are_given():
    """A long warmup makes a good training come down late; the same losses at a constant rate are slow."""
    steps = np.arange(1000)
    rates = np.minimum(1, (steps + 1) / 900) ** 4
    losses = 0.3 + 2 * np.exp(-np.cumsum(rates) / 20) + 0.02 * curves.noise(0, 1000)
    assert sf.diagnose(losses).symptom == "slow"
    assert sf.diagnose(losses, lr=rates).kind == "healthy"


def test_the_length_of_the_curve_does_not_change_the_verdict():
    for curve in EVERY:
        said = {sf.diagnose(curve(0, length), horizon=10 * length).kind for length in (1500, 5000, 50_000)}
        assert len(said) == 1, curve


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"losses": [1, "x"]}, r"losses\[1\]='x': expected a number"),
        ({"losses": [1, 2], "lr": -1.0}, r"lr=-1.0: expected a rate above 0"),
        ({"losses": [1, 2], "lr": [0.1]}, "lr holds 1 rates, fewer than there are losses"),
        ({"losses": [1, 2], "lr": [0.1] * 3}, "lr holds more rates than the 2 losses"),
        ({"losses": [1, 2], "lr": [0.1, math.nan]}, r"lr\[1\]=nan"),
        ({"losses": [1, 2], "horizon": 0}, "horizon=0: expected the number of losses"),
        ({"losses": [1, 2], "optimizer": object()}, "expected its name, for example 'adamw'"),
    ],
)
def test_bad_input_is_refused_with_what_was_given_and_what_was_expected(arguments, message):
    with pytest.raises(BadInput, match=message):
        sf.diagnose(**arguments)
