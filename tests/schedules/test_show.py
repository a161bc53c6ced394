"""Schedules show themselves in a notebook: text and curve, at a horizon that they fit into."""

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest

from surefoot.schedules import parse


def curve(html):
    picture = ElementTree.fromstring(html).find("{*}svg")
    points = picture.find("{*}polyline").get("points").split()
    return [tuple(map(float, point.split(","))) for point in points]


def test_a_schedule_shows_its_text_and_its_curve():
    html = parse("warmup(0.1) >> cosine()")._repr_html_()
    assert "(warmup(0.1) &gt;&gt; cosine()).over(1000)" in html
    heights = [y for _, y in curve(html)]
    assert min(heights) == 10  # the peak, near the top
    assert heights.index(10) == pytest.approx(0.1 * len(heights), abs=2)
    assert heights == [*sorted(heights[:60], reverse=True), *sorted(heights[60:])]


def test_a_course_shows_its_own_horizon():
    assert "42 updates" in parse("linear()").over(42)._repr_html_()


def test_a_schedule_with_long_pieces_is_shown_over_a_longer_training():
    assert "10,000 updates" in parse("warmup(2000) >> cosine()")._repr_html_()
    assert parse("hold(99_000_000)")._repr_html_() is None


def test_a_jump_is_drawn_at_its_place():
    points = curve(parse("constant(length=0.5) >> constant(value=0.1)").over(10_000)._repr_html_())
    steep = [(a, b) for a, b in itertools.pairwise(points) if b[1] - a[1] > 100]
    assert len(steep) == 1
    assert steep[0][1][0] - steep[0][0][0] < 0.2


def test_names_in_the_picture_are_escaped():
    assert not re.search(r">[^<]*[^-]>>", parse("warmup(5) >> cosine()")._repr_html_())
