import os

from . import SINGLE, Case

N = 60


def case(ours, name, *arguments, **settings):
    def ask():
        os.environ.setdefault("KERAS_BACKEND", "torch")
        from keras.optimizers import schedules

        schedule = getattr(schedules, name)(*arguments, **settings)
        return [float(schedule(step)) for step in range(N)]

    return Case(ours, N, ask, SINGLE)


CASES = {
    "ExponentialDecay(1, 20, 0.5)": case("exponential(to=0.125)", "ExponentialDecay", 1.0, 20, 0.5),
    "ExponentialDecay(1, 20, 0.5, staircase=True)": case(
        "step(20, factor=0.5)", "ExponentialDecay", 1.0, 20, 0.5, staircase=True
    ),
    "PiecewiseConstantDecay([10, 40], [1, 0.5, 0.05])": case(
        "piecewise([11, 41], [1, 0.5, 0.05])", "PiecewiseConstantDecay", [10, 40], [1.0, 0.5, 0.05]
    ),
    "PolynomialDecay(1, 50, 0.1)": case("polynomial(50, power=1, to=0.1)", "PolynomialDecay", 1.0, 50, 0.1),
    "PolynomialDecay(1, 50, 0.1, 0.5)": case("polynomial(50, power=0.5, to=0.1)", "PolynomialDecay", 1.0, 50, 0.1, 0.5),
    "PolynomialDecay(1, 13, 0.1, 2, cycle=True)": case(
        "polynomial_cycles(13, power=2, to=0.1)", "PolynomialDecay", 1.0, 13, 0.1, 2.0, cycle=True
    ),
    "PolynomialDecay(1, 20, 0, cycle=True)": case(
        "polynomial_cycles(20, power=1)", "PolynomialDecay", 1.0, 20, 0.0, cycle=True
    ),
    "InverseTimeDecay(1, 10, 0.7)": case("inverse_time(10, rate=0.7)", "InverseTimeDecay", 1.0, 10, 0.7),
    "InverseTimeDecay(1, 25, 3)": case("inverse_time(25, rate=3)", "InverseTimeDecay", 1.0, 25, 3.0),
    "CosineDecay(1, 50, 0.1)": case("cosine(50, to=0.1)", "CosineDecay", 1.0, 50, 0.1),
    "CosineDecay(0.1, 50, 0.05, warmup_target=1, warmup_steps=10)": case(
        "linear(10, start=0.1, end=1) >> cosine(50, to=0.05)",
        "CosineDecay",
        0.1,
        50,
        0.05,
        warmup_target=1.0,
        warmup_steps=10,
    ),
    "CosineDecayRestarts(1, 8)": case("restarts(8, growth=2)", "CosineDecayRestarts", 1.0, 8),
    "CosineDecayRestarts(1, 9, 1.5, 0.8)": case(
        "restarts(9, growth=1.5, decay=0.8)", "CosineDecayRestarts", 1.0, 9, 1.5, 0.8
    ),
    "CosineDecayRestarts(1, 20, 1, 1, 0.1)": case(
        "restarts(20, to=0.1)", "CosineDecayRestarts", 1.0, 20, 1.0, 1.0, 0.1
    ),
}
