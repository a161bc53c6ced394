import subprocess
import sys
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction

import pytest

import surefoot.schedules as package
from surefoot.errors import BadSchedule
from surefoot.schedules import from_dict, parse, warmup
from surefoot.schedules._checks import Length, Positive
from surefoot.schedules._lay import Lay
from surefoot.schedules._maths import Curve, progress
from surefoot.schedules._schedule import Schedule
from surefoot.schedules._shapes import SHAPES


def test_what_is_exported_is_what_is_announced():
    public = {name for name in vars(package) if not name.startswith("_")} - {"annotations"}
    assert public == set(package.__all__)
    assert set(SHAPES) <= public


def test_text_and_single_updates_need_no_numpy():
    code = (
        "import sys; from surefoot.schedules import parse; "
        "parse('warmup(0.05) >> cosine()').over(100).shrunk(50)(7); "
        "print('numpy' in sys.modules or 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@dataclass(frozen=True, slots=True, repr=False)
class wave(Schedule):
    length: Length = None
    _: KW_ONLY
    power: Positive = 1.0

    def size(self, lay: Lay) -> Fraction | None:
        return lay.updates(self.length)

    def curve(self, lay: Lay, span: int, entry: float) -> Curve:
        return lambda t, maths: (1 - progress(t, span, maths)) ** self.power


def test_a_new_shape_is_one_class_and_one_entry(monkeypatch):
    monkeypatch.setitem(SHAPES, "wave", wave)
    schedule = parse("warmup(10) >> wave(0.5, power=2).scale(0.5)")
    assert str(schedule) == "warmup(10) >> wave(0.5, power=2.0).scale(0.5)"
    assert from_dict(schedule.to_dict()) == schedule
    assert schedule.stretch(0.5) == warmup(5) >> wave(0.25, power=2).scale(0.5)
    assert schedule.over(100)([10, 35]).tolist() == [0.5, 0.125]
    with pytest.raises(BadSchedule, match="wave: power must be a finite number above 0"):
        parse("wave(power=0)")
    with pytest.raises(BadSchedule, match="Did you mean 'wave'"):
        parse("wafe()")
