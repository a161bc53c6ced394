"""Its sound ones: the polynomial grows without bound, and what should fall linearly or in WSD forgets its floor."""

from . import Case, followed, optimizer

N = 64


def made(make, updates=N, skip=0):
    def ask():
        import pytorch_optimizer.lr_scheduler as theirs

        driven = optimizer()
        scheduler = make(theirs, driven)
        return followed(driven, scheduler.step, updates + skip)[skip:]

    return ask


def first(low):
    """Their first update is done at the lowest rate, whatever the schedule."""
    return f"(constant(value={low}, length=1) >> constant())"


def peak_of(rates):
    """As multiples of its largest possible step."""
    return lambda: [rate * 0.05 for rate in rates()]


def wsd(cooldown):
    return made(lambda theirs, driven: theirs.get_wsd_schedule(driven, 8, 36, 20, cooldown_type=cooldown))


UP = "linear(8, start=0, end=1)"
CASES = {
    "REXScheduler(64)": Case(f"{first(0)} * rex()", N, made(lambda theirs, driven: theirs.REXScheduler(driven, N))),
    "REXScheduler(50, 1, 0.1)": Case(
        f"{first(0.1)} * rex(50, to=0.1)", N, made(lambda theirs, driven: theirs.REXScheduler(driven, 50, 1.0, 0.1))
    ),
    "CosineAnnealingWarmupRestarts(16, gamma=0.8)": Case(
        f"{first(0.1)} * restarts(16, decay=0.8, to=0.1)",
        N,
        made(lambda theirs, driven: theirs.CosineAnnealingWarmupRestarts(driven, 16, 1.0, 1.0, 0.1, gamma=0.8)),
    ),
    "CosineAnnealingWarmupRestarts(12, 1.5, warmup_steps=4)": Case(
        "linear(4, start=0, end=1) >> cosine(8) >> linear(4, start=0, end=1) >> cosine(12)"
        " >> linear(4, start=0, end=1) >> cosine(18)",
        50,
        made(lambda theirs, driven: theirs.CosineAnnealingWarmupRestarts(driven, 12, 1.5, 1.0, 0.0, 4, 1.0), 50),
    ),
    "get_wsd_schedule('1-sqrt')": Case(f"{UP} >> hold() >> decay(20, '1-sqrt')", N, wsd("1-sqrt")),
    "get_wsd_schedule('1-square')": Case(f"{UP} >> hold() >> decay(20, 'square')", N, wsd("1-square")),
    "get_chebyshev_schedule(64), from its third update": Case(
        "chebyshev(low=0.05)",
        N,
        peak_of(made(lambda theirs, driven: theirs.get_chebyshev_schedule(driven, N), skip=2)),
    ),
    "CosineScheduler(64, warmup 8)": Case(
        f"{UP} >> cosine()",
        N,
        made(lambda theirs, driven: theirs.CosineScheduler(driven, t_max=N, max_lr=1.0, warmup_steps=8), skip=1),
    ),
}
