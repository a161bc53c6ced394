"""range_test gives everything back exactly as it was, in place, whatever happens meanwhile."""

import signal

import pytest
import torch
from torch import nn

import surefoot as sf

from ._loops import LOOPS, Loop, cross_entropy, loader, look, made, plain_sgd, seed_all


def ramp(loop, **changes):
    return sf.range_test(loop.model, loop.optimizer, loop.loss, loop.batches, **{"steps": 40, **loop.extra, **changes})


@pytest.mark.parametrize("name", LOOPS)
def test_50_updates_after_it_are_bit_identical_to_50_without_it(name):
    without = made(name)
    losses = without.train(50)
    after = made(name)
    ramp(after)
    assert after.train(50) == losses
    assert look(after)["weights"] == look(without)["weights"]
    assert look(after)["optimizer"] == look(without)["optimizer"]


@pytest.mark.parametrize("name", LOOPS)
def test_in_the_middle_of_a_training_everything_is_as_it_was_object_for_object(name):
    loop = made(name)
    loop.train(7)
    before, held = look(loop), dict(vars(loop.model))
    ramp(loop, steps=15)
    assert look(loop) == before
    assert {key: id(value) for key, value in vars(loop.model).items()} == {k: id(v) for k, v in held.items()}
    went_on = loop.train(20)
    without = made(name)
    without.train(7)
    assert without.train(20) == went_on


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_it_is_all_given_back_when_the_users_code_raises_or_is_interrupted(name, error):
    loop = made(name)
    loop.train(3)
    before, calls, whole = look(loop), [], loop.loss

    def breaks(model, batch):
        calls.append(1)
        if len(calls) == 6:
            raise error
        return whole(model, batch)

    loop.loss = breaks
    with pytest.raises(error):
        ramp(loop)
    assert look(loop) == before


def test_it_is_all_given_back_after_a_real_ctrl_c():
    loop = made("two_groups_of_adamw")
    loop.train(3)
    before, calls, whole = look(loop), [], loop.loss

    def interrupted(model, batch):
        calls.append(1)
        if len(calls) == 6:
            signal.raise_signal(signal.SIGINT)
        return whole(model, batch)

    loop.loss = interrupted
    with pytest.raises(KeyboardInterrupt):
        ramp(loop)
    assert look(loop) == before


def test_a_second_ctrl_c_while_things_are_put_back_stops_nothing_from_being_put_back(monkeypatch):
    loop = made("plain_sgd")
    before, calls = look(loop), []
    whole, whole_loss = torch.Tensor.requires_grad_, loop.loss

    def interrupted(tensor, wanted=True):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(tensor, wanted)

    def breaks(model, batch):
        monkeypatch.setattr(torch.Tensor, "requires_grad_", interrupted)  # it is used to put things back
        return whole_loss(model, batch)

    loop.loss = breaks
    with pytest.raises(KeyboardInterrupt):
        ramp(loop, steps=10)
    assert len(calls) > 2
    assert look(loop) == before


def test_the_state_of_an_optimizer_that_was_empty_stays_empty_and_no_gradients_stay_none():
    loop = made("two_groups_of_adamw")
    ramp(loop)
    assert dict(loop.optimizer.state) == {}
    assert all(parameter.grad is None for parameter in loop.model.parameters())


def test_gradients_that_were_there_stay_and_do_not_leak_into_the_ramp():
    loop = made("plain_sgd")
    clean = ramp(loop)
    loop.loss(loop.model, next(iter(loop.batches))).backward()
    grads = [(id(p.grad), p.grad.clone()) for p in loop.model.parameters()]
    assert ramp(loop).losses == clean.losses
    for parameter, (held, values) in zip(loop.model.parameters(), grads):
        assert id(parameter.grad) == held
        assert torch.equal(parameter.grad, values)


def test_a_model_in_evaluation_mode_is_ramped_in_training_mode_and_given_back_in_evaluation_mode():
    loop = made("batchnorm_and_dropout_with_a_scheduler")
    loop.model.eval()
    seen, whole = set(), loop.loss

    def watched(model, batch):
        seen.add(model.training)
        return whole(model, batch)

    loop.loss = watched
    before = look(loop)
    ramp(loop)
    assert seen == {True}
    assert look(loop) == before


def test_a_layer_that_was_frozen_in_evaluation_mode_stays_so_meanwhile():
    loop = made("frozen_backbone_with_an_average")
    seen, whole = set(), loop.loss
    loop.loss = lambda model, batch: (seen.add(model[0].training), whole(model, batch))[1]
    ramp(loop)
    assert seen == {False}


def test_it_writes_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ramp(made("plain_sgd"))
    assert list(tmp_path.rglob("*")) == []


def test_called_three_times_it_says_the_same_three_times():
    loop = made("dicts_with_noise_from_everywhere")
    first = ramp(loop)
    torch.rand(3)  # whatever else is drawn in between
    assert ramp(loop) == first
    assert ramp(loop) == first


def test_another_seed_sees_another_order():
    loop = made("plain_sgd")
    assert ramp(loop).losses != ramp(loop, seed=1).losses


def test_a_scheduler_that_the_loss_steps_is_given_back():
    loop = made("batchnorm_and_dropout_with_a_scheduler")
    before, whole = look(loop), loop.loss

    def stepping(model, batch):
        value = whole(model, batch)
        loop.extra["scheduler"].step()
        return value

    loop.loss = stepping
    with pytest.warns(UserWarning, match="before"):
        ramp(loop)
    assert look(loop) == before


def test_weights_that_the_users_code_swaps_for_others_get_their_storage_back():
    loop = made("plain_sgd")
    before, whole = look(loop), loop.loss

    def swapping(model, batch):
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()
        model.added = torch.zeros(1)
        return whole(model, batch)

    loop.loss = swapping
    ramp(loop)
    assert look(loop) == before
    assert not hasattr(loop.model, "added")


def test_persistent_workers_end_with_it_and_begin_anew_as_without_it():
    def begun():
        loop = plain_sgd()
        loop.batches = loader(num_workers=1, persistent_workers=True)
        return loop

    seed_all(3)
    losses = begun().train(30)
    seed_all(3)
    loop = begun()
    ramp(loop, steps=12)
    assert loop.train(30) == losses


def test_workers_that_are_at_work_for_somebody_else_are_left_alone():
    loop = plain_sgd()
    loop.batches = loader(num_workers=1, persistent_workers=True)
    running = iter(loop.batches)
    with pytest.raises(sf.errors.BadInput, match="persistent_workers whose workers are running already"):
        ramp(loop)
    assert len(list(running)) == 25


def test_a_buffer_that_cannot_be_written_is_no_hindrance():
    model = nn.Linear(64, 10)
    model.register_buffer("zeros", torch.zeros(1).expand(10))
    loop = Loop(model, torch.optim.SGD(model.parameters(), lr=0.1), cross_entropy, loader())
    before = look(loop)
    ramp(loop)
    assert look(loop) == before
