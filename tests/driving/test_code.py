"""The printed code has no Surefoot in it and the values of the schedule."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from schedules.strategies import courses, law

from surefoot.driving import code
from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules import from_dict, parse, values

from . import _frameworks as theirs

HORIZON = 200
SCHEDULES = [
    "warmup(0.1) >> cosine(to=0.1)",
    "warmup(3) >> hold() >> decay(0.2, '1-sqrt')",
    "linear() * step(0.3)",
    "minimum(exponential(), polynomial(power=2)).clamp(0.05)",
    "one_cycle(phases=3)",
    "restarts(30, growth=1.5, decay=0.7)",
    "warmup(10) >> inverse_sqrt(10)",
    "triangular2(0.1)",
    "multistep([0.3, 0.6, 0.95])",
    "(linear(50) >> hold()).shift(20).scale(0.5)",
    "tanh()",
    "constant(value=0.5)",
    "chebyshev()",
    "values([1, 0.5, 0.25])",
    "cosine().repeat(100)",
    "cosine()" + ".opposite(0.1)" * 40,
]
of_each = pytest.mark.parametrize("text", SCHEDULES)


def run(text, to, horizon=HORIZON, **given):
    namespace = dict(given)
    exec(compile(code(text, to, horizon=horizon), "pasted", "exec"), namespace)
    return namespace


@of_each
def test_pasted_into_a_program_of_torch_it_drives_an_optimizer_with_our_values(text):
    optimizer = theirs.optimizer(0.5)
    scheduler = run(text, "torch", optimizer=optimizer)["scheduler"]
    expected = 0.5 * parse(text).over(HORIZON)(range(HORIZON + 5))
    assert theirs.walk(scheduler, HORIZON + 5) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@law
@given(courses())
def test_any_schedule_can_be_pasted(course):
    multiplier = run(course.schedule, "torch", course.horizon, optimizer=theirs.optimizer())["multiplier"]
    steps = [*range(0, course.horizon, 29), course.horizon - 1, course.horizon, course.horizon + 9]
    assert [multiplier(step) for step in steps] == pytest.approx(course(steps), rel=1e-11, abs=1e-14)


@pytest.mark.full
@of_each
def test_pasted_into_a_program_of_optax_it_has_our_values_compiled_or_not(text):
    import jax

    rate = run(text, "optax")["schedule"](0.5)
    expected = 0.5 * parse(text).over(HORIZON)(range(HORIZON + 5))
    steps = np.arange(HORIZON + 5)
    assert [float(rate(step)) for step in steps.tolist()] == pytest.approx(expected, rel=2e-5, abs=1e-6)
    assert np.broadcast_to(jax.jit(rate)(steps), steps.shape) == pytest.approx(expected, rel=2e-5, abs=1e-6)


@pytest.mark.full
@of_each
def test_pasted_into_a_program_of_keras_it_has_our_values_and_survives_saving(text):
    keras = theirs.keras()
    schedule = run(text, "keras")["Schedule"](0.5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    expected = 0.5 * parse(text).over(HORIZON)(range(HORIZON + 5))
    assert [float(again(step)) for step in range(HORIZON + 5)] == pytest.approx(expected, rel=2e-5, abs=1e-6)


@pytest.mark.parametrize("to", ["torch", "optax", "keras"])
@of_each
def test_no_code_needs_surefoot_and_only_tables_are_long(text, to):
    printed = code(text, to, horizon=10_000)
    assert "surefoot" not in printed
    as_table = text.startswith(("chebyshev", "values")) or "repeat(100)" in text or len(text) > 500
    assert ("MULTIPLIERS" in printed) == as_table
    assert len(printed) < 5_000 or "MULTIPLIERS" in printed


def test_a_chain_of_torch_reads_as_one_would_write_it():
    assert code("warmup(50) >> hold() >> decay(100)", "torch", horizon=1000) == (
        "import torch\n\n\ndef multiplier(update):\n"
        "    '''warmup(50) >> hold() >> decay(100) over 1000 updates: what multiplies the peak rate.'''\n"
        "    t = min(update, 1000)\n"
        "    if t < 50:\n        return min((t + 1) / 50, 1.0)\n"
        "    if t < 900:\n        return 1.0\n"
        "    return 1 - min((t - 900) / 100, 1.0)\n\n\n"
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, multiplier)  # scheduler.step() after each update"
    )


@of_each
def test_json_and_csv_are_lossless(text):
    assert from_dict(json.loads(code(text, "json", horizon=HORIZON))) == parse(text)
    head, *rows = code(text, "csv", horizon=HORIZON).splitlines()
    assert head == "update,multiplier"
    table = values([float(row.split(",")[1]) for row in rows], HORIZON)
    assert (table.over(HORIZON)(range(HORIZON)) == parse(text).over(HORIZON)(range(HORIZON))).all()


def test_writing_code_loads_no_framework():
    ask = (
        "import sys; from surefoot.driving import code; [code('warmup(5) >> cosine()', to, horizon=100)"
        " for to in ('torch', 'optax', 'keras', 'json')]; print({'torch', 'jax', 'keras'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_bad_input_is_refused():
    with pytest.raises(BadInput, match="exported to torch, optax, keras, json, csv; given 'jax'"):
        code("cosine()", "jax", horizon=10)
    with pytest.raises(BadSchedule, match="takes 50 updates but has only 10"):
        code("linear(50)", "torch", horizon=10)
