from . import Case, optimizer

N = 60


def case(ours, name, lr=1.0, **settings):
    def ask():
        from timm import scheduler

        driven = optimizer(lr)
        theirs = getattr(scheduler, name)(driven, **settings)
        seen = []
        for step in range(N):
            theirs.step(step)
            seen.append(driven.param_groups[0]["lr"] / lr)
        return seen

    return Case(ours, N, ask)


CASES = {
    "CosineLRScheduler(60)": case("cosine()", "CosineLRScheduler", t_initial=N),
    "CosineLRScheduler(60, lr_min=0.03), lr=0.3": case(
        "cosine(to=0.1)", "CosineLRScheduler", lr=0.3, t_initial=N, lr_min=0.03
    ),
    "CosineLRScheduler(60, k_decay=1.7)": case("k_decay(k=1.7)", "CosineLRScheduler", t_initial=N, k_decay=1.7),
    "CosineLRScheduler(20, cycle_limit=2)": case(
        "restarts(20, cycles=2)", "CosineLRScheduler", t_initial=20, cycle_limit=2
    ),
    "CosineLRScheduler(9, cycle_mul=1.7, cycle_decay=0.8, cycle_limit=10, lr_min=0.1)": case(
        "restarts(9, growth=1.7, decay=0.8, to=0.1)",
        "CosineLRScheduler",
        t_initial=9,
        cycle_mul=1.7,
        cycle_decay=0.8,
        cycle_limit=10,
        lr_min=0.1,
    ),
    "CosineLRScheduler(50, warmup_t=10, warmup_prefix=True)": case(
        "linear(10, start=0.01, end=1) >> cosine()",
        "CosineLRScheduler",
        t_initial=50,
        warmup_t=10,
        warmup_lr_init=0.01,
        warmup_prefix=True,
    ),
    "TanhLRScheduler(60)": case("tanh()", "TanhLRScheduler", t_initial=N),
    "TanhLRScheduler(60, -5, 2, lr_min=0.1)": case(
        "tanh(lower=-5, upper=2, to=0.1)", "TanhLRScheduler", t_initial=N, lb=-5.0, ub=2.0, lr_min=0.1
    ),
    "TanhLRScheduler(20, cycle_limit=3)": case("tanh().repeat(3)", "TanhLRScheduler", t_initial=20, cycle_limit=3),
    "PolyLRScheduler(60)": case("polynomial(power=0.5)", "PolyLRScheduler", t_initial=N),
    "PolyLRScheduler(60, 2, lr_min=0.1, k_decay=0.6)": case(
        "k_decay(shape='polynomial', k=0.6, power=2, to=0.1)",
        "PolyLRScheduler",
        t_initial=N,
        power=2,
        lr_min=0.1,
        k_decay=0.6,
    ),
    "StepLRScheduler(13, 0.3)": case("step(13, factor=0.3)", "StepLRScheduler", decay_t=13, decay_rate=0.3),
    "MultiStepLRScheduler([10, 40], 0.3)": case(
        "multistep([9, 39], factor=0.3)", "MultiStepLRScheduler", decay_t=[10, 40], decay_rate=0.3
    ),
}
