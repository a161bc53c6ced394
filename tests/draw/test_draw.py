"""An answer as text and as a picture."""

import doctest
import importlib
import math
import pkgutil
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import surefoot as sf
import surefoot.draw
from surefoot.draw import answer_text, bowl_text, duration, figure, rate, save_figure
from surefoot.errors import BadInput, MissingExtra
from surefoot.records import Evidence, Verdict

from ._found import CANNOT, CLEAR, bowl, found, stage

MODULES = [m.name for m in pkgutil.walk_packages(surefoot.draw.__path__, "surefoot.draw.")]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_in_the_docstrings_are_true(module):
    assert doctest.testmod(importlib.import_module(module)).failed == 0


# Numbers


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_rate_is_short_and_reads_back_to_two_digits(lr):
    text = rate(lr)
    assert len(text) <= 8
    assert float(text) == pytest.approx(lr, rel=0.051)


@pytest.mark.parametrize(
    ("lr", "text"),
    [(3e-4, "3e-4"), (0.00996, "0.01"), (0.0099, "9.9e-3"), (0.01, "0.01"), (0.995, "0.99"), (1, "1"), (99.6, "1e2")],
)
def test_a_rate_is_written_as_people_write_it(lr, text):
    assert rate(lr) == text


@given(st.floats(min_value=0, max_value=1e8))
def test_a_duration_has_at_most_two_units_and_is_right_to_the_smaller_one(seconds):
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    parts = re.findall(r"(\d+(?:\.\d+)?) (d|h|min|s)", duration(seconds))
    assert 1 <= len(parts) <= 2
    said = sum(float(number) * units[unit] for number, unit in parts)
    finest = {"d": 3_600, "h": 60, "min": 1, "s": 1}[parts[0][1]]
    assert said - 1 <= seconds <= said + finest + 1


def test_a_duration_never_says_60_of_a_unit():
    for seconds in (9.96, 59.4, 59.6, 119.6, 3599.6, 3600, 7199, 86_399.7, 172_799):
        assert not re.search(r"\b60 (s|min)|\b24 h", duration(seconds)), seconds


# The answer


def test_a_clear_answer_says_all_that_one_wants_to_know():
    text = answer_text(found(bowl()))
    for said in (
        "learning rate 0.012   good from 5e-3 to 0.03",
        "yours         3e-4  40x too low, costs about 1.8 %",
        "fails         at and above 1",
        "verdict       clear: 0.012: expected",
        "study         one",
        "runs: ",
    ):
        assert said in text
    assert "advice" not in text


def test_an_answer_that_cannot_tell_says_so_and_has_nothing_to_paste():
    text = answer_text(found([stage(1.0, 10, None)], lr=None, interval=None, verdict=CANNOT, yours=None))
    assert "learning rate none" in text
    assert "verdict       cannot tell [edge, noisy]: every trial failed" in text
    assert "advice        look at the data" in text
    assert "yours" not in text
    assert "lr = " not in text


def test_a_best_guess_that_is_not_sure_is_still_a_rate():
    text = answer_text(found(bowl(), interval=None, verdict=CANNOT))
    assert "learning rate 0.012\n" in text
    assert "cannot tell" in text
    assert "lr = 0.012" in text


def test_what_did_not_happen_is_left_out():
    text = answer_text(found(bowl(), fails_at=None, yours=None))
    assert "fails" not in text
    assert "yours" not in text


def test_the_lines_to_paste_do_what_they_say():
    result = found(bowl())
    lines = [line.strip() for line in str(result).splitlines()[-2:]]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    namespace = {"torch": torch, "sf": sf, "optimizer": optimizer}
    exec("\n".join(lines), namespace)
    assert namespace["lr"] == pytest.approx(result.lr, rel=0.05)
    course = sf.schedules.parse(result.schedule).over(600)
    seen = []
    for _ in range(5):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        namespace["scheduler"].step()
    assert seen == [0.5 * course(step) for step in range(5)]


def test_as_plain_values_what_is_not_finite_is_none():
    verdict = Verdict("clear", "0.01", 0.9, (), (Evidence("regret", math.inf, math.nan),))
    text = found(bowl(), verdict=verdict).to_json()
    assert not re.search(r"NaN|Infinity", text)


# The bowl in the terminal


def plot_of(text):
    """The rows between the axes, without their labels."""
    return [line.split("|", 1)[1] for line in text.splitlines() if "|" in line]


def test_the_bowl_shows_every_trial_the_interval_and_the_answer():
    text = bowl_text(found(bowl()))
    rows = plot_of(text)
    assert len(rows) == 12
    assert sum(row.count(mark) for row in rows for mark in "·o●") >= 9  # two may fall on one place
    assert sum(row.count("x") for row in rows) == 1
    axis = next(line for line in text.splitlines() if "+" in line)
    assert re.search(r"\+-+=+\^=+-+$", axis)
    assert "1e-5" in text
    assert re.search(r"1e-5 +1$", text, re.MULTILINE)
    assert "· 10 updates  o 60 updates  ● 240 updates  x failed  = good  ^ found" in text


