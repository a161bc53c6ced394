"""The training loss of a log, found and put in order."""

import math

import pytest

from surefoot.errors import BadInput
from surefoot.logs import LossLog, row


def rows(steps, name="loss", **more):
    return [row({"step": step, name: 1.0 / (1 + step), **more}) for step in steps]


def taken(log, given):
    return [*log.feed(given), *log.close()]


def steps(points):
    return [point.step for point in points]


def test_a_log_in_order_is_given_as_it_is():
    log = LossLog()
    points = taken(log, rows(range(50), lr=0.1))
    assert steps(points) == list(range(50))
    assert [point.lr for point in points] == [0.1] * 50
    assert [point.first for point in points] == [True] + [False] * 49
    assert (log.name, log.unit, log.notes()) == ("loss", "step", ())


def test_the_training_loss_is_told_from_others():
    given = [row({"step": s, "eval_loss": 2.0, "train_loss": 1.0, "loss_scale": 1024}) for s in range(10)]
    log = LossLog()
    assert {point.loss for point in taken(log, given)} == {1.0}
    assert log.name == "train_loss"


def test_a_step_logged_twice_counts_once():
    log = LossLog()
    points = taken(log, rows([0, 1, 1, 2, 2, 2, 3]))
    assert steps(points) == [0, 1, 2, 3]
    assert log.notes() == ("3 values of a step that was logged already are left out",)


def test_going_on_from_a_checkpoint_does_not_repeat_what_was_seen():
    log = LossLog()
    points = taken(log, rows([*range(100), *range(60, 150), *range(140, 160)]))
    assert steps(points) == list(range(160))
    assert "went back 2 times" in log.notes()[0]


def test_another_training_in_the_same_log_starts_over():
    log = LossLog()
    points = taken(log, rows([*range(100), *range(50)]))
    assert [point.step for point in points if point.first] == [0, 0]
    assert "2 trainings" in log.notes()[0]


def test_a_gap_is_said():
    log = LossLog()
    taken(log, rows([*range(100), *range(500, 600)]))
    assert log.notes() == ("nothing was logged between step 99 and 500",)


def test_nan_and_infinity_are_losses():
    given = [row({"step": 0, "loss": 2.0}), row({"step": 1, "loss": math.nan}), row({"step": 2, "loss": math.inf})]
    losses = [point.loss for point in taken(LossLog(), given)]
    assert losses[0] == 2.0
    assert math.isnan(losses[1])
    assert losses[2] == math.inf


def test_epochs_or_rows_stand_in_for_steps():
    log = LossLog()
    assert steps(taken(log, [row({"epoch": e, "loss": 1.0}) for e in (0.5, 1.0, 1.5)])) == [0.5, 1.0, 1.5]
    assert log.unit == "epoch"
    log = LossLog()
    assert steps(taken(log, [row({"loss": 1.0})] * 3)) == [0, 1, 2]
    assert log.unit == "row"


def test_progress_bars_count_only_where_nothing_else_does():
    log = LossLog()
    given = [row({"step": s, "loss": 9.0}, passing=True) for s in range(5)] + rows(range(5))
    assert all(point.loss <= 1 for point in taken(log, given))
    log = LossLog()
    assert len(taken(log, [row({"step": s, "loss": 9.0}, passing=True) for s in range(5)])) == 5


def test_memory_does_not_grow_with_the_log():
    log = LossLog()
    for start in range(0, 100_000, 1000):
        log.feed(rows(range(start, start + 1000)))
    assert log._waiting is None


@pytest.mark.parametrize(
    ("name", "names", "message"),
    [
        (
            None,
            ["step", "acc", "val_loss"],
            "is called a training loss: it has step, acc, val_loss",
        ),
        ("los", ["step", "loss", "acc"], "--loss los is not in this log: .* Did you mean loss"),
        ("loss", ["a/loss", "b/loss"], "may mean several of its columns: .* Did you mean a/loss or b/loss"),
    ],
)
def test_a_loss_that_is_not_there_is_refused_with_what_is(name, names, message):
    with pytest.raises(BadInput, match=message):
        taken(LossLog(name), [row(dict.fromkeys(names, 1.0))] * 3)


def test_a_log_without_a_number_is_refused():
    with pytest.raises(BadInput, match="no number in this log"):
        LossLog().close()
