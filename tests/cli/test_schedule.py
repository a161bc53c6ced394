"""`surefoot schedule` draws a schedule, says its values, and points at what is wrong with its text."""

import json
import xml.etree.ElementTree as ElementTree

import pytest


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


def test_what_is_exported_is_printed_alone_and_runs(surefoot):
    import torch

    done = surefoot("schedule", "warmup(5) >> cosine()", "--horizon", "100", "--export", "torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5)
    exec(done.out, {"optimizer": optimizer})
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert surefoot("schedule", "linear()", "--horizon", "4", "--export", "csv").out == (
        "update,multiplier\n0,1.0\n1,0.75\n2,0.5\n3,0.25\n"
    )


def test_an_export_that_is_none_is_bad_input(surefoot):
    done = surefoot("schedule", "linear()", "--export", "jax")
    assert done.status == 2
    assert "torch, optax, keras, json, csv; given 'jax'" in done.err
    assert surefoot("schedule", "linear()", "--export", "csv", "--compare", "cosine()").status == 2


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


def test_a_picture_of_all_of_them_is_saved(surefoot, tmp_path):
    done = surefoot("schedule", "cosine()", "--compare", "step(0.3)", "--plot", str(tmp_path / "both.svg"))
    assert done.status == 0
    picture = ElementTree.fromstring((tmp_path / "both.svg").read_text())
    assert len(picture.findall("{*}polyline")) == 2
    assert {"cosine()", "step(0.3)", "1,000 updates"} <= {text.text for text in picture.findall("{*}text")}


def test_other_formats_are_matplotlibs(surefoot, tmp_path):
    pytest.importorskip("matplotlib")
    assert surefoot("schedule", "cosine()", "--plot", str(tmp_path / "one.png")).status == 0
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "said"), [("no/one.svg", "No such file"), ("no/one.png", "no folder"), ("a.x", "ending")]
)
def test_a_picture_that_cannot_be_saved_is_bad_input(surefoot, tmp_path, name, said):
    pytest.importorskip("matplotlib")
    done = surefoot("schedule", "cosine()", "--plot", str(tmp_path / name))
    assert (done.status, said in done.err) == (2, True)
