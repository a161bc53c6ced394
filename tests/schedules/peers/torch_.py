from . import Case, followed, optimizer

N = 60


def rates(name, *arguments, updates=N, lr=1.0, key="lr", momentum=0.0, **settings):
    def ask():
        from torch.optim import lr_scheduler

        driven = optimizer(lr, momentum=momentum)
        scheduler = getattr(lr_scheduler, name)(driven, *arguments, **settings)
        return [rate / lr for rate in followed(driven, scheduler.step, updates, key)]

    return ask


def in_a_row():
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

    driven = optimizer()
    warm, cosine = LinearLR(driven, 0.1, 1, 9), CosineAnnealingLR(driven, N - 10)
    return followed(driven, SequentialLR(driven, [warm, cosine], [10]).step, N)


def at_once():
    from torch.optim.lr_scheduler import ChainedScheduler, ExponentialLR, LinearLR

    driven = optimizer()
    return followed(driven, ChainedScheduler([LinearLR(driven, 0.5, 1, 20), ExponentialLR(driven, 0.9)]).step, N)


def one_cycle(updates, rise, div, final, anneal="cos", phases=2, momentum=None):
    """torch's peak comes one update early, its end with the last update: ours is as much shorter."""
    last, at = updates - 1, (rise * updates - 1) / updates
    settings = f"rise={at!r}, shape={'linear' if anneal == 'linear' else 'cosine'!r}, phases={phases}"
    theirs = {
        "max_lr": 1.0, "total_steps": updates, "pct_start": rise, "div_factor": div, "final_div_factor": final,
        "anneal_strategy": anneal, "three_phase": phases == 3,
    }  # fmt: skip
    if momentum is None:
        ours = f"one_cycle({last}, {settings}, start={1 / div!r}, end={1 / div / final!r})"
        return Case(ours, updates, rates("OneCycleLR", updates=updates, cycle_momentum=False, **theirs))
    low, high = momentum
    ours = f"one_cycle({last}, {settings}, start=0, end=0).opposite({low / high!r}).scale({high!r})"
    asked = rates(
        "OneCycleLR", updates=updates, key="momentum", momentum=0.9, base_momentum=low, max_momentum=high, **theirs
    )
    return Case(ours, updates, asked)


def cyclic(ours, updates=N, **settings):
    settings = {"cycle_momentum": False} | settings
    return Case(ours, updates, rates("CyclicLR", updates=updates, **settings))


CASES = {
    "ConstantLR()": Case("constant(value=0.3333333333333333, length=5) >> constant()", N, rates("ConstantLR")),
    "LinearLR(0.1, 1, 40)": Case("linear(40, start=0.1, end=1)", N, rates("LinearLR", 0.1, 1, 40)),
    "LinearLR(1, 0.25, 60), lr=0.3": Case("linear(start=1, end=0.25)", N, rates("LinearLR", 1, 0.25, N, lr=0.3)),
    "ExponentialLR(0.97)": Case(f"exponential(to={0.97**N!r})", N, rates("ExponentialLR", 0.97)),
    "StepLR(7, 0.5)": Case("step(7, factor=0.5)", N, rates("StepLR", 7, 0.5)),
    "StepLR(20)": Case("step(20)", N, rates("StepLR", 20)),
    "MultiStepLR([10, 11, 40], 0.3)": Case(
        "multistep([10, 11, 40], factor=0.3)", N, rates("MultiStepLR", [10, 11, 40], 0.3)
    ),
    "MultiStepLR([30, 45])": Case("multistep([0.5, 0.75])", N, rates("MultiStepLR", [30, 45])),
    "PolynomialLR(60, 1.7)": Case("polynomial(power=1.7)", N, rates("PolynomialLR", N, 1.7)),
    "PolynomialLR(40, 0.5)": Case("polynomial(40, power=0.5)", N, rates("PolynomialLR", 40, 0.5)),
    "CosineAnnealingLR(60, 0.05)": Case("cosine(to=0.05)", N, rates("CosineAnnealingLR", N, 0.05)),
    "CosineAnnealingLR(60, 0.03), lr=0.3": Case("cosine(to=0.1)", N, rates("CosineAnnealingLR", N, 0.03, lr=0.3)),
    "CosineAnnealingLR(20, 0.1), beyond its end": Case(
        "cosine_wave(cycles=1.5, to=0.1)", N, rates("CosineAnnealingLR", 20, 0.1)
    ),
    "CosineAnnealingWarmRestarts(15)": Case("restarts(15)", N, rates("CosineAnnealingWarmRestarts", 15)),
    "CosineAnnealingWarmRestarts(7, 2, 0.1)": Case(
        "restarts(7, growth=2, to=0.1)", N, rates("CosineAnnealingWarmRestarts", 7, 2, 0.1)
    ),
    "CosineAnnealingWarmRestarts(4, 3)": Case("restarts(4, growth=3)", N, rates("CosineAnnealingWarmRestarts", 4, 3)),
    "CyclicLR(0.25, 1, 10)": cyclic("triangular(10, low=0.25)", base_lr=0.25, max_lr=1, step_size_up=10),
    "CyclicLR(0.1, 1, 4, 6)": cyclic(
        "triangular(4, down=6, low=0.1)", base_lr=0.1, max_lr=1, step_size_up=4, step_size_down=6
    ),
    "CyclicLR(0.1, 1, 7, mode='triangular2')": cyclic(
        "triangular2(7, low=0.1)", base_lr=0.1, max_lr=1, step_size_up=7, mode="triangular2"
    ),
    "CyclicLR(0.1, 1, 7, 3, mode='exp_range', gamma=0.95)": cyclic(
        f"exp_range(7, down=3, low=0.1, to={0.95**N!r})",
        base_lr=0.1,
        max_lr=1,
        step_size_up=7,
        step_size_down=3,
        mode="exp_range",
        gamma=0.95,
    ),
    "CyclicLR(0.25, 1, 10), its momentum": cyclic(
        f"triangular(10, low=0).opposite({0.8 / 0.9!r}).scale(0.9)",
        base_lr=0.25,
        max_lr=1,
        step_size_up=10,
        cycle_momentum=True,
        key="momentum",
        momentum=0.9,
    ),
    "OneCycleLR(1, 100)": one_cycle(100, 0.3, 25, 1e4),
    "OneCycleLR(1, 61, pct_start=0.4, 'linear')": one_cycle(61, 0.4, 10, 100, "linear"),
    "OneCycleLR(1, 60, three_phase=True)": one_cycle(60, 0.3, 25, 1e4, phases=3),
    "OneCycleLR(1, 97, pct_start=0.2, 'linear', three_phase=True)": one_cycle(97, 0.2, 4, 50, "linear", 3),
    "OneCycleLR(1, 100), its momentum": one_cycle(100, 0.3, 25, 1e4, momentum=(0.85, 0.95)),
    "OneCycleLR(1, 60, 'linear', three_phase=True), its momentum": one_cycle(
        60, 0.3, 25, 1e4, "linear", 3, momentum=(0.8, 0.9)
    ),
    "SequentialLR, a warmup and a cosine": Case("warmup(10) >> cosine()", N, in_a_row),
    "ChainedScheduler, a ramp times an exponential": Case(
        f"linear(20, start=0.5, end=1) * exponential(to={0.9**N!r})", N, at_once
    ),
}
