"""Its sound ones: Chebyshev's steps are monotone there, against its own text."""

from . import Case, followed, optimizer

N = 60


def case(ours, name, **settings):
    def ask():
        import pytorch_scheduler

        driven = optimizer()
        scheduler = getattr(pytorch_scheduler, name)(driven, **settings)
        return followed(driven, scheduler.step, N)

    return Case(ours, N, ask)


CASES = {
    "HyperbolicLRScheduler(60, 100)": case(
        "hyperbolic(bound=100, to=0.01)", "HyperbolicLRScheduler", total_steps=N, upper_bound=100, min_lr=0.01
    ),
    "HyperbolicLRScheduler(60, 60)": case(
        "hyperbolic(bound=60, to=0.1)", "HyperbolicLRScheduler", total_steps=N, upper_bound=N, min_lr=0.1
    ),
    "ExpHyperbolicLRScheduler(60, 100)": case(
        "exp_hyperbolic(bound=100, to=0.01)", "ExpHyperbolicLRScheduler", total_steps=N, upper_bound=100, min_lr=0.01
    ),
    "RexScheduler(60)": case("rex()", "RexScheduler", total_steps=N),
    "SlantedTriangularScheduler(60)": case(
        "slanted_triangular(6)", "SlantedTriangularScheduler", total_steps=N, cut_frac=0.1, ratio=32
    ),
    "FlatCosineScheduler(60)": case("flat_cosine(42)", "FlatCosineScheduler", total_steps=N, flat_fraction=0.7),
    "KDecayScheduler(60, 2)": case("k_decay(k=2)", "KDecayScheduler", total_steps=N, k=2.0),
}
