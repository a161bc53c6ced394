"""The monitor on live trainings: what it says, when, and that it disturbs nothing."""

import json
import math

import pytest
import torch
from tests.watch import _curves as curves
from torch import nn

import surefoot as sf
from surefoot.errors import BadInput


def training(lr=0.1, make=torch.optim.SGD, seed=0):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    inputs = torch.randn(512, 8)
    targets = inputs[:, :1] * inputs[:, 1:2]
    return model, make(model.parameters(), lr=lr), inputs, targets


def run(monitor, model, optimizer, inputs, targets, steps=300, micro=1, before=False):
    """Train, observing after (or before) each step; the verdicts that were said."""
    said, losses = [], []
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        for _ in range(micro):
            at = torch.randint(512, (32,), generator=generator)
            loss = (model(inputs[at]) - targets[at]).square().mean()
            (loss / micro).backward()
            losses.append(loss.item())
            if micro > 1 or before:
                said.append(monitor.observe(loss))
        optimizer.step()
        optimizer.zero_grad()
        if micro == 1 and not before:
            said.append(monitor.observe(loss))
    return [verdict for verdict in said if verdict is not None], losses


def test_a_healthy_training_is_left_in_peace():
    parts = training(3e-2, torch.optim.Adam)
    monitor = sf.Monitor(parts[1], horizon=1000, model=parts[0])
    said, _ = run(monitor, *parts, steps=1000)
    assert said == []
    assert monitor.verdict.kind == "healthy"


def test_a_training_that_blows_up_is_said_so_at_once_and_once():
    parts = training(50.0)
    monitor = sf.Monitor(parts[1], horizon=3000)
    said, losses = run(monitor, *parts, steps=100)
    assert [verdict.symptom for verdict in said] == ["diverged"]
    first = next(index for index, loss in enumerate(losses) if not math.isfinite(loss))
    assert said[0].since == first
    assert said[0].kind == "too_high"


def test_the_same_verdict_as_from_the_whole_curve():
    for curve in (curves.straight, curves.died, curves.fell_back, curves.right):
        monitor = sf.Monitor(horizon=10_000)
        losses = curve(0).tolist()
        for loss in losses:
            monitor.observe(loss)
        assert monitor.verdict == sf.diagnose(losses, horizon=10_000)


def test_without_a_horizon_nothing_is_called_too_low():
    monitor = sf.Monitor()
    assert [monitor.observe(loss) for loss in curves.unmoved(0).tolist()] == [None] * 1000
    assert monitor.verdict.kind == "cannot_tell"


@pytest.mark.parametrize("before", [False, True])
def test_micro_batches_are_taken_together(before):
    parts = training(0.03)
    monitor = sf.Monitor(parts[1], horizon=3000)
    run(monitor, *parts, steps=50, micro=4, before=before)
    assert monitor.state_dict()["curve"]["count"] == 50


@pytest.mark.parametrize("before", [False, True])
def test_a_loss_may_be_observed_before_or_after_the_step(before):
    parts = training(0.03)
    monitor = sf.Monitor(parts[1], horizon=3000)
    run(monitor, *parts, steps=50, before=before)
    assert monitor.state_dict()["curve"]["count"] == 50


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop])
def test_watching_changes_no_bit_of_the_training(make):
    watched, alone = training(0.01, make), training(0.01, make)
    state = torch.random.get_rng_state()
    monitor = sf.Monitor(watched[1], horizon=3000, model=watched[0])
    assert torch.equal(torch.random.get_rng_state(), state)
    _, losses = run(monitor, *watched)
    _, again = run(sf.Monitor(), *alone)
    assert losses == again
    assert all(torch.equal(a, b) for a, b in zip(watched[0].parameters(), alone[0].parameters(), strict=True))


def test_what_is_kept_goes_on_as_if_it_had_never_stopped():
    whole, first, second = (sf.Monitor(horizon=10_000) for _ in range(3))
    losses = curves.fell_back(0).tolist()
    for loss in losses:
        whole.observe(loss)
    for loss in losses[:333]:
        first.observe(loss)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    for loss in losses[333:]:
        second.observe(loss)
    assert second.verdict == whole.verdict
    assert second.state_dict() == whole.state_dict()


