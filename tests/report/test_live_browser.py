"""The live page in a real browser."""

import threading

import pytest

from surefoot.report import live_app, served
from surefoot.store import open_store

from ._studies import searched

pytestmark = pytest.mark.full


def test_a_page_follows_a_study_as_it_runs_and_keeps_what_the_reader_chose(look, tmp_path):
    opened = open_store(str(tmp_path))
    go, half = threading.Event(), threading.Event()

    def wait(event):
        if event.kind == "stage" and len(event.records.stages) == 4:
            half.set()
            assert go.wait(60)

    study = threading.Thread(target=searched, args=(str(tmp_path), "going"), kwargs={"on_event": wait})
    with served(live_app(opened)) as address:
        seen = look(f"{address}")
        assert "There are none yet" in seen.page.locator("main").inner_text()
        study.start()
        assert half.wait(60)
        seen.page.get_by_role("link", name="going").click(timeout=5000)  # the page of all has heard of it
        assert "running" in seen.page.locator(".state").inner_text()
        seen.page.get_by_label("raw", exact=True).check()
        seen.page.locator(".trials button").first.focus()
        go.set()
        seen.page.get_by_text("Train with a learning rate of").wait_for(timeout=30_000)
        study.join()
        seen.page.wait_for_function("document.querySelector('.state').textContent === 'answered'", timeout=5000)
        assert seen.page.get_by_label("raw", exact=True).is_checked()
        assert len(seen.visible(".panels canvas")) > 0
        assert all(request.startswith(address) for request in seen.requests)
        assert seen.complaints == []
    opened.close()


def test_a_page_says_when_its_server_is_gone(look, tmp_path):
    searched(str(tmp_path), study="kept")
    opened = open_store(str(tmp_path))
    with served(live_app(opened)) as address:
        seen = look(f"{address}study?name=kept")
        assert seen.page.locator("h1").inner_text().startswith("Train with")
    opened.close()
    seen.page.get_by_text("The server does not answer").wait_for(timeout=10_000)
