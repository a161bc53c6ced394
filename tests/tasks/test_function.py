"""A loop of the user's own."""

import subprocess
import sys

import pytest
import torch
from _tasks import (
    Host,
    cross_entropy,
    descend,
    digits,
    digits_task,
    hopeless,
    loop_task,
    mlp,
    momentum,
    run,
    whole,
    without_seconds,
)

import surefoot as sf
from surefoot.errors import BadInput, UserCodeError
from surefoot.schedules import parse

from ._by_hand import by_hand

BATCHES = [tuple(part[start : start + 20] for part in digits()[0].tensors) for start in range(0, 500, 20)]


def train_digits(trial):
    torch.manual_seed(trial.seed)
    model = mlp()
    optimizer = momentum(model, 0.1)
    trial.drive(optimizer)
    for step in range(trial.steps):
        loss = cross_entropy(model, BATCHES[step % 25])
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        trial.step(loss)
    with torch.no_grad():
        trial.report(cross_entropy(model, digits()[1].tensors))


def test_a_driven_loop_equals_the_loop_written_by_hand():
    stage, host = run(loop_task(train_digits, horizon=60), lr=0.03, updates=25)
    course = parse("warmup(0.05) >> cosine()").over(60).shrunk(25)
    losses, model = by_hand(mlp, momentum, BATCHES, cross_entropy, lr=0.03, multiplier=course)
    assert host.losses == losses
    with torch.no_grad():
        assert stage.score == float(cross_entropy(model, digits()[1].tensors))
    assert [tick.lr for tick in host.ticks] == [0.03 * course(step) for step in range(25)]


def test_reading_the_rate_oneself_is_the_same_as_being_driven():
    def by_rate(trial):
        torch.manual_seed(trial.seed)
        model = mlp()
        optimizer = momentum(model, 1.0)
        for step in range(trial.steps):
            optimizer.param_groups[0]["lr"] = trial.lr(step)
            loss = cross_entropy(model, BATCHES[step % 25])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            trial.step(loss)
        with torch.no_grad():
            trial.report(cross_entropy(model, digits()[1].tensors))

    driven, one = run(loop_task(train_digits), lr=0.03, updates=30)
    read, other = run(loop_task(by_rate), lr=0.03, updates=30)
    assert one.losses == other.losses
    assert driven.score == read.score


def test_driving_keeps_the_ratios_of_groups_and_of_optimizers():
    rates = []

    def train(trial):
        model = mlp()
        groups = [{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.01}]
        one, other = torch.optim.SGD(groups, lr=0.1), torch.optim.AdamW(mlp().parameters(), lr=7.0)
        trial.drive(one)
        trial.drive(other)
        for _ in range(trial.steps):
            rates.append([group["lr"] for optimizer in (one, other) for group in optimizer.param_groups])
            trial.step(1.0)
        trial.report(1.0)

    run(loop_task(train, schedule="linear()"), lr=0.5, updates=10)
    course = parse("linear()").over(10)
    assert rates == [pytest.approx([0.5 * course(s), 0.05 * course(s), 0.5 * course(s)]) for s in range(10)]


def test_an_optimizer_that_is_built_with_no_rate_at_all_cannot_be_driven_and_says_so():
    def train(trial):
        trial.drive(torch.optim.SGD(mlp().parameters(), lr=0.0))

    with pytest.raises(BadInput, match=r"built with .*lr=0"):
        run(loop_task(train), lr=0.1)


def test_the_same_segment_twice_is_the_same():
    for train in (descend, train_digits):
        task = loop_task(train)
        first, host = run(task, lr=0.03, updates=50)
        torch.rand(3)
        again, repeated = run(task, lr=0.03, updates=50)
        assert without_seconds(first) == without_seconds(again)
        assert host.losses == repeated.losses