def test_closing_takes_the_hooks_off():
    parts = training()
    monitor = sf.Monitor(parts[1], model=parts[0])
    assert parts[1]._optimizer_step_post_hooks
    monitor.close()
    assert not parts[1]._optimizer_step_post_hooks
    assert not parts[1]._optimizer_step_pre_hooks


def test_memory_does_not_grow():
    monitor = sf.Monitor(horizon=10**6)
    for step in range(30_000):
        monitor.observe(1.0 / (step + 1))
    assert len(json.dumps(monitor.state_dict())) < 20_000


def test_sampled_updates_are_evidence():
    parts = training(1e-3, torch.optim.AdamW)
    monitor = sf.Monitor(parts[1], horizon=3000, model=parts[0])
    run(monitor, *parts, steps=1300)
    evidence = {e.signal.split(",")[0].split(":")[0]: e for e in monitor.verdict.evidence}
    ratio = evidence["update over weight"]
    assert ratio.threshold == pytest.approx(math.sqrt(2 * 1e-3 * 0.01))
    assert 1e-5 < ratio.value < 1e-1
    assert -1 <= evidence["cosine of consecutive gradients"].value <= 1
    assert "effective rate" in evidence


def test_the_effective_rate_of_plain_sgd_is_its_rate():
    parts = training(0.02)
    monitor = sf.Monitor(parts[1], horizon=3000, model=parts[0])
    run(monitor, *parts, steps=1300)
    rate = next(e for e in monitor.verdict.evidence if e.signal.startswith("effective rate"))
    assert rate.value == pytest.approx(0.02, rel=1e-3)
    assert rate.threshold == 0.02


def test_clipping_of_most_updates_is_said_apart():
    model, optimizer, inputs, targets = training(0.01)
    monitor = sf.Monitor(optimizer, horizon=3000, model=model)
    for _ in range(1300):
        loss = (model(inputs) - targets).square().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
        optimizer.zero_grad()
        monitor.observe(loss)
    assert any("most updates are clipped" in note for note in monitor.verdict.notes)


def test_the_gradients_length_before_clipping_is_evidence_beside_the_length_after():
    model, optimizer, inputs, targets = training(1e-6)
    monitor = sf.Monitor(optimizer, horizon=3000, model=model)
    for _ in range(1100):
        loss = (model(inputs) - targets).square().mean()
        loss.backward()
        length = nn.utils.clip_grad_norm_(model.parameters(), 1e-3)
        optimizer.step()
        optimizer.zero_grad()
        monitor.observe(loss)
    seen = next(e for e in monitor.verdict.evidence if e.signal == "gradient length before clipping")
    assert seen.value == pytest.approx(float(length), rel=1e-2)
    assert seen.threshold == pytest.approx(1e-3, rel=1e-3)
    monitor.close()
    assert not any(p._post_accumulate_grad_hooks for p in model.parameters())


def test_the_noise_scale_is_the_variance_of_a_gradient_over_its_squared_mean():
    """The gradient of (w - x)^2 / 2 is w - x: over batches of 16 its variance is 1 / 16 in each of 50 directions."""
    torch.manual_seed(3)
    model = nn.ParameterList([nn.Parameter(torch.full((50,), 0.25))])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
    monitor = sf.Monitor(optimizer, horizon=10**6, model=model)
    for _ in range(200 * 10 + 2):
        model[0].grad = None
        loss = 0.5 * (model[0] - torch.randn(16, 50)).square().sum(1).mean()
        loss.backward()
        optimizer.step()
        monitor.observe(0.0)
    scale = next(e for e in monitor.verdict.evidence if e.signal.startswith("gradient noise scale"))
    assert scale.value == pytest.approx((50 / 16) / (50 * 0.25**2), rel=0.4)


