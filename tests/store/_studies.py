"""Studies for the tests of the store: made by hand, without training anything."""

from surefoot.records import Answer, Cost, Curve, Facts, Losses, Next, Segment, Stage, Tick, Trial, Verdict
from surefoot.search import Settings

SETTINGS = Settings(600, 0.5, 1e-5, 0.1, 1e-8, 100.0, 2.3, 4, 10)
FACTS = Facts(2.3, (1e-5, 0.1), 4, True, 0.0, 0.001, 0.002, {"horizon": 600}, {"python": "3"})
ANSWER = Answer(0.01, (0.005, 0.02), 0.1, None, Verdict("clear", "0.01.", 0.9), Curve(), "the budget is spent")


def segment(lr=0.01, updates=60, seed=0):
    return Segment(Trial(lr, seed), "whole", updates, 0, updates)


def stage(lr=0.01, updates=60, score=0.5, seed=0):
    cost = Cost(updates, 4, 0.1, 0.02, 0.003)
    if score is None:
        return Stage(segment(lr, updates, seed), "failed", None, None, cost, reason="the loss was nan at update 3")
    return Stage(segment(lr, updates, seed), "ok", score, Losses(2.3, score, score, 2.4, updates), cost)


def ticks(count=3, loss=1.0):
    return [Tick(step, 0.01 * (step + 1), loss / (step + 1), 0.1 * step) for step in range(count)]


def create(store, name="one"):
    return store.create(name, SETTINGS, FACTS, {"schedule": "cosine()"})


def begun(store, name="one", stages=2):
    study = create(store, name)
    study.decide(Next(tuple(segment(0.01 * (n + 1)) for n in range(stages)), "a first look"), after=0)
    for number in range(stages):
        study.commit(stage(0.01 * (number + 1)), ticks())
    return study