def test_a_trial_tells_its_seed_its_steps_and_its_peak_rate():
    seen = []

    def train(trial):
        seen.append((trial.seed, trial.steps, trial.peak_lr, trial.lr(0), trial.lr(10**9)))
        descend(trial)

    run(loop_task(train, schedule="linear()"), lr=0.25, updates=20, seed=3)
    assert seen == [(3, 20, 0.25, 0.25, 0.25 * parse("linear()").over(20)(19))]


def test_a_hopeless_trial_leaves_the_loop_through_an_except_exception():
    reached = []

    def train(trial):
        for step in range(trial.steps):
            trial.lr(step)
            try:
                trial.step(float("nan") if step == 4 else 1.0)
            except Exception:
                reached.append("swallowed")
        reached.append("the end")

    stage, _ = run(loop_task(train), lr=0.1, updates=50)
    assert stage.state == "failed"
    assert "nan at update 4" in stage.reason
    assert stage.cost.updates == 5
    assert reached == []


def test_a_loop_that_swallows_even_that_is_told_again_at_its_next_step():
    def train(trial):
        for step in range(trial.steps):
            trial.lr(step)
            try:
                trial.step(float("inf"))
            except BaseException as error:
                assert isinstance(error, sf.TrialEnded)
        trial.report(0.0)

    stage, _ = run(loop_task(train), lr=0.1, updates=50)
    assert stage.state == "failed"
    assert stage.score is None
    assert stage.cost.updates == 1


def test_clean_up_in_a_finally_runs_when_a_trial_is_ended():
    closed = []

    def train(trial):
        try:
            trial.lr(0)
            trial.step(float("nan"))
        finally:
            closed.append(1)

    run(loop_task(train), lr=0.1)
    assert closed == [1]


def test_a_diverging_loop_is_ended_early():
    def train(trial):
        for step in range(trial.steps):
            trial.lr(step)
            trial.step(1.1**step)
        trial.report(1.0)

    stage, _ = run(loop_task(train), lr=0.1, updates=100)
    assert stage.state == "ended"
    assert stage.cost.updates == 30


def test_every_rate_above_the_edge_fails_and_says_why():
    stage, _ = run(loop_task(hopeless), lr=0.1)
    assert stage.state == "failed"
    assert stage.cost.updates == 2


def test_a_score_that_carries_a_gradient_is_taken_as_its_number():
    def train(trial):
        for step in range(trial.steps):
            trial.lr(step)
            trial.step(torch.tensor(1.0, requires_grad=True) * 2)
        trial.report(torch.tensor(3.0, requires_grad=True) * 2)

    stage, host = run(loop_task(train), lr=0.1, updates=3)
    assert stage.score == 6.0
    assert host.losses == [2.0] * 3


def test_the_last_report_counts():
    def train(trial):
        for step in range(trial.steps):
            trial.lr(step)
            trial.step(1.0)
            trial.report(10.0 - step)

    assert run(loop_task(train), lr=0.1, updates=5)[0].score == 6.0


def test_an_error_in_the_loop_is_the_users_and_carries_its_cause():
    def train(trial):
        raise KeyError("mine")

    with pytest.raises(UserCodeError, match=r"train\(trial\) raised KeyError: 'mine'") as caught:
        run(loop_task(train), lr=0.1)
    assert isinstance(caught.value.__cause__, KeyError)


def test_an_error_that_comes_of_broken_weights_is_the_rates_fault():
    def train(trial):
        model = mlp()
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        trial.drive(optimizer)
        (1e10 * cross_entropy(model, BATCHES[0])).backward()
        optimizer.step()
        trial.step(1.0)
        if not all(p.isfinite().all() for p in model.parameters()):
            raise ValueError("expected probabilities")
        raise KeyError("reached with sound weights")

    stage, _ = run(loop_task(train, schedule="constant()"), lr=1e32)
    assert stage.state == "failed"
    assert "no longer finite after 1 updates" in stage.reason


