"""`surefoot schedule` draws a schedule, says its values, and points at what is wrong with its text."""

import json


def test_it_draws_the_curve_and_says_first_last_and_mean(surefoot):
    done = surefoot("schedule", "warmup(0.1) >> hold() >> decay(0.2)", "--horizon", "1000")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("      1 |")
    assert "1,000 updates" in done.out
    assert "first 0.01   last 0.005   mean 0.851 of the peak rate" in done.out
    assert "note" not in done.out


def test_the_numbers_are_those_of_the_schedule(surefoot):
    done = surefoot("schedule", "linear()", "--horizon", "100", "--json")
    said = json.loads(done.out)
    assert (said["first"], said["at"]["50"], said["horizon"]) == (1.0, 0.5, 100)
    assert said["schedule"] == "linear()"


def test_several_are_drawn_together_and_a_table_has_the_places_that_matter(surefoot):
    done = surefoot("schedule", "cosine()", "--compare", "linear()", "--table")
    assert "* cosine()" in done.out
    assert "o linear()" in done.out
    assert "         500  0.5" in done.out


def test_what_is_unusual_is_noted(surefoot):
    assert "never comes below 10 % of its peak" in surefoot("schedule", "constant()").out
    late = surefoot("schedule", "warmup(0.8) >> linear()")
    assert "the peak comes only at update 799, after more than half" in late.out


def test_a_wrong_text_is_bad_input_that_points_at_the_place(surefoot):
    done = surefoot("schedule", "warmup(500) >> cosin()")
    assert done.status == 2
    assert "cosine" in done.err
    assert surefoot("schedule", "warmup(500) >> cosine()", "--horizon", "100").status == 2
    assert surefoot("schedule", "linear()", "--horizon", "0").status == 2


def test_every_shape_is_listed_with_its_curve_and_one_line(surefoot):
    done = surefoot("schedule", "--list")
    assert done.status == 0
    assert "  cosine()                              ███▇▇▆▆▅▄▃▃▂▂▁▁▁  From the peak down half a cosine" in done.out
    words = [entry["word"] for entry in json.loads(surefoot("schedule", "--list", "--json").out)]
    assert {"one_cycle", "restarts", "wsd", "rex"} < set(words)
    assert len(words) == sum(line.startswith("  ") for line in done.out.splitlines())


def test_without_a_text_it_says_what_to_give(surefoot):
    done = surefoot("schedule")
    assert done.status == 2
    assert "--list" in done.err
