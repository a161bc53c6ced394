"""surefoot studies and surefoot example: what was found before, and where to start."""

import contextlib
import json
import re
import shutil

import pytest

from surefoot.finder import find
from surefoot.store import open_store

from ._files import LOOP

STOP = "calls = []\n" + LOOP.replace(
    "    trial.report", "    calls.append(1)\n    if len(calls) == 6: raise KeyboardInterrupt\n    trial.report"
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A store with one study that is answered and one that was stopped on the way."""
    store = tmp_path_factory.mktemp("kept") / "home"
    for name, text in (("answered", LOOP), ("stopped", STOP)):
        namespace = {}
        exec(text, namespace)
        with contextlib.suppress(KeyboardInterrupt):
            find(namespace["task"], budget=0.15, lr=0.01, study=name, store=store)
    return store


@pytest.fixture
def studies(here, tmp_path, kept, surefoot):
    """The command, where these two studies lie."""
    (here / "task.py").write_text(LOOP)
    shutil.copytree(kept, tmp_path / "home")
    return surefoot


def test_a_list_has_a_line_a_study_newest_first(studies):
    done = studies("studies", "list")
    assert done.status == 0
    header, *lines = done.out.splitlines()
    assert header.split() == ["study", "rate", "interval", "stages", "updates", "state", "changed"]
    assert [line.split()[0] for line in lines] == ["stopped", "answered"]
    assert re.search(r"^stopped +3 +30 +stopped ", lines[0])
    assert re.search(r"^answered +\S+ +\S+ to \S+ +\d+ +\d+ +answered +\d{4}-", lines[1])


def test_without_studies_the_list_says_where_it_looked(surefoot, tmp_path):
    done = surefoot("studies", "list", "--store", tmp_path / "none yet")
    assert done.status == 0
    assert done.out == ""
    assert f"no studies in {tmp_path / 'none yet'}" in done.err


def test_a_study_is_shown_as_find_answered_it_with_every_stage(studies, tmp_path):
    again = studies("find", "task.py:task", "--study", "answered")
    tried = json.loads(studies("studies", "show", "answered", "--json").out)["tried"]
    done = studies("studies", "show", "answered")
    assert done.status == 0
    assert again.out.strip("\n") in done.out
    assert done.out.count(" updates  score ") == sum(one["state"] == "ok" for one in tried) > 3
    assert done.err == ""


def test_a_study_that_was_stopped_is_shown_as_far_as_it_went(studies):
    done = studies("studies", "show", "stopped")
    assert done.status == 0
    assert "not finished: surefoot find TARGET --study stopped goes on" in done.err
    assert done.out.count(" updates  score ") == 3


def test_a_study_without_any_stage_yet_is_shown(studies, tmp_path):
    opened = open_store(str(tmp_path / "home"))
    old = opened.existing("answered")
    opened.create("empty", old.settings(), old.facts(), old.task())
    opened.close()
    done = studies("studies", "show", "empty")
    assert done.status == 0
    assert "nothing was run yet" in done.out
    assert studies("studies", "why", "empty").status == 0


def test_a_study_is_shown_as_one_json_object(studies):
    done = studies("studies", "show", "answered", "--json")
    answer = json.loads(done.out)
    assert answer["study"] == "answered"
    assert answer == json.loads(studies("find", "task.py:task", "--study", "answered", "--json").out)


def test_why_says_every_decision_with_its_reason_and_its_rates(studies):
    done = studies("studies", "why", "answered")
    assert done.status == 0
    assert done.out.startswith("  1  after 0 stages: a first look over the range")
    shown = studies("studies", "show", "answered", "--json")
    assert done.out.count(" updates, seed 0") == len(json.loads(shown.out)["tried"])
    assert json.loads(shown.out)["why"] in done.out.splitlines()[-1]


def test_a_study_is_exported_in_the_format_of_the_ending(studies, here):
    assert studies("studies", "export", "answered", "out.json").status == 0
    done = studies("studies", "export", "answered", "out.csv")
    assert (done.status, done.out, done.err) == (0, "", "wrote out.csv\n")
    stages = json.loads((here / "out.json").read_text())["stages"]
    assert len((here / "out.csv").read_text().splitlines()) == 1 + len(stages)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("out.xml", "out.xml: expected an ending of .json, .csv, or .db"),
        ("nowhere/out.json", "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_exported_is_refused(studies, file, said):
    done = studies("studies", "export", "answered", file)
    assert done.status == 2
    assert said in done.err


def test_deleted_studies_are_gone_and_one_wrong_name_deletes_none(studies):
    assert studies("studies", "delete", "stopped", "nobody").status == 2
    assert studies("studies", "delete", "stopped").err == "deleted stopped\n"
    assert [line.split()[0] for line in studies("studies", "list").out.splitlines()[1:]] == ["answered"]


def test_a_check_says_what_it_mended_and_the_next_one_that_all_is_well(studies, tmp_path):
    folder = open_store(str(tmp_path / "home"))
    kept = folder.existing("stopped").checkpoints().save({"weights": [1.0]}, 3)
    folder.close()
    done = studies("studies", "check")
    assert (done.status, done.out) == (0, f"stopped: checkpoint {kept.file} belongs to no stage: removed\n")
    assert f"nothing to mend in {tmp_path / 'home'}" in studies("studies", "check").err


@pytest.mark.parametrize("verb", ["show", "why", "delete"])
def test_a_study_that_is_not_there_is_refused_with_those_that_are(studies, verb):
    done = studies("studies", verb, "answerd")
    assert done.status == 2
    assert "no study 'answerd' in the store" in done.err
    assert "there are: answered" in done.err


def test_an_unknown_verb_or_example_is_refused(surefoot):
    assert surefoot("studies", "burn").status == 2
    assert surefoot("fnd").status == 2
    done = surefoot("example", "lightning")
    assert done.status == 2
    assert "'model', 'loop'" in done.err


def test_help_names_every_verb(surefoot):
    done = surefoot("--help")
    assert done.status == 0
    for verb in ("find", "studies", "example"):
        assert re.search(rf"^  {verb} ", done.out, re.MULTILINE)
    for verb in (
        ["find"],
        ["studies"],
        ["studies", "list"],
        ["studies", "show"],
        ["studies", "why"],
        ["studies", "export"],
        ["studies", "delete"],
        ["studies", "check"],
        ["example"],
    ):
        assert surefoot(*verb, "--help").status == 0
    assert "130" in surefoot("find", "--help").out


def test_without_a_verb_it_says_which_there_are(surefoot):
    done = surefoot()
    assert "studies" in done.out + done.err


def test_the_version_is_that_of_the_package(surefoot):
    import surefoot as package

    assert surefoot("--version").out.endswith(f" {package.__version__}\n")


@pytest.mark.parametrize("name", ["model", "loop"])
def test_an_example_is_a_file_that_can_be_searched_as_it_stands(surefoot, here, name):
    text = surefoot("example", name).out
    assert "sf.TorchTask(" in text or "sf.FunctionTask(" in text
    (here / "task.py").write_text(text)
    done = surefoot("find", "task.py:task", "--dry-run")
    assert done.status == 0, done.err
