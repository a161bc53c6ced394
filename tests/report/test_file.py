"""A study as one HTML file."""

import base64
import hashlib
import json
import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from draw._found import CANNOT, found, stage

from surefoot.errors import BadInput
from surefoot.found import Background
from surefoot.records import Tick
from surefoot.report import write_report

from ._studies import EVIL, by_hand, searched

VOID = {"meta", "input", "img", "br", "link"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements, its texts, and whether every element is closed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts, self.inside = [], [], [], {"script": [], "style": []}
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]].append(data)
        else:
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))

    @property
    def data(self):
        return [json.loads(one) for one in self.inside["script"] if one.startswith("{")]

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def page(tmp_path, *founds):
    file = write_report(founds, tmp_path / "report.html")
    return Page(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def real():
    return searched()


def test_a_report_says_the_answer_first_and_everything_after_it(real, tmp_path):
    file = tmp_path / "x.html"
    real.report(file)
    read = Page(file.read_text(encoding="utf-8"))
    assert re.search(r"Train with a learning rate of .{3,7} Every rate from \S+ to \S+ is good", read.text)
    for said in (
        "Yours, 1e-3, is",
        "lr = ",
        "Learning curves",
        "The schedule as applied",
        "Where the budget went",
        "What was tried, and why",
        "What the losses say",
        "What the answer is for",
        "a first look over the range".capitalize(),
    ):
        assert said in read.text, said
    assert f"{real.price.runs:.2g} runs" in read.text


def test_a_report_of_a_study_in_memory_has_its_curves(real, tmp_path):
    (data,) = page(tmp_path, real).data
    assert sum(len(panel["curves"]) for panel in data["panels"]) == len(real.records.stages)
    assert data["panels"][0]["curves"][0]["raw"][1][0] == 1.0


def test_a_result_that_went_to_another_process_is_reported_the_same(real, tmp_path):
    again = pickle.loads(pickle.dumps(real))
    assert again == real
    dated = re.compile(r"on \d{4}-\d\d-\d\d \d\d:\d\d")
    texts = [
        dated.sub("", write_report([one], tmp_path / "x.html").read_text(encoding="utf-8")) for one in (real, again)
    ]
    assert texts[0] == texts[1]


def test_nothing_is_fetched_and_only_our_own_scripts_may_run(real, tmp_path):
    file = write_report([real], tmp_path / "x.html")
    text = file.read_text(encoding="utf-8")
    read = Page(text)
    assert not [
        one for name, one in read.elements if {"src", "href"} & set(one) and not one.get("href", "").startswith("#")
    ]
    assert not [one for _, one in read.elements if any(name.startswith("on") or name == "style" for name in one)]
    policy = next(one["content"] for one in read.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    code = [part for part in read.inside["script"] if not part.startswith("{")]

    def hashed(part):
        return f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'"

    assert rules["script-src"].split() == [hashed(part) for part in code]
    assert rules["style-src"].split() == [hashed(part) for part in read.inside["style"]]
    assert "Copyright (c) 2022 Leon Sorokin" in text


def test_every_text_from_outside_is_escaped(tmp_path):
    read = page(tmp_path, by_hand(EVIL))
    assert read.all("img") == []
    assert len(read.inside["script"]) == 3  # ours, uPlot, and the data
    assert EVIL.split("\n")[0] in read.text
    assert EVIL in read.data[0]["panels"][0]["curves"][-1]["name"]


def test_pictures_have_words_and_tables_beside_them(real, tmp_path):
    read = page(tmp_path, real)
    pictures = [one for one in read.all("svg") if one.get("role") == "img"]
    assert [one for one in pictures if "Score of every stage" in one["aria-label"]]
    assert read.text.count("as a table") == 2
    assert len(read.all("h1")) == 1
    assert read.all("html") == [{"lang": "en"}]


def test_what_is_thinned_says_so(tmp_path):
    assert "Thinned" not in page(tmp_path, by_hand(most=240)).text
    assert re.search(r"Thinned: \d+ of \d+ updates are drawn, evenly spaced", page(tmp_path, by_hand(most=60)).text)


def test_smoothing_follows_the_course_without_lag(tmp_path):
    curve = page(tmp_path, by_hand()).data[0]["panels"][1]["curves"][0]
    steps, losses = curve["smooth"]
    assert losses[0] == pytest.approx(2.0)
    middle = len(steps) // 2
    assert losses[middle] == pytest.approx(2 - steps[middle] / 60, abs=0.4)


def test_a_study_that_cannot_tell_says_so_and_has_nothing_to_paste(tmp_path):
    failed = found([stage(lr, 10, None) for lr in (0.01, 0.1)], None, None, 0.01, None, CANNOT)
    read = page(tmp_path, failed)
    assert "Cannot tell the learning rate Every trial failed" in read.text
    assert "To paste" not in read.text
    assert "≥ 0.01" in read.text


def test_a_study_without_any_stage_is_a_page(tmp_path):
    assert "Cannot tell" in page(tmp_path, found([], None, None, None, None, CANNOT)).text


def test_several_studies_stand_side_by_side(tmp_path):
    read = page(
        tmp_path, by_hand("one"), by_hand("two", lr=0.05), by_hand("three", lr=None, interval=None, verdict=CANNOT)
    )
    assert "3 studies side by side" in read.text
    assert re.search(r"Study Learning rate .* one 0.012 .* two 0.05 .* three –", read.text)
    assert {"#s0", "#s1", "#s2"} <= {one["href"] for one in read.all("a")}
    assert len(read.all("h1")) == 1
    names = [one["name"] for one in read.all("input") if "name" in one]
    assert len(set(names)) == 6  # each study has choices of its own


def test_a_large_study_stays_within_400_kB(tmp_path):
    stages = [
        replace(stage(10 ** (-5 + number / 15), (100, 1000, 10000)[number % 3], 2.0), watched=None)
        for number in range(60)
    ]
    ticks = {one.segment: [Tick(n * 10, 0.1, 2.0 + (n * 37 % 101) / 7, 0.1) for n in range(1000)] for one in stages}
    ticks[stages[0].segment][777] = Tick(7770, 0.1, 99.0, 0.1)
    large = replace(found(stages), background=lambda: Background(True, (), ticks))
    assert write_report([large], tmp_path / "x.html").stat().st_size <= 400_000
    read = page(tmp_path, large)
    assert "the lowest and highest loss of every stretch among them" in read.text
    panel = read.data[0]["panels"][0]
    steps, losses = next(curve["raw"] for curve in panel["curves"] if curve["trial"] == 0)
    assert losses[steps.index(7770 // panel["unit"])] == 99.0


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"there is no folder|cannot write it"):
        by_hand().report(tmp_path / "file" / "x.html")
