"""A program at work: what it prints arrives, and when it has ended nothing of it is left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from surefoot.errors import BadTask
from surefoot.tasks.command._gpus import gpus_of
from surefoot.tasks.command._output import Output
from surefoot.tasks.command._process import run_program

PYTHON = [sys.executable, "-I", "-S", "-c"]


def run(code, go_on=lambda: True, most_seconds=None, most_silence=60.0):
    heard = {"output": b"", "error": b""}

    def take(stream, data):
        heard[stream] += data

    ended = run_program([*PYTHON, code], os.environ, take, go_on, most_seconds=most_seconds, most_silence=most_silence)
    return ended, heard


def alive(mark):
    """Processes whose command line has a mark."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def gone(mark):
    """Whether they are, as soon as the system has cleared them away."""
    for _ in range(100):
        if not alive(mark):
            return True
        time.sleep(0.01)
    return False


def test_both_streams_arrive_whole_and_apart():
    ended, heard = run("import sys; print('a' * 200_000); print('b', file=sys.stderr)")
    assert (ended.status, ended.stopped) == (0, "")
    assert heard == {"output": b"a" * 200_000 + b"\n", "error": b"b\n"}


def test_the_exit_status_and_the_signal_are_told():
    assert run("raise SystemExit(7)")[0].status == 7
    assert run("import os; os.kill(os.getpid(), 11)")[0].status == -11


def test_it_has_no_input_and_no_terminal():
    code = "import sys\nprint(repr(sys.stdin.read()))\ntry: open('/dev/tty')\nexcept OSError: print('none')"
    assert run(code)[1]["output"] == b"''\nnone\n"


def test_when_it_is_told_to_end_it_gets_the_chance_to():
    code = (
        "import os, signal, time\nsignal.signal(signal.SIGTERM, lambda *_: os._exit(os.write(1, b'bye\\n') - 4))\n"
        "print('on', flush=True)\ntime.sleep(600)"
    )
    heard = []
    ended = run_program(
        [*PYTHON, code],
        os.environ,
        lambda _, data: heard.append(data),
        lambda: not heard,
        most_seconds=None,
        most_silence=60,
    )
    assert (ended.status, ended.stopped) == (0, "told")
    assert b"".join(heard) == b"on\nbye\n"


def test_one_that_does_not_listen_is_killed(monkeypatch):
    monkeypatch.setattr("surefoot.tasks.command._process._GRACE", 0.1)
    code = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(1, flush=True)\ntime.sleep(600)"
    heard = []
    ended = run_program(
        [*PYTHON, code],
        os.environ,
        lambda _, data: heard.append(data),
        lambda: not heard,
        most_seconds=None,
        most_silence=60,
    )
    assert (ended.status, ended.stopped) == (-9, "told")


@pytest.mark.parametrize("session", [False, True])
@pytest.mark.parametrize("holds_the_pipes", [False, True])
def test_no_child_is_left_when_it_ends(tmp_path, session, holds_the_pipes):
    mark = f"marked-{tmp_path}"
    streams = "" if holds_the_pipes else ", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL"
    code = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)', {mark!r}],"
        f" start_new_session={session}{streams})\nprint('done')"
    )
    ended, heard = run(code)
    assert (ended.status, heard["output"]) == (0, b"done\n")
    assert gone(mark)


def test_one_that_takes_too_long_or_says_nothing_is_ended():
    assert run("import time; time.sleep(600)", most_seconds=0.2)[0].stopped == "long"
    assert run("import time; time.sleep(600)", most_silence=0.2)[0].stopped == "silent"


def test_an_interrupt_while_it_runs_ends_it_too(tmp_path):
    mark = f"marked-{tmp_path}"

    def interrupted():
        if alive(mark):
            raise KeyboardInterrupt
        return True

    child = f"[sys.executable, '-S', '-c', 'import time; time.sleep(600)', {mark!r}]"
    code = f"import subprocess, sys; subprocess.run({child})"
    with pytest.raises(KeyboardInterrupt):
        run(code, interrupted)
    assert gone(mark)


def test_being_terminated_ends_the_program_first(tmp_path):
    """A scheduler ends us by SIGTERM: the program must not go on without us."""
    mark = f"marked-{tmp_path}"
    program = f"import time; open({str(tmp_path / 'on')!r}, 'w'); time.sleep(600)  # {mark}"
    code = (
        "import os, sys\nfrom surefoot.tasks.command._process import run_program\n"
        f"run_program([sys.executable, '-S', '-c', {program!r}], os.environ, print, lambda: True, most_seconds=None,"
        " most_silence=60)"
    )
    ours = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    while not (tmp_path / "on").exists():
        time.sleep(0.01)
    ours.terminate()
    assert b"KeyboardInterrupt" in ours.communicate()[1]
    assert gone(mark)


def test_output_is_kept_from_its_beginning_and_its_end():
    output = Output()
    for index in range(2_000):
        output.take(b"%6d %s\n" % (index, b"x" * 1000))
    text = output.text()
    assert len(text) < 400_000
    assert text.startswith("     0 x")
    assert "bytes left out" in text
    assert output.last_lines(2)[-1].startswith("  1999 x")
    assert len(output.last_lines(1)[0]) == 300


def test_last_lines_show_what_a_progress_bar_showed_last_and_nothing_binary():
    output = Output()
    output.take(b"first\n10%\r50%\r100%\n\n\x00\xff\x1b\n")
    assert output.last_lines(3)[:2] == ["first", "100%"]
    assert all(line.isprintable() or "\ufffd" in line for line in output.last_lines(3))


def test_each_trial_sees_its_own_gpus(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,GPU-abc,7")
    assert [gpus_of(slot, 2) for slot in (0, 1)] == ["4,5", "GPU-abc,7"]
    with pytest.raises(BadTask, match=r"gpus_per_trial=2: trial 3 .* needs GPUs 4 to 5, and 4 are visible"):
        gpus_of(2, 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(BadTask, match="and none are visible"):
        gpus_of(0, 1)
