from . import Case, followed, optimizer

N = 60


def case(ours, name, *arguments, lr=1.0, **settings):
    def ask():
        from mmengine.optim import scheduler

        driven = optimizer(lr)
        theirs = getattr(scheduler, name)(driven, *arguments, **settings)
        return [rate / lr for rate in followed(driven, theirs.step, N)]

    return Case(ours, N, ask)


CASES = {
    "StepLR(13, 0.3)": case("step(13, factor=0.3)", "StepLR", step_size=13, gamma=0.3),
    "MultiStepLR([10, 40])": case("multistep([10, 40])", "MultiStepLR", milestones=[10, 40]),
    "ExponentialLR(0.95)": case(f"exponential(to={0.95**N!r})", "ExponentialLR", gamma=0.95),
    "ConstantLR(end=11)": case("constant(value=0.3333333333333333, length=10) >> constant()", "ConstantLR", end=11),
    "LinearLR(0.1, end=41)": case("linear(40, start=0.1, end=1)", "LinearLR", start_factor=0.1, end=41),
    "CosineAnnealingLR(60, 0.03), lr=0.3": case("cosine(to=0.1)", "CosineAnnealingLR", T_max=N, eta_min=0.03, lr=0.3),
    "PolyLR(0.1, 2, end=51)": case("polynomial(50, power=2, to=0.1)", "PolyLR", eta_min=0.1, power=2.0, end=51),
    "CosineRestartLR([10, 20, 30], [1, 0.5, 0.3], 0.1)": case(
        "cosine(10, to=0.1) >> cosine(20, to=0.2).scale(0.5) >> cosine(30, to=0.3333333333333333).scale(0.3)",
        "CosineRestartLR",
        periods=[10, 20, 30],
        restart_weights=[1, 0.5, 0.3],
        eta_min=0.1,
    ),
    "OneCycleLR(1, 60)": case(f"one_cycle(59, rise={17 / 60!r})", "OneCycleLR", eta_max=1.0, total_steps=N),
    "OneCycleLR(1, 60, 'linear', three_phase=True)": case(
        f"one_cycle(59, rise={17 / 60!r}, start=0.1, end=0.001, shape='linear', phases=3)",
        "OneCycleLR",
        eta_max=1.0,
        total_steps=N,
        anneal_strategy="linear",
        div_factor=10.0,
        final_div_factor=100.0,
        three_phase=True,
    ),
}
