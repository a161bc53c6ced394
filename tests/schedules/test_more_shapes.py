"""The shapes beyond the basic ones, each against its formula, written here once more and slowly."""

import math

import numpy as np
import pytest

from surefoot.errors import BadSchedule
from surefoot.schedules import (
    chebyshev,
    constant,
    cosine,
    cosine_power,
    cosine_wave,
    decay,
    exp_hyperbolic,
    exp_range,
    flat_cosine,
    hold,
    hyperbolic,
    infinite,
    inverse_sqrt,
    inverse_time,
    k_decay,
    knee,
    linear,
    linear_to_zero,
    multistep,
    noam,
    one_cycle,
    parse,
    piecewise,
    polynomial_cycles,
    power_law,
    restarts,
    rex,
    slanted_triangular,
    tanh,
    triangular,
    triangular2,
    warmup,
    warmup_cosine,
    warmup_exponential,
    warmup_quadratic,
    warmup_radam,
    warmup_sqrt,
    wsd,
)
from surefoot.schedules._recipes import RECIPES
from surefoot.schedules._shapes import SHAPES

N = 97


def half_cosine(p):
    return (1 + math.cos(math.pi * p)) / 2


def rectification(n, beta2):
    most = 2 / (1 - beta2) - 1
    r = most - 2 * n * beta2**n / (1 - beta2**n)
    return math.sqrt((r - 4) * (r - 2) * most / ((most - 4) * (most - 2) * r))


def triangle(t, up, down):
    x = t % (up + down)
    return x / up if x <= up else 1 - (x - up) / down


def hyperbola(t, bound):
    return math.sqrt((N - t) / bound * (2 - (N + t) / bound))


def in_cycle(t, first, growth):
    """Index of the cycle and share of it, by walking through them."""
    index, start, size = 0, 0.0, first
    while t >= start + size and start + size < N:
        index, start, size = index + 1, start + size, size * growth
    return index, (t - start) / size


def sgdr(t, first, growth=1.0, shrink=1.0, to=0.0):
    index, share = in_cycle(t, first, growth)
    return to + (shrink**index - to) * half_cosine(share)


def cycle_polynomial(t, every, power, to):
    return to + (1 - to) * (1 - t / (every * max(1, math.ceil(t / every)))) ** power


