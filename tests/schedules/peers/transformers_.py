from . import Case, followed, optimizer

N = 60


def rates(name, lr=1.0, updates=N, **settings):
    def ask():
        from transformers import optimization

        driven = optimizer(lr)
        scheduler = getattr(optimization, f"get_{name}")(driven, **settings)
        return [rate / lr for rate in followed(driven, scheduler.step, updates)]

    return ask


def wsd(ours, **settings):
    return Case(ours, N, rates("wsd_schedule", num_decay_steps=20, num_training_steps=N, **settings))


def late_warmup(word, after, low=0.0):
    """A warmup at t / W: the first update at its start, then ours, whose values come one update earlier."""
    return f"(constant(value={low}, length=1) >> {word}(10, start={low})) * (constant(length=10) >> {after})"


WARM = {"num_warmup_steps": 10, "num_training_steps": N}
UP = "linear(10, start=0, end=1)"
CASES = {
    "constant": Case("constant()", N, rates("constant_schedule")),
    "constant_with_warmup": Case(f"{UP} >> constant()", N, rates("constant_schedule_with_warmup", num_warmup_steps=10)),
    "linear": Case(f"{UP} >> linear()", N, rates("linear_schedule_with_warmup", **WARM)),
    "linear, lr=0.3": Case(f"{UP} >> linear()", N, rates("linear_schedule_with_warmup", lr=0.3, **WARM)),
    "cosine": Case(f"{UP} >> cosine()", N, rates("cosine_schedule_with_warmup", **WARM)),
    "cosine, num_cycles=1.5": Case(
        f"{UP} >> cosine_wave(cycles=1.5)", N, rates("cosine_schedule_with_warmup", num_cycles=1.5, **WARM)
    ),
    "cosine_with_hard_restarts, 2": Case(
        f"{UP} >> restarts(cycles=2)",
        N,
        rates("cosine_with_hard_restarts_schedule_with_warmup", num_cycles=2, **WARM),
    ),
    "cosine_with_hard_restarts, 3": Case(
        f"{UP} >> restarts(cycles=3)",
        N,
        rates("cosine_with_hard_restarts_schedule_with_warmup", num_cycles=3, **WARM),
    ),
    "polynomial": Case(
        f"{UP} >> polynomial(power=1, to=1e-7)", N, rates("polynomial_decay_schedule_with_warmup", **WARM)
    ),
    "polynomial, power=2": Case(
        f"{UP} >> polynomial(power=2, to=0.1)",
        N,
        rates("polynomial_decay_schedule_with_warmup", lr_end=0.1, power=2, **WARM),
    ),
    "inverse_sqrt": Case(f"{UP} >> inverse_sqrt(10)", N, rates("inverse_sqrt_schedule", num_warmup_steps=10)),
    "inverse_sqrt, timescale=25": Case(
        f"{UP} >> inverse_sqrt(25)", N, rates("inverse_sqrt_schedule", num_warmup_steps=10, timescale=25)
    ),
    "cosine_with_min_lr": Case(
        f"{UP} >> cosine(to=0.1)", N, rates("cosine_with_min_lr_schedule_with_warmup", min_lr=0.03, lr=0.3, **WARM)
    ),
    "wsd, cosine": wsd(f"{UP} >> hold() >> decay(20, 'cosine')", num_warmup_steps=10),
    "wsd, linear to 0.2": wsd(
        "linear(10, start=0.2, end=1) >> hold() >> decay(20, to=0.2)",
        num_warmup_steps=10,
        decay_type="linear",
        min_lr_ratio=0.2,
    ),
    "wsd, 1-sqrt": wsd(f"{UP} >> hold() >> decay(20, '1-sqrt')", num_warmup_steps=10, decay_type="1-sqrt"),
    "wsd, cosine warmup": wsd(
        late_warmup("warmup_cosine", "hold() >> decay(20)"),
        num_warmup_steps=10,
        warmup_type="cosine",
        decay_type="linear",
    ),
    "wsd, 1-sqrt warmup": wsd(
        late_warmup("warmup_sqrt", "hold() >> decay(20, '1-sqrt', to=0.1)", 0.1),
        num_warmup_steps=10,
        warmup_type="1-sqrt",
        decay_type="1-sqrt",
        min_lr_ratio=0.1,
    ),
}
