"""surefoot report: studies as one HTML file."""

import re

import pytest
from report._studies import searched


def test_a_report_of_a_study_in_a_store_is_the_same_whoever_asks(tmp_path, surefoot):
    result = searched(tmp_path / "home", study="kept")
    result.report(tmp_path / "a.html")
    done = surefoot("report", "kept", "-o", tmp_path / "b.html")
    assert (done.status, done.out, done.err) == (0, "", f"wrote {tmp_path / 'b.html'}\n")
    dated = re.compile(r"on \d{4}-\d\d-\d\d \d\d:\d\d")
    a, b = (dated.sub("", (tmp_path / name).read_text(encoding="utf-8")) for name in ("a.html", "b.html"))
    assert a == b


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["report"], "Missing argument 'STUDY...'"),
        (["report", "nobody"], "no study 'nobody' in the store"),
        (["report", "kept", "-o", "nowhere/x.html"], "report nowhere/x.html: there is no folder nowhere"),
        (["report", "kept", "-o", "."], "report .: it is a folder"),
    ],
)
def test_what_cannot_be_reported_is_refused(surefoot, here, arguments, said):
    searched(study="kept", store="default")
    done = surefoot(*arguments)
    assert done.status == 2
    assert said in done.err
    assert not list(here.glob("*.html"))
