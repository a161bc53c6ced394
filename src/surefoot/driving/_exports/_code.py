from __future__ import annotations

import json
from string import Template

from surefoot.driving._exports._formula import Dialect, NotWritten
from surefoot.errors import BadInput
from surefoot.schedules import Course, Schedule, parse

_LONGEST_TITLE = 80
_A_ROW = 8  # values of a table in a line

_PYTHON = Dialect("math", "min", "max")
_JAX = Dialect("jnp", "jnp.minimum", "jnp.maximum", "jnp.where")
_KERAS = Dialect("ops", "ops.minimum", "ops.maximum", "ops.where")

_TORCH = Template("""\
${imports}import torch
$table

def multiplier(update):
    '''$title: what multiplies the peak rate.'''
    t = min(update, $horizon)
    $body


scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, multiplier)  # scheduler.step() after each update""")
_OPTAX = Template("""\
${imports}import jax.numpy as jnp
$table

def schedule(peak_lr):
    '''$title. Use: optax.adamw(schedule(1e-3)).'''

    def rate(count):
        t = jnp.minimum(count, $horizon)
        return peak_lr * ($value)

    return rate""")
_KERAS_CODE = Template("""\
${imports}import keras
from keras import ops
$table

@keras.saving.register_keras_serializable()
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    '''$title. Use: keras.optimizers.Adam(Schedule(1e-3)).'''

    def __init__(self, peak_lr):
        self.peak_lr = peak_lr

    def __call__(self, step):
        t = ops.minimum(ops.cast(step, "float32"), $horizon.0)
        return self.peak_lr * ($value)

    def get_config(self):
        return {"peak_lr": self.peak_lr}""")


def code(schedule: Schedule | str, to: str, *, horizon: int) -> str:
    """A schedule as text to paste into a program that has no Surefoot.

    Args:
        schedule: The schedule, or its text.
        to: ``torch``, ``optax`` or ``keras`` for source code, ``json`` for ``from_dict``, ``csv`` for a line an update.
        horizon: Length of the training in updates.

    Returns:
        The text. Code has the formula, or the table of values where that would be long; that of optax and Keras
        calculates in float32, so small values are less exact than ``to_optax`` and ``to_keras``.

    Raises:
        BadInput: The schedule is none or does not fit, or there is no such form.

    >>> from surefoot.driving import code
    >>> print(code("warmup(50) >> cosine()", "torch", horizon=1000))
    import math
    <BLANKLINE>
    import torch
    <BLANKLINE>
    <BLANKLINE>
    def multiplier(update):
        '''warmup(50) >> cosine() over 1000 updates: what multiplies the peak rate.'''
        t = min(update, 1000)
        if t < 50:
            return min((t + 1) / 50, 1.0)
        return 0.5 * (1 + math.cos(math.pi * min((t - 50) / 950, 1.0)))
    <BLANKLINE>
    <BLANKLINE>
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, multiplier)  # scheduler.step() after each update
    """
    if to not in _FORMS:
        raise BadInput(f"a schedule is exported to {', '.join(_FORMS)}; given {to!r}")
    return _FORMS[to](parse(schedule).over(horizon))


def _torch(course: Course) -> str:
    try:
        formula = _PYTHON.formula(course)
    except NotWritten:
        return _TORCH.substitute(_about(course), imports="", table=_table(course), body="return MULTIPLIERS[t]")
    choices = formula.choices or (("", formula.text),)
    lines = [f"if {when}:\n        return {value}" if when else f"return {value}" for when, value in choices]
    body = "\n    ".join(lines)
    return _TORCH.substitute(_about(course), imports=_imports(body), table="", body=body)


def _optax(course: Course) -> str:
    value, table = _array_value(course, _JAX, "jnp.asarray(MULTIPLIERS)[t]")
    return _OPTAX.substitute(_about(course), imports=_imports(value), table=table, value=value)


def _keras(course: Course) -> str:
    value, table = _array_value(course, _KERAS, 'ops.take(ops.convert_to_tensor(MULTIPLIERS), ops.cast(t, "int32"))')
    return _KERAS_CODE.substitute(_about(course), imports=_imports(value), table=table, value=value)


def _array_value(course: Course, dialect: Dialect, looked_up: str) -> tuple[str, str]:
    try:
        return dialect.formula(course).text, ""
    except NotWritten:
        return looked_up, _table(course)


def _imports(body: str) -> str:
    return "import math\n\n" if "math." in body else ""


def _about(course: Course) -> dict[str, object]:
    text = str(course.schedule).replace("'", '"')
    text = text if len(text) <= _LONGEST_TITLE else f"{text[:_LONGEST_TITLE]}…"
    return {"title": f"{text} over {course.horizon} updates", "horizon": course.horizon}


def _table(course: Course) -> str:
    values = [repr(value) for value in _values(course)]
    rows = [", ".join(values[at : at + _A_ROW]) for at in range(0, len(values), _A_ROW)]
    return "\nMULTIPLIERS = [\n" + "".join(f"    {row},\n" for row in rows) + "]\n"


def _values(course: Course) -> list[float]:
    return course(range(course.horizon + 1)).tolist()


def _json(course: Course) -> str:
    return json.dumps(course.schedule.to_dict())


def _csv(course: Course) -> str:
    rows = (f"{update},{value!r}" for update, value in enumerate(_values(course)[:-1]))
    return "\n".join(["update,multiplier", *rows])


_FORMS = {"torch": _torch, "optax": _optax, "keras": _keras, "json": _json, "csv": _csv}
