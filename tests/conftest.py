import signal

import _torchvision
import hypothesis
import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore Ctrl-C, and so would ours
hypothesis.settings.register_profile("no clock", deadline=None)  # a busy machine fails no test
hypothesis.settings.load_profile("no clock")
_torchvision.make_importable()


@pytest.fixture(autouse=True)
def no_store_of_ones_own(tmp_path, monkeypatch):
    """No test reads or writes a store outside of its own folder."""
    monkeypatch.setenv("SUREFOOT_HOME", str(tmp_path / "home"))


@pytest.fixture
def store(tmp_path):
    """Where a test keeps its studies."""
    return str(tmp_path / "store")
