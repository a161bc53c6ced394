"""Pictures of a study as SVG."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.draw import (
    STYLE,
    applied_svg,
    bowl_svg,
    compared_svg,
    curves_svg,
    panels,
    race,
    range_svg,
    score_text,
    spark_svg,
    spent_svg,
    thin,
    verdict_svg,
)
from surefoot.draw._svg import Scale
from surefoot.rangetest import RangeTest
from surefoot.records import Tick, Verdict
from surefoot.schedules import parse

from ._found import CANNOT, bowl, found, stage

BROKEN = re.compile(r'[",M ]-?(nan|inf)[",]')  # a place that is no number
EVIL = "<img src=x onerror=\"alert('1')\">&\n"


def read(picture):
    """Parsed as XML: it stops at anything that is not escaped or not closed."""
    return ElementTree.fromstring(picture)


def marks(picture, name, kind):
    return [one for one in read(picture).iter(name) if kind in one.get("class", "").split()]


def ticks(stages, losses=(2.0, 1.0, 0.5)):
    return {one.segment: [Tick(n, 0.01, loss, 0.1) for n, loss in enumerate(losses)] for one in stages}


# The bowl


def test_a_bowl_shows_every_stage_at_its_rate_and_every_failure():
    stages = bowl()
    picture = bowl_svg(found(stages))
    points = [one for one in marks(picture, "circle", "sf-stage") if one.get("data-n")]
    crosses = [one for one in marks(picture, "path", "sf-failed") if one.get("data-n")]
    assert sorted(float(one.get("data-n")) for one in points + crosses) == list(range(len(stages)))
    at = {int(one.get("data-n")): float(one.get("cx")) for one in points}
    for a in at:  # the axis of rates is a log one: equal factors are equal distances
        for b in at:
            share = math.log(stages[b].segment.trial.lr / stages[a].segment.trial.lr)
            assert at[b] - at[a] == pytest.approx(share * (at[3] - at[1]) / math.log(100), abs=0.3)


def test_a_better_score_lies_lower_for_losses_and_higher_for_accuracies():
    for goal, sign in (("min", 1), ("max", -1)):
        stages = [stage(10.0**-n, 10, sign * n) for n in range(1, 4)]
        places = [float(one.get("cy")) for one in marks(bowl_svg(found(stages, goal=goal)), "circle", "sf-stage")]
        assert places[0] != places[1]


def test_a_bowl_names_what_was_found_what_is_yours_and_where_it_fails():
    text = "".join(read(bowl_svg(found(bowl()))).itertext())
    for said in (
        "found 0.012, good from 5e-3 to 0.03",
        "yours 3e-4",
        "fails from 1 on",
        "240 updates",
        "failed or ended",
    ):
        assert said in text
    assert "good from 5e-3 to 0.03" in read(bowl_svg(found(bowl()))).get("aria-label")


def test_all_marks_and_words_lie_within_the_picture():
    for width in (350, 760):
        for result in (found(bowl()), found(bowl(), lr=1.0, interval=(0.9, 1.1)), found(bowl(), lr=1e-5)):
            picture = read(bowl_svg(result, width))
            _, _, right, bottom = map(float, picture.get("viewBox").split())
            assert right == width
            for one in picture.iter("circle"):
                assert 0 < float(one.get("cx")) < right
                assert 0 < float(one.get("cy")) < bottom
            for one in picture.iter("text"):
                reach = 6 * len(one.text) * {"start": 1, "middle": 0.5, "end": -1}[one.get("text-anchor")]
                assert -5 <= float(one.get("x")) + reach <= right + 30, one.text


@pytest.mark.parametrize(
    "stages",
    [
        [stage(0.01, 10, 2.0)],
        [stage(0.01, 10, 0.0), stage(0.1, 10, 0.0)],
        [stage(0.01, 10, -1e9), stage(0.1, 10, 1e9)],
        [stage(0.01, 10, 1e-300), stage(0.1, 10, 1e300)],
        [stage(lr, 10, None) for lr in (0.01, 0.1)],
    ],
)
def test_extreme_studies_are_drawn_with_finite_places(stages):
    result = found(stages, lr=None, interval=None, verdict=CANNOT, yours=None)
    for draw in (bowl_svg, spent_svg):
        picture = draw(result)
        read(picture)
        assert not BROKEN.search(picture)


def test_nothing_tried_draws_nothing():
    empty = found([])
    assert bowl_svg(empty) == spent_svg(empty) == compared_svg([empty]) == curves_svg(empty, {}) == ""


# Curves


def test_trials_of_one_length_share_a_panel_and_each_has_its_line():
    stages = bowl()
    drawn = panels(found(stages), ticks(stages))
    assert [panel.heading for panel in drawn] == ["10 updates", "60 updates", "240 updates"]
    assert sum(len(panel.stages) for panel in drawn) == len(stages)
    picture = curves_svg(found(stages), ticks(stages))
    assert len(marks(picture, "path", "sf-line")) == len(stages)
    assert "0.012, 240 updates: score 0.8" in "".join(read(picture).itertext())


def test_a_loss_that_is_not_finite_breaks_its_line_and_moves_no_axis():
    stages = [stage(0.01, 10, 1.0)]
    broken = curves_svg(found(stages), ticks(stages, (2.0, 1.0, math.nan, 0.7, 0.5, math.inf)))
    assert len(marks(broken, "path", "sf-line")) == 2
    assert not BROKEN.search(broken)
    assert curves_svg(found(stages), ticks(stages, (math.nan, math.inf))) == ""


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=400), st.integers(4, 60))
def test_a_thinned_curve_keeps_its_ends_and_its_peaks(losses, most):
    curve = [Tick(number, 0.1, loss, 0.0) for number, loss in enumerate(losses)]
    few = thin(curve, most)
    assert len(few) <= max(most, len({0, len(losses) - 1}))
    assert (few[0], few[-1]) == (curve[0], curve[-1])
    assert [tick.step for tick in few] == sorted(tick.step for tick in few)
    finite = [loss for loss in losses if math.isfinite(loss)]
    if finite:
        assert min(tick.loss for tick in few if math.isfinite(tick.loss)) == min(finite)
    if len(finite) == len(losses):
        assert max(tick.loss for tick in few) == max(finite)


def test_a_small_curve_has_a_mark_where_something_shows():
    curve = [Tick(number, 0.1, 2.0 - number, 0.0) for number in range(11)]
    line = marks(spark_svg(curve, since=5), "line", "sf-fails")[0]
    assert float(line.get("x1")) == pytest.approx(75)
    assert marks(spark_svg(curve), "line", "sf-fails") == []
    assert spark_svg([]) == ""


# The others


def test_the_area_of_a_disc_is_what_its_stage_cost():
    stages = [stage(0.01, 100, 1.0), stage(0.1, 400, 1.0)]
    small, large = sorted(float(one.get("r")) for one in marks(spent_svg(found(stages)), "circle", "sf-area"))
    costs = sorted(one.cost.runs(600) for one in stages)
    assert (large / small) ** 2 == pytest.approx(costs[1] / costs[0], rel=0.05)


def test_studies_are_compared_on_one_axis_those_without_an_answer_among_them():
    text = compared_svg([found(bowl()), found(bowl(), lr=None, interval=None), found([])])
    assert len(marks(text, "circle", "sf-area")) == 1
    assert "cannot tell" in text


def test_a_schedule_is_drawn_at_its_peak():
    text = "".join(read(applied_svg(parse("warmup(0.1) >> cosine()").over(200), 0.02)).itertext())
    assert "learning rate over 200 updates" in text
    assert "0.02" in text


def test_what_comes_from_outside_is_escaped_in_every_picture():
    reason = "the loss was " + EVIL
    from dataclasses import replace

    stages = [replace(stage(0.1, 10, None), reason=reason), stage(0.01, 10, 1.0)]
    result = replace(found(stages), study=EVIL)
    for picture in (bowl_svg(result), spent_svg(result), compared_svg([result]), curves_svg(result, ticks(stages))):
        assert "<img" not in picture
        read(picture)


def test_the_style_knows_every_class_that_pictures_use():
    stages = bowl()
    drawn = [bowl_svg(found(stages)), spent_svg(found(stages)), curves_svg(found(stages), ticks(stages))]
    used = set(re.findall(r"sf-[a-z0-9-]+", " ".join(re.findall(r'class="([^"]*)"', "".join(drawn)))))
    unstyled = {"sf-says-mine"} & used
    assert {name for name in used if f".{name}" not in STYLE} <= unstyled


@given(st.floats(1e-12, 1e12), st.floats(1.001, 1e6), st.booleans())
def test_marks_lie_on_the_axis_ascend_and_are_named_differently(low, factor, log):
    scale = Scale(low, low * factor, 0, 100, log)
    values = scale.marks()
    assert values == sorted(values)
    assert all(low * (1 - 1e-9) <= value <= low * factor * (1 + 1e-9) for value in values)
    assert len({scale.name(value) for value in values}) == len(values)


def test_a_score_is_short():
    assert score_text(2.3084, 4) == "2.308"
    assert len(score_text(-1.23456e-17)) <= 9


# In a notebook


def test_a_verdict_shows_how_far_off_the_rate_is_on_the_right_side():
    for kind, side in (("too_high", -1), ("too_low", 1)):
        picture = verdict_svg(Verdict(kind, "off", 0.9, factor=(10.0, 100.0)))
        (good,), (mine,) = marks(picture, "rect", "sf-good"), marks(picture, "circle", "sf-stage")
        assert (float(good.get("x")) - float(mine.get("cx"))) * side > 0
    assert verdict_svg(Verdict("healthy", "fine", 0.9)) == ""
    assert verdict_svg(Verdict("too_high", "off", 0.9)) == ""


def test_a_range_test_shows_its_curve_and_what_it_suggests():
    rates, losses = [10.0**-n for n in range(5, 0, -1)], [2.0, 1.5, 1.0, 3.0, math.nan]
    text = "".join(read(range_svg(rates, losses, losses[:4], 1e-3, 1e-2)).itertext())
    assert "suggested 1e-3" in text
    assert "turns at 0.01" in text
    assert range_svg(rates, [math.nan] * 5, [], None, None) == ""


@pytest.mark.parametrize(
    ("result", "drawn"),
    [
        (found(bowl()), True),
        (found([], lr=None, interval=None), False),
        (Verdict("too_low", "<b>low</b> & slow", 0.9, factor=(2.0, 9.0)), True),
        (Verdict("healthy", "<b>fine</b>", 0.9), False),
        (RangeTest.of([1e-3, 1e-2, 1e-1], [2.0, 1.0, 5.0]), True),
    ],
)
def test_a_notebook_shows_a_picture_that_follows_its_theme_and_the_text_beside_it(result, drawn):
    shown = result._repr_html_()
    assert ("<svg" in shown) == drawn
    assert ("prefers-color-scheme:dark" in shown) == ("data-jp-theme-light=false" in shown) == drawn
    assert "<pre>" in shown
    assert "<b>" not in shown


# In the terminal, while it runs


def running(width=80, plain=False, **more):
    stages = bowl()
    losses = {one.segment: [2.3, 1.0, 0.1] for one in stages}
    now = stage(0.015, 240, 1.0).segment
    return race(stages, {**losses, now: [2.3, 2.2]}, now, goal="min", width=width, plain=plain, **more)


def test_a_race_has_a_row_a_length_and_a_cell_a_trial():
    drawn = running(120)
    assert [name for name, _ in drawn.rows] == ["10 updates", "60 updates", "240 updates"]
    states = [[cell.state for cell in cells] for _, cells in drawn.rows]
    assert [row.count("best") for row in states] == [1, 1, 1]
    assert sum(row.count("failed") for row in states) == 1
    assert sum(row.count("running") for row in states) == 1
    assert sum(state != "" for row in states for state in row) == len(bowl()) + 1
    assert "█▆▁" in str(drawn)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_race_keeps_to_its_width_and_to_what_runs(width):
    drawn = running(width)
    assert max(map(len, str(drawn).splitlines())) <= max(width, 22)
    assert "0.015" in [one.strip() for one in drawn.rates]


def test_a_race_can_be_plain():
    assert str(running(plain=True)).isascii()


def test_a_race_of_failures_and_before_any_loss_is_drawn():
    now = stage(0.1, 10, 1.0).segment
    assert "x" in str(race([stage(0.01, 10, None)], {now: [math.nan]}, now, goal="max"))
    assert race([], {}, None, goal="min").rows == ()