FORMULAS = [
    (warmup_cosine(), lambda t: 1 - half_cosine(min(t + 1, N) / N)),
    (warmup_quadratic(start=0.5), lambda t: 0.5 + 0.5 * (min(t + 1, N) / N) ** 2),
    (warmup_sqrt(), lambda t: 1 - math.sqrt(1 - min(t + 1, N) / N)),
    (warmup_exponential(20), lambda t: 1 - math.exp(-min(t + 1, N) / 20)),
    (warmup_radam(beta2=0.95), lambda t: rectification(min(t, N - 1) + 5, 0.95)),
    (multistep([10, 0.5], factor=0.3), lambda t: 0.3 ** ((t >= 10) + (t >= 49))),
    (piecewise([30, 60], [0.5, 2, 0]), lambda t: 0.5 if t < 30 else 2 if t < 60 else 0),
    (cosine_power(exponent=1.7, to=0.1), lambda t: 0.1 + 0.9 * half_cosine(t / N) ** 1.7),
    (k_decay(k=1.6), lambda t: half_cosine((t / N) ** 1.6)),
    (k_decay(None, "polynomial", k=0.5, power=2, to=0.3), lambda t: 0.3 + 0.7 * (1 - math.sqrt(t / N)) ** 2),
    (cosine_wave(cycles=2.3, to=0.2), lambda t: 0.2 + 0.8 * half_cosine(2 * 2.3 * t / N)),
    (inverse_time(10, rate=0.7), lambda t: 1 / (1 + 0.7 * t / 10)),
    (inverse_sqrt(12), lambda t: math.sqrt(12 / (t + 12))),
    (noam(12), lambda t: min(min(t + 1, N) / 12, math.sqrt(12 / min(t + 1, N)))),
    (power_law(12, exponent=0.8), lambda t: (12 / (t + 12)) ** 0.8),
    (rex(to=0.1), lambda t: 0.1 + 0.9 * (1 - t / N) / (0.5 + 0.5 * (1 - t / N))),
    (tanh(lower=-5, upper=2), lambda t: (1 - math.tanh(-5 * (1 - t / N) + 2 * t / N)) / 2),
    (hyperbolic(bound=150, to=0.2), lambda t: 1 + 0.8 * (hyperbola(t, 150) - hyperbola(0, 150))),
    (exp_hyperbolic(bound=150, to=0.02), lambda t: 50 ** (hyperbola(t, 150) - hyperbola(0, 150))),
    (restarts(13, decay=0.8, to=0.1), lambda t: sgdr(t, 13, shrink=0.8, to=0.1)),
    (restarts(7, growth=1.5, decay=0.9), lambda t: sgdr(t, 7, 1.5, 0.9)),
    (restarts(cycles=3, growth=2), lambda t: sgdr(t, N / 7, 2)),
    (triangular(7, down=13, low=0.3), lambda t: 0.3 + 0.7 * triangle(t, 7, 13)),
    (triangular2(7, low=0.3), lambda t: 0.3 + 0.7 * triangle(t, 7, 7) / 2 ** (t // 14)),
    (exp_range(7, low=0.3, to=0.2), lambda t: 0.3 + 0.7 * triangle(t, 7, 7) * 0.2 ** (t / N)),
    (polynomial_cycles(13, power=2, to=0.1), lambda t: cycle_polynomial(t, 13, 2, 0.1)),
]


@pytest.mark.parametrize(("schedule", "formula"), FORMULAS, ids=[str(schedule) for schedule, _ in FORMULAS])
def test_a_shape_follows_its_formula_from_the_first_update_to_its_end(schedule, formula):
    expected = [formula(t) for t in range(N + 1)]
    course = schedule.over(N)
    assert course(range(N + 1)).tolist() == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert [course(t) for t in range(N + 1)] == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert course(10 * N) == course(N)


def test_every_word_is_tried_here_or_with_the_basic_shapes():
    basic = {"constant", "hold", "warmup", "linear", "cosine", "polynomial", "exponential", "decay", "step"}
    here = {str(schedule).split("(")[0] for schedule, _ in FORMULAS}
    assert set(SHAPES) == basic | here | {"one_cycle", "chebyshev", "values"}


@pytest.mark.parametrize("shape", ["cosine", "linear"])
def test_one_cycle_rises_and_falls_between_its_turns(shape):
    def eased(p):
        return p if shape == "linear" else 1 - half_cosine(p)

    two = one_cycle(rise=30, start=0.1, end=0.01, shape=shape).over(N)
    three = one_cycle(rise=30, start=0.1, end=0.01, shape=shape, phases=3).over(N)
    for t in range(N + 1):
        rising = 0.1 + 0.9 * eased(t / 30)
        assert two(t) == pytest.approx(rising if t <= 30 else 1 - 0.99 * eased((t - 30) / 67), rel=1e-12)
        falling = 1 - 0.9 * eased((t - 30) / 30) if t <= 60 else 0.1 - 0.09 * eased((t - 60) / 37)
        assert three(t) == pytest.approx(rising if t <= 30 else falling, rel=1e-12)


def test_the_momentum_of_one_cycle_is_low_where_the_rate_is_high():
    momentum = one_cycle(rise=30, start=0, end=0, shape="linear").opposite(0.85 / 0.95).over(100)
    assert [round(0.95 * momentum(t), 3) for t in (0, 15, 30, 65, 100)] == [0.95, 0.9, 0.85, 0.9, 0.95]


def test_what_is_opposite_stays_between_its_limits_where_a_rate_exceeds_its_peak():
    assert constant(value=3).opposite(0.8).over(10)(5) == 0.8


def test_chebyshev_takes_every_step_of_its_set_once_in_fractal_order():
    course = chebyshev(low=0.1).over(8)
    nodes = [0.2 / (1.1 - 0.9 * math.cos(math.pi * (k + 0.5) / 8)) for k in range(8)]
    assert course(range(8)).tolist() == pytest.approx([nodes[k] for k in (0, 7, 3, 4, 1, 6, 2, 5)], rel=1e-12)
    assert sorted(course(range(8)).tolist()) == pytest.approx(sorted(nodes), rel=1e-12)


def test_chebyshev_steps_make_a_quadratic_converge_faster_than_any_constant_one():
    eigenvalues = np.linspace(0.05, 1, 50)
    steps = chebyshev(low=0.05).over(32)(range(32)) / 0.05
    factor = np.abs(np.prod(1 - np.outer(eigenvalues, steps), axis=1)).max()
    constant_one = (1 - 2 * 0.05 / 1.05) ** 32
    assert factor < constant_one / 100


def test_restarts_by_number_end_at_the_floor_and_by_length_where_they_are():
    assert restarts(cycles=3, to=0.1).over(100)(100) == pytest.approx(0.1, rel=1e-12)
    assert restarts(40).over(100)(100) == pytest.approx(0.5, rel=1e-12)
    assert (restarts(10, cycles=3, growth=2) >> hold()).over(100)([69, 70, 99]).tolist() == pytest.approx(
        [half_cosine(39 / 40), 0, 0], abs=1e-15
    )
    assert (restarts(10, growth=2).over(70)(range(71)) == restarts(10, cycles=3, growth=2).over(70)(range(71))).all()


@pytest.mark.parametrize(
    ("recipe", "chain"),
    [
        ("wsd()", "warmup(0.05) >> hold() >> decay(0.2, '1-sqrt')"),
        ("wsd(500, 0.1, 'linear', to=0.1)", "warmup(500) >> hold() >> decay(0.1, to=0.1)"),
        ("linear_to_zero(100)", "warmup(100) >> linear()"),
        ("flat_cosine(0.7)", "hold(0.7) >> decay(shape='cosine')"),
        ("knee()", "warmup(0.05) >> hold(0.5) >> decay()"),
        ("slanted_triangular(0.2, ratio=4)", "linear(0.2, start=0.25, end=1.0) >> decay(to=0.25)"),
        ("infinite()", "warmup(0.01) >> cosine(0.25, to=0.5) >> hold() >> decay(0.1, '1-sqrt')"),
        ("warmup_untuned()", "warmup(2000)"),
        ("warmup_untuned(0.95, 'exponential')", "warmup_exponential(20)"),
    ],
)
def test_a_recipe_is_read_from_text_and_written_as_its_chain(recipe, chain):
    assert str(parse(recipe)) == chain
    assert parse(f"{recipe}.scale(0.5)") == parse(f"({chain}).scale(0.5)")


def test_recipes_are_ordinary_chains_to_everything_else():
    assert set(RECIPES).isdisjoint(SHAPES)
    assert wsd(100, 200).over(1000).trunk == (100, 800)
    assert flat_cosine().over(100).pieces[-1].start == 75
    assert knee(100, 0.4).over(1000).shrunk(100)([9, 49, 75, 100]).tolist() == [1, 1, 0.5, 0]
    assert infinite(10, 20, 10).over(100)([10, 30, 89, 100]).tolist() == [1, 0.5, 0.5, 0]
    assert slanted_triangular().over(100)([0, 10, 100]).tolist() == [1 / 32, 1, 1 / 32]
    assert linear_to_zero(10).over(100)(100) == 0


def test_noam_is_a_warmup_and_an_inverse_root_one_update_apart():
    after = (warmup(10) >> inverse_sqrt(10)).over(100)
    assert noam(10).over(100)([0, 9, 10, 99]).tolist() == pytest.approx([after(0), after(9), after(11), after(100)])


def test_lists_are_stretched_written_and_read_back():
    schedule = multistep([100, 0.5], factor=0.5)
    assert str(schedule) == "multistep([100, 0.5], factor=0.5)"
    assert schedule.stretch(1.5) == multistep([150, 0.75], factor=0.5)
    assert parse("multistep([3])") == multistep((3,)) == multistep(np.array([3]))
    assert schedule.to_dict()["milestones"] == [100, 0.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("multistep([])", "a list of lengths from the start"),
        ("multistep(0.5)", "a list of lengths from the start"),
        ("multistep([0.5, 1.5])", r"milestones\[1\] must be"),
        ("multistep([0.5, 0.3])", "one after the other"),
        ("multistep([0.5, 0.5])", "one after the other"),
        ("multistep([1000])", "no update to the piece without a length"),
        ("multistep([10, 2000])", "has only 1000"),
        ("piecewise([10], [1])", "need 2 values"),
        ("piecewise([10], [1, -1])", r"values\[1\] must be"),
        ("k_decay(k=2, power=3)", "shape='polynomial'"),
        ("tanh(lower=3, upper=3)", "not below upper"),
        ("hyperbolic(bound=500)", "bound is 500"),
        ("warmup_radam(beta2=0.5)", "above 0.6"),
        ("restarts()", "number"),
        ("restarts(10, cycles=3, length=50)", "Leave length out"),
        ("restarts(0.5, growth=0.9)", "1 or more"),
        ("restarts(cycles=1001)", "less often"),
        ("restarts(5, decay=2)", "at most 1"),
        ("restarts(cycles=1000000000, growth=1.5)", "Use fewer"),
        ("one_cycle(rise=0.5, phases=3)", "nothing is left for the last fall"),
        ("one_cycle(phases=4)", "one of 2, 3"),
        ("exp_range(10, to=1)", "between 0 and 1"),
        ("warmup_untuned(1.0)", "below 1"),
        ("slanted_triangular(ratio=0.5)", "slanted_triangular: ratio must be a finite number above 1"),
        ("infinite(to=0)", "infinite: to must be"),
        ("wsd(500, 0.1, 'sqrt')", "Did you mean '1-sqrt'"),
        ("knee(0.5, 0.6)", r"takes 1\.1 of the horizon"),
        ("multistep([0.5", "',' or ']'"),
        ("multistep([0.5 0.6])", "',' or ']'"),
        ("OneCycleLR()", "Did you mean 'one_cycle'"),
        ("MultiStepLR()", "Did you mean 'multistep'"),
        ("warmup_cos()", "Did you mean 'warmup_cosine'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_fix(text, message):
    with pytest.raises(BadSchedule, match=message):
        parse(text).over(1000)


@pytest.mark.parametrize("horizon", [1, 2, 3, 5, 8])
def test_single_shapes_can_be_shrunk_to_a_few_updates(horizon):
    single = [schedule for schedule, _ in FORMULAS] + [one_cycle(), one_cycle(phases=3), chebyshev()]
    for schedule in single:
        needed = 3 if str(schedule).startswith(("multistep", "piecewise", "restarts(cycles")) else 1
        if horizon >= needed:
            values = schedule.over(N).shrunk(horizon)(range(horizon + 3))
            assert np.isfinite(values).all(), schedule
            assert (values >= 0).all(), schedule


@pytest.mark.parametrize("shape", [rex, cosine, decay, linear])
def test_what_falls_to_zero_reaches_it_exactly(shape):
    assert shape().over(N)(N) == 0


def test_restarts_whose_peak_would_lie_below_the_floor_stay_on_it():
    course = restarts(10, decay=0.5, to=0.3).over(40)
    assert course([10, 20, 25, 30, 40]).tolist() == [0.5, 0.3, 0.3, 0.3, 0.3]


@pytest.mark.parametrize(
    "schedule",
    [
        triangular(0.0123457, down=0.0765431),
        restarts(0.0123457),
        restarts(7, growth=1.01, decay=0.999),
        chebyshev(),
        polynomial_cycles(0.0123457, power=2),
        warmup_radam(),
    ],
    ids=str,
)
def test_cycles_are_counted_exactly_over_a_billion_updates(schedule):
    course = schedule.over(999_999_937)
    steps = [0, 1, 10**6 + 3, 123_456_789, 999_999_936, 999_999_937]
    values = course(steps)
    assert ((values >= 0) & (values <= 1)).all()
    assert values.tolist() == pytest.approx([course(t) for t in steps], rel=1e-9)


def test_a_vast_number_of_growing_cycles_is_refused_before_they_are_laid():
    with pytest.raises(BadSchedule, match="more than 10,000 growing cycles"):
        restarts(1, growth=1.0000001).over(10**9)
