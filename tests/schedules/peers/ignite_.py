from . import Case, optimizer

N = 60


def case(ours, name, **settings):
    def ask():
        from ignite.handlers import param_scheduler

        kind = getattr(param_scheduler, name)
        return [value for _, value in kind.simulate_values(num_events=N, **settings)]

    return Case(ours, N, ask)


def driven(**settings):
    return {"param_name": "lr"} | settings


def concat():
    from ignite.handlers import ConcatScheduler, CosineAnnealingScheduler, LinearCyclicalScheduler

    one = optimizer()
    up = LinearCyclicalScheduler(one, "lr", 0.1, 1.0, 20)
    down = CosineAnnealingScheduler(one, "lr", 1.0, 0.0, 50)
    values = ConcatScheduler.simulate_values(num_events=N, schedulers=[up, down], durations=[10])
    return [value for _, value in values]


def warmed():
    from ignite.handlers import create_lr_scheduler_with_warmup
    from torch.optim.lr_scheduler import ExponentialLR

    one = optimizer()
    values = [None] * N
    create_lr_scheduler_with_warmup(
        ExponentialLR(one, 0.97),
        warmup_start_value=0.1,
        warmup_duration=10,
        warmup_end_value=1.0,
        output_simulated_values=values,
    )
    return [value for _, value in values]


CASES = {
    "LinearCyclicalScheduler(1, 0.1, 20)": case(
        "(linear(10, end=0.1) >> linear(10, start=0.1, end=1)).repeat(3)",
        "LinearCyclicalScheduler",
        **driven(start_value=1.0, end_value=0.1, cycle_size=20),
    ),
    "LinearCyclicalScheduler(0.1, 1, 20)": case(
        "triangular(10, low=0.1)", "LinearCyclicalScheduler", **driven(start_value=0.1, end_value=1.0, cycle_size=20)
    ),
    "CosineAnnealingScheduler(1, 0.1, 25)": case(
        "restarts(25, to=0.1)", "CosineAnnealingScheduler", **driven(start_value=1.0, end_value=0.1, cycle_size=25)
    ),
    "CosineAnnealingScheduler(1, 0, 10, cycle_mult=2, start_value_mult=0.5)": case(
        "restarts(10, growth=2, decay=0.5)",
        "CosineAnnealingScheduler",
        **driven(start_value=1.0, end_value=0.0, cycle_size=10, cycle_mult=2, start_value_mult=0.5),
    ),
    "PiecewiseLinear": case(
        "linear(10, start=0.2, end=1) >> hold(10) >> linear(30, end=0.1)",
        "PiecewiseLinear",
        **driven(milestones_values=[(0, 0.2), (10, 1.0), (20, 1.0), (50, 0.1)]),
    ),
    "ConcatScheduler": Case("linear(10, start=0.1, end=1) >> cosine()", N, concat),
    "create_lr_scheduler_with_warmup": Case(f"linear(9, start=0.1, end=1) >> exponential(to={0.97**51!r})", N, warmed),
}
