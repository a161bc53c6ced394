from . import Case

N = 60


def case(ours, name, *arguments, **settings):
    def ask():
        from fvcore.common import param_scheduler

        schedule = getattr(param_scheduler, f"{name}ParamScheduler")(*arguments, **settings)
        return [schedule(step / N) for step in range(N)]

    return Case(ours, N, ask)


def composite():
    from fvcore.common.param_scheduler import CompositeParamScheduler, CosineParamScheduler, LinearParamScheduler

    parts = [LinearParamScheduler(0.1, 1.0), CosineParamScheduler(1.0, 0.0)]
    schedule = CompositeParamScheduler(parts, lengths=[0.25, 0.75], interval_scaling=["rescaled", "rescaled"])
    return [schedule(step / N) for step in range(N)]


CASES = {
    "Constant(0.5)": case("constant(value=0.5)", "Constant", 0.5),
    "Cosine(1, 0.1)": case("cosine(to=0.1)", "Cosine", 1.0, 0.1),
    "Exponential(1, 0.02)": case("exponential(to=0.02)", "Exponential", 1.0, 0.02),
    "Linear(0.2, 1)": case("linear(start=0.2, end=1)", "Linear", 0.2, 1.0),
    "PolynomialDecay(1, 1.7)": case("polynomial(power=1.7)", "PolynomialDecay", 1.0, 1.7),
    "MultiStep([1, 0.5, 0.2], 60, [10, 40])": case(
        "piecewise([10, 40], [1, 0.5, 0.2])", "MultiStep", [1.0, 0.5, 0.2], N, [10, 40]
    ),
    "Composite(Linear, Cosine)": Case("linear(0.25, start=0.1, end=1) >> cosine()", N, composite),
}
