"""Studies to report: made by hand, or really searched."""

import math
from dataclasses import replace

from draw._found import bowl, found

import surefoot as sf
from surefoot.found import Background
from surefoot.records import Evidence, Tick, Verdict
from surefoot.store import Decided

EVIL = "<img src=x onerror=\"alert('1')\">&\n</script>"
HEALTHY = Verdict("healthy", "healthy: it comes down as it should.", 0.9, evidence=(Evidence("share", 0.1, 0.3),))


def train(trial):
    place = 1.0
    for step in range(trial.steps):
        loss = place * place
        place -= trial.lr(step) * 2 * place
        trial.step(loss if loss < 1e6 else math.nan)
    trial.report(place * place)


def searched(store="none", study="real", **more):
    """A study of a parabola: a rate of 0.5 is best, and from 1 on it fails."""
    task = sf.FunctionTask(train, horizon=200, schedule="constant()")
    return sf.find(task, budget=1.0, lr=1e-3, study=study, store=store, **more)


def by_hand(text="one", most=60, **more):
    """A study with everything in it, where a text from outside can be put in every place that takes one."""
    stages = [replace(one, watched=replace(HEALTHY, notes=(text,))) for one in bowl()]
    stages[5] = replace(stages[5], reason=text)
    ticks = {
        one.segment: [Tick(n, 0.01, 2.0 + math.sin(n) - n / most, 0.1) for n in range(min(most, one.segment.stop))]
        for one in stages
    }
    decided = [
        Decided(0, f"a first look {text}", tuple(one.segment for one in stages[:6]), False),
        Decided(6, f"closer {text}", tuple(one.segment for one in stages[6:]), False),
        Decided(len(stages), "the budget is spent", (), False),
    ]
    result = replace(found(stages, **more), study=text)
    return replace(result, background=lambda: Background(True, decided, ticks))