def does(*losses, score=1.0):
    """A loop that reads the rate, reports these losses as its updates, and then the score."""

    def train(trial):
        trial.lr(0)
        for loss in losses:
            trial.step(loss)
        if score is not None:
            trial.report(score)

    return train


def rateless(trial):
    trial.step(1.0)
    trial.step(1.0)
    trial.report(1.0)


REFUSED = {
    r"uses no learning rate.*trial\.drive\(optimizer\).*trial\.lr\(step\)": rateless,
    r"never called trial\.step\(loss\): call it after every update": does(),
    r"did 1 updates of trial\.steps = 2.*Make the stream of batches endless": does(1.0),
    r"did more than trial\.steps = 2 updates: stop there": does(1.0, 1.0, 1.0),
    r"never called trial\.report\(score\).*validation score": does(1.0, 1.0, score=None),
    r"trial\.report\(str\): expected one number": does(1.0, 1.0, score="good"),
    r"score of the untrained model is nan: expected a finite number": does(1.0, 1.0, score=float("nan")),
    r"trial\.step\(list\): expected the loss as one number": does([1.0]),
    r"trial\.step\(Tensor\): expected the loss as one number": does(torch.ones(2)),
    r"nan.*NaN before any update is not the learning rate": does(float("nan")),
    r"cannot drive 'str': expected an optimizer.*trial\.lr\(step\)": lambda trial: trial.drive("sgd"),
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_loop_that_does_not_do_its_part_is_refused_before_anything_is_spent(said, store):
    with pytest.raises(sf.errors.BadInput, match=said):
        sf.find(loop_task(REFUSED[said]), store=store, study="one")
    with pytest.raises(sf.errors.BadStudy, match="there is none yet"):
        from surefoot.store import open_store

        opened = open_store(store)
        try:
            opened.existing("one")
        finally:
            opened.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"train": 3}, "train=3: expected a function that takes a trial"),
        ({"goal": "lowest"}, "goal='lowest': expected 'min' or 'max'"),
        ({"horizon": 0}, "horizon=0: a training has at least one update"),
        ({"horizon": "10 epochs"}, "an epoch is unknown; give updates"),
        ({"horizon": True}, "horizon=True: expected a whole number of updates"),
        ({"schedule": "cosin()"}, "Did you mean 'cosine'"),
    ],
)
def test_a_bad_argument_is_refused_when_the_task_is_made(changed, said):
    with pytest.raises(sf.errors.BadInput, match=said):
        loop_task(**changed)


def test_a_loop_in_plain_python_needs_no_torch():
    code = """
import sys
sys.modules["torch"] = None  # as if it were not installed
import surefoot as sf

def train(trial):
    place = 2.0
    for step in range(trial.steps):
        place -= trial.lr(step) * 2 * place
        trial.step(place * place)
    trial.report(place * place)

found = sf.find(sf.FunctionTask(train, horizon=300), budget=2, store="none")
assert 0.005 < found.lr < 1, found.lr
try:
    sf.TorchTask
except sf.SurefootError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "TorchTask needs the package torch. Install it: pip install 'surefoot[torch]'"


def test_the_price_of_an_assessment_is_what_preflight_found():
    host = Host(assess_batches=9)
    assert loop_task().run(whole(0.1, 20), host).cost.forwards == 9
    assert loop_task(hopeless).run(whole(0.1, 20), host).cost.forwards == 0


def test_a_loop_that_ends_the_program_is_the_users_error():
    def train(trial):
        sys.exit("done")

    with pytest.raises(UserCodeError, match=r"train\(trial\) raised SystemExit: done"):
        run(loop_task(train), lr=0.1)


def test_a_step_of_a_torch_task_that_ends_the_program_is_the_users_error_too():
    def step(trial, batch):
        sys.exit(3)

    with pytest.raises(UserCodeError, match="raised SystemExit: 3"):
        run(digits_task(step=step), lr=0.1)