@pytest.mark.full
def test_a_compiled_model_is_watched_and_probed():
    torch.manual_seed(0)
    inner, _, inputs, targets = training()
    model = torch.compile(inner, backend="aot_eager")
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6)
    monitor = sf.Monitor(optimizer, horizon=1000, model=model)

    def loss_of(model, batch):
        return (model(inputs[batch : batch + 64]) - targets[batch : batch + 64]).square().mean()

    for step in range(1002):
        loss = loss_of(model, step % 7 * 64)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        monitor.observe(loss)
    assert {"update over weight, median of tensors", "gradient length before clipping"} <= {
        e.signal for e in monitor.verdict.evidence
    }
    before = [p.detach().clone() for p in model.parameters()]
    assert sf.probe(model, optimizer, loss_of, [64 * at for at in range(8)]).kind == "too_low"
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_weight_decay_that_makes_the_updates_is_said_apart():
    model, optimizer, inputs, targets = training(1e-4, lambda p, lr: torch.optim.AdamW(p, lr=lr, weight_decay=500.0))
    monitor = sf.Monitor(optimizer, horizon=3000, model=model)
    run(monitor, model, optimizer, inputs, targets, steps=1300)
    assert any("weight decay" in note for note in monitor.verdict.notes)


def test_a_schedule_that_ends_too_early_is_said_apart():
    parts = training(0.03)
    monitor = sf.Monitor(parts[1], horizon=400)
    schedule = torch.optim.lr_scheduler.LambdaLR(parts[1], lambda step: max(0.0, 1 - step / 50))
    parts[1].register_step_post_hook(lambda *_: schedule.step() if schedule.last_epoch < 300 else None)
    run(monitor, *parts, steps=200)
    assert any("the schedule came to its end at update" in note for note in monitor.verdict.notes)


def test_more_updates_than_the_horizon_are_said_apart():
    parts = training(0.03)
    monitor = sf.Monitor(parts[1], horizon=50)
    run(monitor, *parts, steps=60)
    assert any("the horizon is miscounted" in note for note in monitor.verdict.notes)


def test_tied_weights_several_groups_and_several_optimizers():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(20, 8), nn.Linear(8, 8), nn.Linear(8, 20, bias=False))
    model[2].weight = model[0].weight
    one = torch.optim.AdamW([{"params": model[0].parameters(), "lr": 1e-4}], lr=1e-3)
    other = torch.optim.SGD(model[1].parameters(), lr=0.1)
    monitor = sf.Monitor([one, other], horizon=2000, model=model)
    tokens = torch.randint(20, (64,))
    for _ in range(1300):
        loss = nn.functional.cross_entropy(model(tokens), tokens)
        loss.backward()
        for optimizer in (one, other):
            optimizer.step()
            optimizer.zero_grad()
        monitor.observe(loss)
    assert monitor.state_dict()["highest"] == 1e-4
    assert any(e.signal.startswith("update over weight") for e in monitor.verdict.evidence)


def test_a_gradient_scaler_that_skips_updates_does_no_harm():
    model, optimizer, inputs, targets = training(0.03)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40, growth_interval=5)
    monitor = sf.Monitor(optimizer, horizon=3000, model=model)
    for _ in range(100):
        with torch.autocast("cpu", torch.bfloat16):
            loss = (model(inputs) - targets).square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        monitor.observe(loss)
    assert monitor.verdict.kind != "too_high"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sf.Monitor("adam"), "expected an optimizer with param_groups"),
        (lambda: sf.Monitor(horizon=0), "horizon=0"),
        (lambda: sf.Monitor(horizon=1.5), "horizon=1.5"),
        (lambda: sf.Monitor(model=nn.Linear(1, 1)), "without an optimizer"),
        (lambda: sf.Monitor().observe("high"), "observe('high')"),
        (lambda: sf.Monitor().observe(torch.ones(2)), "expected the loss, a number or a scalar tensor"),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(BadInput) as refused:
        make()
    assert message in str(refused.value)
