"""surefoot serve, and surefoot find --open: the live page."""

import http.client
import json
import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from ._files import ANSWERED, LOOP


def ask(address, path="/"):
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def started(environment, *arguments):
    command = [sys.executable, "-c", "from surefoot.cli import main; main()", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    return process, process.stderr.readline().strip()


def ended(process):
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    return process.returncode


def test_it_says_where_it_is_answers_there_and_ends_with_ctrl_c(environment):
    process, address = started(environment)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
    status, text = ask(address)
    assert (status, "There are none yet" in text) == (200, True)
    assert ended(process) == 0


def test_elsewhere_than_here_it_makes_up_a_token(environment):
    process, address = started(environment, "--host", "0.0.0.0")
    assert re.fullmatch(r"http://0\.0\.0\.0:\d+/\?token=\S{20,}", address)
    here = address.replace("0.0.0.0", "127.0.0.1")
    assert ask(here)[0] == 401
    assert ask(here, f"/?{urlsplit(address).query}")[0] == 303
    assert ended(process) == 0


def test_find_opens_the_page_of_its_study_and_serves_it_to_the_end(surefoot, here, monkeypatch):
    pages = []

    def look(address):
        pages.append((address, *ask(address, f"/study?{urlsplit(address).query}")))
        return True

    monkeypatch.setattr("webbrowser.open", look)
    monkeypatch.setattr("surefoot.cli._looker._LAST", 0.0)
    (here / "task.py").write_text(LOOP)
    done = surefoot("find", "task.py:task", "--study", "seen", "--budget", "0.15", "--open", "--json")
    assert done.status in ANSWERED
    assert json.loads(done.out)["study"] == "seen"
    ((address, status, text),) = pages
    assert address.endswith("/study?name=seen")
    assert (status, "No learning rate yet" in text) == (200, True)


def test_where_no_browser_can_be_opened_the_address_is_said(surefoot, here, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    monkeypatch.setattr("surefoot.cli._looker._LAST", 0.0)
    (here / "task.py").write_text(LOOP)
    done = surefoot("find", "task.py:task", "--study", "seen", "--budget", "0.15", "--open")
    assert re.search(r"the page is at http://127\.0\.0\.1:\d+/study\?name=seen", done.err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["find", "task.py:task", "--open", "--store", "none"], "--open --store none: the page shows what is kept"),
        (["find", "task.py:task", "--open", "--method", "range"], "--open: --method range judges no rate"),
        (["serve", "--port", "99999"], "99999"),
        (["serve", "--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid:7733"),
    ],
)
def test_what_cannot_be_shown_is_refused(surefoot, here, arguments, said):
    (here / "task.py").write_text(LOOP)
    done = surefoot(*arguments)
    assert done.status == 2
    assert said in done.err


def test_without_starlette_it_says_what_to_install(surefoot, monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("starlette", "surefoot.report._app"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    done = surefoot("serve")
    assert done.status == 2
    assert "surefoot serve needs the package starlette. Install it: pip install 'surefoot[serve]'" in done.err
