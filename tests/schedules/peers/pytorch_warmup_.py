from . import DOUBLE, Case

N = 60


def case(ours, name, *arguments, beta2=0.999, close=DOUBLE):
    def ask():
        import pytorch_warmup
        import torch

        driven = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=1.0, betas=(0.9, beta2))
        warmup = getattr(pytorch_warmup, name)(driven, *arguments)
        seen = []
        for _ in range(N):
            seen.append(driven.param_groups[0]["lr"])
            driven.step()
            with warmup.dampening():
                pass
        return seen

    return Case(ours, N, ask, close)


CASES = {
    "LinearWarmup(13)": case("warmup(13)", "LinearWarmup", 13),
    "ExponentialWarmup(13)": case("warmup_exponential(13)", "ExponentialWarmup", 13),
    "UntunedLinearWarmup, beta2=0.95": case("warmup(39)", "UntunedLinearWarmup", beta2=0.95),  # int(39.99999999999996)
    "UntunedLinearWarmup, beta2=0.9": case("warmup_untuned(0.9)", "UntunedLinearWarmup", beta2=0.9),
    "UntunedExponentialWarmup": case("warmup_exponential(999)", "UntunedExponentialWarmup"),  # int(999.9999999999991)
    "UntunedExponentialWarmup, beta2=0.9": case(
        "warmup_untuned(0.9, 'exponential')", "UntunedExponentialWarmup", beta2=0.9
    ),
    # It subtracts near equals: 6e-12 apart on two processors.
    "RAdamWarmup": case("warmup_radam()", "RAdamWarmup", close=1e-10),
    "RAdamWarmup, beta2=0.9": case("warmup_radam(beta2=0.9)", "RAdamWarmup", beta2=0.9),
}