def test_the_best_score_is_at_the_bottom_whatever_the_goal():
    for goal, sign in (("min", 1), ("max", -1)):
        stages = [stage(10.0**-power, 10, sign * power) for power in range(1, 5)]
        rows = plot_of(bowl_text(found(stages, goal=goal)))
        lowest, highest = rows[-1].index("·"), rows[0].index("·")
        assert lowest > highest  # the best score, 1, belongs to the highest rate


def test_a_bowl_with_one_stage_a_single_rate_or_equal_scores_is_drawn():
    for stages in (
        [stage(0.01, 10, 2.0)],
        [stage(0.01, 10, 2.0), stage(0.01, 60, 1.0)],
        [stage(lr, 10, 2.0) for lr in (0.001, 0.01, 0.1)],
        [stage(0.01, 10, 0.0), stage(0.1, 10, 0.0)],
        [stage(0.01, 10, -1e9), stage(0.1, 10, 1e9)],
    ):
        rows = plot_of(bowl_text(found(stages)))
        assert len(rows) == 12
        assert sum(row.count("·") + row.count("o") for row in rows) == len(stages)


def test_a_bowl_of_failures_is_drawn():
    text = bowl_text(found([stage(lr, 10, None) for lr in (0.01, 0.1, 1.0)], lr=None, interval=None, verdict=CANNOT))
    assert plot_of(text)[0].count("x") == 3
    assert "x failed" in text
    assert "found" not in text
    assert "^" not in text


def test_nothing_tried_draws_nothing():
    assert bowl_text(found([])) == ""


def test_one_far_off_score_does_not_flatten_the_rest():
    stages = [stage(10.0**-power, 10, 1 + 0.1 * power) for power in range(1, 6)]
    rows = plot_of(bowl_text(found([*stages, stage(10.0, 10, 1e6)])))
    assert sum("·" in row for row in rows) >= 5


@pytest.mark.parametrize("width", [40, 60, 72, 120])
@pytest.mark.parametrize("height", [3, 12, 30])
def test_a_bowl_keeps_to_its_width_and_height(width, height):
    lines = bowl_text(found(bowl()), width=width, height=height).splitlines()
    assert len(plot_of("\n".join(lines))) == height
    assert max(map(len, lines[: height + 2])) <= width


def test_a_bowl_that_is_asked_to_be_too_narrow_is_still_one():
    assert len(plot_of(bowl_text(found(bowl()), width=5))) == 12


def test_an_answer_outside_of_what_was_tried_is_drawn_at_the_edge():
    text = bowl_text(found([stage(0.01, 10, 2.0), stage(0.1, 10, 1.0)], lr=5.0, interval=(2.0, 9.0)))
    assert next(line for line in text.splitlines() if "+" in line).endswith("^")


def test_more_rungs_than_marks_share_the_first_mark():
    text = bowl_text(found([stage(0.01, updates, 1 / updates) for updates in (10, 20, 40, 80, 160, 320)]))
    assert "◆ 320 updates" in text
    assert "● 160 updates" in text


# The figure


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_figure_is_saved(tmp_path, ending):
    for number, result in enumerate((found(bowl()), found([stage(1.0, 10, None)], lr=None, interval=None, yours=None))):
        path = tmp_path / f"{number}.{ending}"
        save_figure(result, path)
        assert path.stat().st_size > 1000


def test_a_figure_shows_scores_regret_and_both_rates():
    above, below = figure(found(bowl())).axes
    assert above.get_ylabel() == "score"
    assert below.get_ylabel() == "regret, at most (90 %)"
    assert below.get_xscale() == "log"
    labels = [text.get_text() for text in above.get_legend().get_texts()]
    assert {"10 updates", "60 updates", "240 updates", "failed", "good", "found 0.012", "yours 3e-4"} == set(labels)
    assert found(bowl()).plot().axes[0].get_ylabel() == "score"


@pytest.mark.parametrize("name", ["curve.nonsense", "no/such/folder/curve.png"])
def test_a_picture_that_cannot_be_saved_is_refused(tmp_path, name):
    with pytest.raises(BadInput, match=name):
        save_figure(found(bowl()), tmp_path / name)


def test_without_matplotlib_a_figure_says_what_to_install(monkeypatch):
    for name in [name for name in importlib.sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(importlib.sys.modules, name)
    monkeypatch.setitem(importlib.sys.modules, "matplotlib", None)
    with pytest.raises(
        MissingExtra, match=r"plot needs the package matplotlib. Install it: pip install 'surefoot\[plot\]'"
    ):
        figure(found(bowl(), verdict=CLEAR))
