import pytest
from hypothesis import given
from hypothesis import strategies as st

import surefoot.schedules
from surefoot.errors import BadSchedule
from surefoot.schedules import constant, cosine, decay, hold, minimum, parse, step, warmup

from .strategies import law, schedules

WORDS = {name: getattr(surefoot.schedules, name) for name in surefoot.schedules.__all__}


@law
@given(schedules)
def test_text_and_schedule_are_inverses(schedule):
    assert parse(str(schedule)) == schedule
    assert str(parse(str(schedule))) == str(schedule)


@law
@given(schedules)
def test_the_text_is_python_with_the_same_meaning(schedule):
    assert eval(str(schedule), {"__builtins__": {}}, dict(WORDS)) == schedule
    assert repr(schedule) == str(schedule)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("warmup(0.05) >> cosine()", warmup(0.05) >> cosine()),
        ("warmup(500) >> hold() >> decay(0.2, '1-sqrt')", warmup(500) >> hold() >> decay(0.2, "1-sqrt")),
        ('decay(shape="square", to=1e-1)', decay(shape="square", to=0.1)),
        ("  warmup( 1_000 )\n>>\tcosine( )  ", warmup(1000) >> cosine()),
        ("warmup(5) >> cosine() * step(0.3)", warmup(5) >> (cosine() * step(0.3))),
        ("(warmup(5) >> cosine()) * step(0.3)", (warmup(5) >> cosine()) * step(0.3)),
        ("0.5 * cosine()", cosine().scale(0.5)),
        ("cosine() * .5 * 2", cosine().scale(0.5).scale(2)),
        ("minimum(warmup(5) >> hold(), cosine())", minimum(warmup(5) >> hold(), cosine())),
        ("(warmup(5) >> hold()).clamp(0.1, high=1).repeat(2)", (warmup(5) >> hold()).clamp(0.1, 1).repeat(2)),
        ("cosine(5).stretch(2).shift(3)", cosine(10).shift(3)),
        ("constant(value=0.5, length=3)", constant(value=0.5, length=3)),
        ("warmup(length=5)", warmup(5)),
    ],
)
def test_text_means_what_the_same_python_means(text, schedule):
    assert parse(text) == schedule


def test_text_leaves_out_what_is_the_default():
    assert str(warmup(5, start=0.0) >> decay(None, "linear", to=0)) == "warmup(5) >> decay()"
    assert str(decay(shape="cosine")) == "decay(shape='cosine')"


def test_a_schedule_is_handed_through():
    schedule = cosine()
    assert parse(schedule) is schedule


FAULTS = [  # text, column from 1, what the message says
    ("warmup(500) >> cosin()", 16, "Did you mean 'cosine'"),
    ("CosineAnnealingLR()", 1, "Did you mean 'cosine'"),
    ("decay(0.2, 'cosin')", 12, "Did you mean 'cosine'"),
    ("cosine().clmp(1)", 10, "Did you mean 'clamp'"),
    ("warmup(lenght=5)", 8, "Did you mean 'length'"),
    ("xyzzy()", 1, "Known: chebyshev, constant"),
    ("warmup(-5)", 8, "given -5"),
    ("warmup(500.0) >> cosine()", 8, "Write 500"),
    ("warmup(5) >> cosine(to=1.5)", 21, "below 1"),
    ("cosine().scale(0)", 16, "above 0"),
    ("cosine().repeat(times=2.5)", 17, "whole number"),
    ("cosine().stretch(-1)", 18, "above 0"),
    ("constant(value='1e-3')", 10, "YAML"),
    ("constant(0.5)", 10, "value=…, length=…"),
    ("hold(1, 2)", 9, "no others"),
    ("warmup(5, length=6)", 11, "twice"),
    ("polynomial()", 1, "needs power"),
    ("cosine().scale()", 10, "needs factor"),
    ("linear(start=1, end=1)", 1, "constant"),
    ("warmup(500) >> hold() >> cosine()", 26, "without a length"),
    ("warmup(0.6) >> decay(0.6)", 16, "takes 1.2 of the horizon"),
    ("", 1, "empty"),
    ("   ", 1, "empty"),
    ("5", 1, "constant(value=5)"),
    ("5 * 5", 1, "constant(value=25)"),
    ("cosine", 1, "needs brackets"),
    ("decay(0.2, cosine)", 12, "quotes"),
    ("decay(0.2, 1-sqrt)", 13, "quotes"),
    ("constant(value=nan)", 16, "digits"),
    ("warmup(True)", 8, "digits"),
    ("cosine() > hold()", 10, "'>>'"),
    ("cosine() cosine()", 10, "'>>'"),
    ("decay(20%)", 9, "0.2 is 20 %"),
    ("warmup(5", 9, "found the end of the text"),
    ("warmup(5) >>", 13, "found the end of the text"),
    ("warmup(5 6)", 10, "',' or ')'"),
    ("cosine(0.2,,)", 12, "found ','"),
    ("decay('cosine)", 7, "closing quote"),
    ("warmup(1__0)", 8, "expected a number"),
    ("cosine(-)", 9, "expected a number"),
    ("minimum(cosine())", 1, "two schedules or more"),
    ("minimum(a=cosine())", 9, "without names"),
    ("cosine(cosine())", 8, "given cosine()"),
    ("__import__('os')", 1, "unknown shape"),
    ("cosine().__class__", 10, "no '.__class__'"),
    ("cosine(" + "9" * 5000 + ")", 8, "whole number of updates"),
    ("(" * 200 + "cosine()" + ")" * 200, 51, "brackets in brackets"),
]


@pytest.mark.parametrize(("text", "column", "message"), FAULTS, ids=lambda value: str(value)[:30])
def test_an_error_points_at_the_place_and_says_what_to_do(text, column, message):
    with pytest.raises(BadSchedule) as caught:
        parse(text)
    first, line, caret = str(caught.value).split("\n")
    assert message in first
    assert first.endswith(f"(column {column})")
    assert line == "    " + text
    assert caret == " " * (4 + column - 1) + "^"


def test_an_error_in_a_text_of_several_lines_names_the_line():
    with pytest.raises(BadSchedule, match=r"\(line 2, column 4\)\n    >> hld\(\)\n       \^$"):
        parse("warmup(5)\n>> hld()")


@pytest.mark.parametrize("given_value", [None, 5, 0.5, b"cosine()", {"kind": "cosine"}])
def test_what_is_no_text_is_refused(given_value):
    with pytest.raises(BadSchedule, match="must be text"):
        parse(given_value)


@law
@given(st.text() | st.text(alphabet="cosine()>*.,=-'1 05"))
def test_no_text_raises_anything_but_our_own_error(text):
    try:
        schedule = parse(text)
    except BadSchedule:
        return
    assert parse(str(schedule)) == schedule
