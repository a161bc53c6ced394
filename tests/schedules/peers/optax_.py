from . import SINGLE, Case

N = 60


def case(ours, name, *arguments, **settings):
    def ask():
        import optax

        schedule = getattr(optax, name)(*arguments, **settings)
        return [float(schedule(step)) for step in range(N)]

    return Case(ours, N, ask, SINGLE)


def join():
    import optax

    schedule = optax.join_schedules([optax.linear_schedule(0, 1, 10), optax.exponential_decay(1.0, 50, 0.1)], [10])
    return [float(schedule(step)) for step in range(N)]


CASES = {
    "constant_schedule(0.5)": case("constant(value=0.5)", "constant_schedule", 0.5),
    "linear_schedule(1, 0.1, 40, 10)": case("hold(10) >> linear(40, end=0.1)", "linear_schedule", 1.0, 0.1, 40, 10),
    "polynomial_schedule(1, 0.1, 2, 50)": case(
        "polynomial(50, power=2, to=0.1)", "polynomial_schedule", 1.0, 0.1, 2, 50
    ),
    "cosine_decay_schedule(1, 60, 0.1)": case("cosine(to=0.1)", "cosine_decay_schedule", 1.0, N, 0.1),
    "cosine_decay_schedule(1, 60, 0.1, 2)": case(
        "cosine_power(exponent=2, to=0.1)", "cosine_decay_schedule", 1.0, N, 0.1, 2.0
    ),
    "cosine_decay_schedule(1, 50, 0, 0.7)": case(
        "cosine_power(50, exponent=0.7)", "cosine_decay_schedule", 1.0, 50, 0.0, 0.7
    ),
    "exponential_decay(1, 20, 0.5)": case("exponential(to=0.125)", "exponential_decay", 1.0, 20, 0.5),
    "exponential_decay(1, 20, 0.5, staircase=True)": case(
        "step(20, factor=0.5)", "exponential_decay", 1.0, 20, 0.5, staircase=True
    ),
    "exponential_decay(1, 20, 0.5, end_value=0.3)": case(
        "exponential(to=0.125).clamp(0.3)", "exponential_decay", 1.0, 20, 0.5, end_value=0.3
    ),
    "piecewise_constant_schedule(1, {10: 0.5, 40: 0.1})": case(
        "piecewise([10, 40], [1, 0.5, 0.05])", "piecewise_constant_schedule", 1.0, {10: 0.5, 40: 0.1}
    ),
    "piecewise_interpolate_schedule('linear')": case(
        "linear(10, start=0.5, end=1) >> linear(30, end=0.2)",
        "piecewise_interpolate_schedule",
        "linear",
        0.5,
        {10: 2.0, 40: 0.2},
    ),
    "piecewise_interpolate_schedule('cosine')": case(
        "cosine(20, to=0.4) >> cosine(30, to=0.5).scale(0.4)",
        "piecewise_interpolate_schedule",
        "cosine",
        1.0,
        {20: 0.4, 50: 0.5},
    ),
    "warmup_constant_schedule(0.1, 1, 10)": case(
        "linear(10, start=0.1, end=1) >> hold()", "warmup_constant_schedule", 0.1, 1.0, 10
    ),
    "warmup_cosine_decay_schedule(0, 1, 10, 60, 0.05)": case(
        "linear(10, start=0, end=1) >> cosine(to=0.05)", "warmup_cosine_decay_schedule", 0.0, 1.0, 10, N, 0.05
    ),
    "warmup_exponential_decay_schedule(0, 1, 10, 25, 0.5)": case(
        "linear(10, start=0, end=1) >> exponential(to=0.25)", "warmup_exponential_decay_schedule", 0.0, 1.0, 10, 25, 0.5
    ),
    "cosine_onecycle_schedule(60, 1)": case("one_cycle(rise=18)", "cosine_onecycle_schedule", N, 1.0),
    "cosine_onecycle_schedule(50, 1, 0.25, 10, 100)": case(
        "one_cycle(50, rise=12, start=0.1, end=0.001)", "cosine_onecycle_schedule", 50, 1.0, 0.25, 10, 100
    ),
    "linear_onecycle_schedule(60, 1)": case(
        "linear(18, start=0.04, end=1) >> linear(33, end=0.04) >> linear(start=0.04, end=4e-6)",
        "linear_onecycle_schedule",
        N,
        1.0,
    ),
    "linear_onecycle_schedule(50, 1, 0.3, 0.6, 10, 100)": case(
        "one_cycle(50, rise=15, start=0.1, end=0.001, shape='linear', phases=3)",
        "linear_onecycle_schedule",
        50,
        1.0,
        0.3,
        0.6,
        10,
        100,
    ),
    "sgdr_schedule": case(
        "linear(5, start=0, end=1) >> cosine(15) >> (linear(5, start=0, end=1) >> cosine(35)).scale(0.5)",
        "sgdr_schedule",
        [{"init_value": 0.0, "peak_value": p, "decay_steps": d, "warmup_steps": 5} for p, d in ((1.0, 20), (0.5, 40))],
    ),
    "join_schedules": Case("linear(10, start=0, end=1) >> exponential(to=0.1)", N, join, SINGLE),
}
