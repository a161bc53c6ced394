from . import Case

N = 60


def case(ours, name, **settings):
    def ask():
        import lrsched

        schedule = getattr(lrsched, name)(**settings)
        return [schedule(step) for step in range(N)]

    return Case(ours, N, ask)


def with_warmup():
    import lrsched

    schedule = lrsched.with_warmup(
        lrsched.cosine(base_lr=1.0, min_lr=0.1, total_steps=50), warmup_steps=10, start_lr=0.05
    )
    return [schedule(step) for step in range(N)]


WSD = {"base_lr": 1.0, "warmup_steps": 10, "decay_steps": 20, "total_steps": N}
CLR = {"min_lr": 0.1, "max_lr": 1.0, "step_size": 7}
CASES = {
    "step_decay(drop=0.3, step_size=13)": case(
        "step(13, factor=0.3)", "step_decay", base_lr=1.0, drop=0.3, step_size=13
    ),
    "multi_step([10, 40], gamma=0.3)": case(
        "multistep([10, 40], factor=0.3)", "multi_step", base_lr=1.0, milestones=[10, 40], gamma=0.3
    ),
    "exponential(0.95)": case(f"exponential(to={0.95**N!r})", "exponential", base_lr=1.0, gamma=0.95),
    "polynomial(power=1.5)": case(
        "polynomial(50, power=1.5, to=0.1)", "polynomial", base_lr=1.0, end_lr=0.1, total_steps=50, power=1.5
    ),
    "linear": case("linear(50, end=0.2)", "linear", base_lr=1.0, end_lr=0.2, total_steps=50),
    "cosine": case("cosine(50, to=0.2)", "cosine", base_lr=1.0, min_lr=0.2, total_steps=50),
    "cosine_restarts(7, 2)": case(
        "restarts(7, growth=2, to=0.1)", "cosine_restarts", base_lr=1.0, min_lr=0.1, period=7, t_mult=2
    ),
    "inverse_sqrt(10)": case("constant(value=0, length=1) >> noam(10)", "inverse_sqrt", base_lr=1.0, warmup_steps=10),
    "one_cycle": case(
        "one_cycle(rise=18, start=0.1, end=0.001)",
        "one_cycle",
        max_lr=1.0,
        total_steps=N,
        pct_start=0.3,
        initial_div=10.0,
        final_div=1000.0,
    ),
    "warmup_stable_decay('linear')": case(
        "linear(10, start=0.1, end=1) >> hold() >> decay(20, to=0.1)",
        "warmup_stable_decay",
        final_lr=0.1,
        warmup_start=0.1,
        decay_shape="linear",
        **WSD,
    ),
    "warmup_stable_decay('1-sqrt')": case(
        "linear(10, start=0, end=1) >> hold() >> decay(20, '1-sqrt')",
        "warmup_stable_decay",
        final_lr=0.0,
        warmup_start=0.0,
        decay_shape="1-sqrt",
        **WSD,
    ),
    "exponential_decay(0.5, 20)": case(
        "exponential(to=0.125)", "exponential_decay", base_lr=1.0, decay_rate=0.5, decay_steps=20
    ),
    "triangular": case("triangular(7, low=0.1)", "triangular", **CLR),
    "triangular2": case("triangular2(7, low=0.1)", "triangular2", **CLR),
    "exp_range": case(f"exp_range(7, low=0.1, to={0.97**N!r})", "exp_range", gamma=0.97, **CLR),
    "with_warmup": Case("linear(10, start=0.05, end=1) >> cosine(to=0.1)", N, with_warmup),
}
