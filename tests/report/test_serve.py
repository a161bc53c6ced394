"""The live page."""

import http.client
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from surefoot.errors import BadInput
from surefoot.report import live_app, served
from surefoot.store import open_store

from ._studies import EVIL, searched

NAME = "<img src=x onerror=alert(1)> 'q' \"d\" /../ %2e"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A store with two studies."""
    folder = str(tmp_path_factory.mktemp("kept"))
    for name in ("first", NAME):
        searched(folder, study=name)
    return folder


@pytest.fixture
def site(home):
    opened = open_store(home)
    with served(live_app(opened)) as address:
        yield Site(address)
    opened.close()


@pytest.fixture
def locked(home):
    """The same for those who know a token."""
    opened = open_store(home)
    with served(live_app(opened, "secret"), token="secret") as address:
        yield Site(address)
    opened.close()


class Site:
    """Asks as any program may: with whatever headers and whatever path, sent as they are."""

    def __init__(self, address):
        self.address = address
        self.host = urlsplit(address).netloc

    def ask(self, path="/", method="GET", **headers):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.putrequest(method, path, skip_host="host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, dict(answer.getheaders())

    def events(self, path):
        """Events as they come: (name, data)."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse()
        name = None
        try:
            while line := answer.readline().decode():
                if line.startswith("event: "):
                    name = line[7:].strip()
                elif line.startswith("data: ") and name:
                    yield name, line[6:].strip()
        finally:
            connection.close()


def test_all_studies_are_listed_newest_first_and_lead_to_their_pages(site):
    status, text, _ = site.ask()
    assert status == 200
    assert text.index("onerror") < text.index(">first<")
    assert "<img" not in text
    status, text, _ = site.ask(f"/study?name={quote(NAME, safe='')}")
    assert status == 200
    assert "Train with a learning rate of" in text
    assert "<img" not in text


def test_several_studies_stand_side_by_side(site):
    status, text, _ = site.ask(f"/study?name=first&name={quote(NAME, safe='')}")
    assert (status, "2 studies side by side" in text) == (200, True)


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/study/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/study?name=../../etc/passwd",
        "/study?name=nobody",
        "/study",
        "/assets/page.js",
    ],
)
def test_what_is_no_page_is_not_found(site, path):
    status, text, _ = site.ask(path)
    assert status == 404
    assert "root:" not in text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(site, method):
    assert site.ask("/", method)[0] == 405


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "", "["])
def test_a_foreign_host_is_refused(site, host):
    assert site.ask(host=host)[0] in {400, 403}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:80", "127.1.2.3"])
def test_names_that_can_only_mean_this_machine_are_answered(site, host):
    assert site.ask(host=host)[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://localhost.evil.example"])
def test_a_foreign_origin_is_refused(site, origin):
    assert site.ask("/events", origin=origin)[0] == 403
    assert site.ask("/", origin=origin)[0] == 403
    assert site.ask("/", origin=site.address.rstrip("/"))[0] == 200


def test_every_answer_forbids_frames_guessing_and_keeping(site):
    for path in ("/", "/study?name=first", "/nowhere"):
        headers = {name.lower(): value for name, value in site.ask(path)[2].items()}
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "connect-src &#39;self&#39;" in site.ask()[1]


def test_only_who_knows_the_token_is_answered(locked):
    for path, headers in (
        ("/", {}),
        ("/?token=wrong", {}),
        ("/events", {}),
        ("/", {"cookie": "surefoot=wrong"}),
        ("/", {"authorization": "Bearer wrong"}),
        ("/?token=%C3%A9", {}),
    ):
        assert locked.ask(path, **headers)[0] == 401
    assert locked.ask("/", authorization="Bearer secret")[0] == 200
    status, _, headers = locked.ask("/study?name=first&token=secret")
    assert (status, headers["location"]) == (303, "/study?name=first")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert locked.ask("/", cookie=cookie.split(";")[0])[0] == 200
    assert locked.ask("/", cookie=cookie.split(";")[0], host="machine.example")[0] == 200


def test_a_page_hears_of_a_new_study_and_of_its_stages(tmp_path):
    folder = str(tmp_path)
    opened = open_store(folder)
    with served(live_app(opened)) as address:
        events = Site(address).events("/events")
        name, data = next(events)
        assert (name, "There are none yet" in json.loads(data)) == ("page", True)
        searched(folder, study="new")
        began = time.monotonic()
        while name != "page" or "new" not in json.loads(data):
            name, data = next(events)
        assert time.monotonic() - began < 30
        name, data = next(Site(address).events("/events?name=new"))
        assert "Train with a learning rate of" in json.loads(data)
    opened.close()


def test_a_page_that_is_up_to_date_is_not_sent_again(site):
    _, text, _ = site.ask("/study?name=first")
    path = text.split('data-live="')[1].split('"')[0].replace("&amp;", "&")
    assert next(site.events(path))[0] == "heard"


def test_a_study_that_was_deleted_says_so(tmp_path):
    from surefoot.store import delete

    searched(str(tmp_path), study="short")
    opened = open_store(str(tmp_path))
    with served(live_app(opened)) as address:
        events = Site(address).events("/events?name=short")
        next(events)
        delete(opened.existing("short"))
        name, data = next(events)
        while name != "page":
            name, data = next(events)
        assert "not there any more" in data
    opened.close()


def test_a_study_whose_process_died_says_when_it_was_last_heard_of(tmp_path):
    code = f"""if True:
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
        from report._studies import searched
        def die(event):
            if event.kind == 'stage' and len(event.records.stages) > 2:
                os.kill(os.getpid(), signal.SIGKILL)
        searched({str(tmp_path)!r}, study='dead', on_event=die)
    """
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    opened = open_store(str(tmp_path))
    with served(live_app(opened)) as address:
        assert f"last heard of {time.strftime('%Y-')}" in Site(address).ask()[1]
        _, text, _ = Site(address).ask("/study?name=dead")
    opened.close()
    assert "its process is gone; surefoot find … --study dead goes on" in text
    assert "The best learning rate so far is" in text or "No learning rate yet" in text


def test_a_running_study_says_what_runs(tmp_path):
    pages = []
    opened = open_store(str(tmp_path))

    def look(event):
        if event.kind == "started" and len(event.records.stages) == 2:
            pages.append(Site(address).ask("/study?name=going")[1])

    with served(live_app(opened)) as address:
        searched(str(tmp_path), study="going", on_event=look)
    opened.close()
    assert "running: " in pages[0]
    assert " updates</span>" in pages[0]


def test_a_thousand_studies_are_listed(tmp_path):
    searched(str(tmp_path), study="one")
    opened = open_store(str(tmp_path))
    one = opened.existing("one")
    answer, settings, facts = one.answer(), one.settings(), one.facts()
    for number in range(1000):
        opened.create(f"study {number}", settings, facts, {}).decide(answer, 0)
    with served(live_app(opened)) as address:
        status, text, _ = Site(address).ask()
    opened.close()
    assert (status, text.count('href="/study?')) == (200, 1001)


def test_a_place_that_is_taken_or_not_ours_is_refused(site, home):
    opened = open_store(home)
    for host, port in (("127.0.0.1", int(site.host.split(":")[1])), ("no.such.host.invalid", 0)):
        with pytest.raises(BadInput, match=f"cannot listen on {host}:{port}"), served(live_app(opened), host, port):
            pass
    opened.close()


def test_evil_texts_stay_texts_in_the_stream(site):
    data = next(site.events(f"/events?name={quote(NAME, safe='')}"))[1]
    assert "<img" not in json.loads(data)
    assert EVIL not in data
