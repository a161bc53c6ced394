"""A new horizon is the user's decision, on resuming and on the way; all of it is resumed exactly."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.errors import BadInput
from surefoot.schedules import parse

from ._loops import rates, training, update

WSD = "warmup(5) >> hold() >> decay(0.2, '1-sqrt')"


def bound(text, horizon, steps=0, **options):
    driver = parse(text).bind(training()[1], horizon=horizon, **options)
    go(driver, steps)
    return driver


def go(driver, steps):
    for _ in range(steps):
        driver.step()


def course(driver, steps):
    """Multipliers at the present and the next updates."""
    values = [driver.multiplier]
    for _ in range(steps - 1):
        driver.step()
        values.append(driver.multiplier)
    return values


def test_another_horizon_is_refused_until_somebody_decides():
    state = bound("cosine()", 100, 50).state_dict()
    with pytest.raises(BadInput, match=r"of horizon 100, and this driver was bound with 200.*resume='keep' goes on"):
        bound("cosine()", 200).load_state_dict(state)
    with pytest.raises(BadInput, match="resume must be one of 'keep', 'recompute', 'replan', given 'stay'"):
        bound("cosine()", 200).load_state_dict(state, resume="stay")
    with pytest.raises(BadInput, match="given 'stay'"):
        bound("cosine()", 200, resume="stay")


def resumed(text, horizon, state, decision, when="loading"):
    driver = bound(text, horizon, resume=decision if when == "binding" else None)
    driver.load_state_dict(state, **({"resume": decision} if when == "loading" else {}))
    return driver


@pytest.mark.parametrize("when", ["binding", "loading"])
@pytest.mark.parametrize(("decision", "horizon"), [("keep", 100), ("recompute", 200)])
def test_keep_has_the_old_horizon_and_recompute_the_new_one(when, decision, horizon):
    driver = resumed("cosine()", 200, bound("cosine()", 100, 50).state_dict(), decision, when)
    assert (driver.steps, driver.horizon) == (50, horizon)
    whole = parse("cosine()").over(horizon)
    assert course(driver, horizon - 49) == [whole(step) for step in range(50, horizon + 1)]


@pytest.mark.parametrize("when", ["binding", "loading"])
def test_replan_stays_at_the_present_rate_and_stretches_the_rest(when):
    driver = resumed("cosine()", 200, bound("cosine()", 100, 50).state_dict(), "replan", when)
    assert (driver.steps, driver.horizon) == (50, 200)
    old = parse("cosine()").over(100)
    assert course(driver, 151)[::3] == [old(step) for step in range(50, 101)]


def test_replanning_in_a_trunk_lays_the_schedule_anew():
    driver = bound(WSD, 100, 50)
    driver.extend(by=100)
    whole = parse(WSD).over(200)
    assert course(driver, 150) == [whole(step) for step in range(50, 200)]


def test_replanning_elsewhere_stays_at_the_present_rate_and_stretches_the_rest():
    driver = bound("linear()", 100, 50)
    driver.extend(by=50)
    assert course(driver, 101) == pytest.approx([0.5 - 0.005 * step for step in range(101)])


def test_a_cooldown_starts_now_and_is_the_schedules_own():
    driver = bound(WSD, 100, 40)
    driver.cooldown()
    assert driver.horizon == 60
    fall = parse("decay(20, '1-sqrt')").over(20)
    assert course(driver, 21) == [fall(step) for step in range(21)]


@pytest.mark.parametrize(("text", "length", "updates"), [("constant()", 30, 30), (WSD, 30, 30), (WSD, 0.1, 10)])
def test_a_cooldown_may_be_given_a_length(text, length, updates):
    driver = bound(text, 100, 40)
    driver.cooldown(length)
    assert driver.horizon == 40 + updates
    values = course(driver, updates + 1)
    assert (values[0], values[-1]) == (1, 0)
    assert values == sorted(values, reverse=True)


def test_a_cooldown_from_the_middle_of_a_fall_starts_at_the_present_rate():
    driver = bound("cosine()", 100, 50)
    driver.cooldown(10)
    assert course(driver, 11) == pytest.approx([0.5 - 0.05 * step for step in range(11)])


def test_a_cooldown_that_was_started_is_stretched_not_undone():
    driver = bound(WSD, 100, 40)
    driver.cooldown(10)
    driver.extend(by=10)
    assert driver.horizon == 60
    fall = parse("decay(10, '1-sqrt')").over(10)
    assert course(driver, 21)[::2] == [fall(step) for step in range(11)]


def test_a_cooldown_that_is_on_is_not_started_again():
    driver = bound(WSD, 100, 90)
    with pytest.raises(BadInput, match=r"on since update 80 and ends at 100\. To end elsewhere give a length"):
        driver.cooldown()
    driver.cooldown(5)
    assert driver.horizon == 95


CHANGES = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["extend", "cooldown", "save"]), st.integers(1, 30)), max_size=6
)


def changed(driver, kind, number):
    if kind == "extend":
        driver.extend(by=number)
    elif kind == "cooldown":
        driver.cooldown(number)


@given(st.sampled_from(["cosine()", WSD, "warmup(0.3) >> linear()", "constant()"]), CHANGES, st.booleans())
def test_what_was_changed_on_the_way_is_resumed_bit_for_bit(text, changes, in_json):
    driver = again = None
    driver = bound(text, 60)
    again = bound(text, 60)
    for steps, kind, number in changes:
        if driver.steps + steps >= driver.horizon:
            break
        go(driver, steps)
        go(again, steps)
        changed(driver, kind, number)
        changed(again, kind, number)
        state = driver.state_dict()
        again = bound(text, 60)
        again.load_state_dict(json.loads(json.dumps(state)) if in_json else copy.deepcopy(state))
        assert again.state_dict() == state
        assert again.horizon == driver.horizon
    left = max(driver.horizon - driver.steps, 1)
    assert course(driver, left) == course(again, left)


def test_the_script_may_name_the_extended_horizon_too():
    driver = bound("cosine()", 100, 50)
    driver.extend(by=50)
    again = bound("cosine()", 150)
    again.load_state_dict(driver.state_dict())
    assert course(again, 100) == course(driver, 100)


def test_a_replanned_training_resumes_in_either_order_with_its_optimizer():
    model, optimizer = training(rates=(0.1, 0.01))
    driver = parse("cosine()").bind(optimizer, horizon=30)
    for step in range(10):
        update(model, optimizer, step)
        driver.step()
    driver.extend(by=10)
    saved = copy.deepcopy((optimizer.state_dict(), driver.state_dict()))
    go(driver, 7)
    for bind_first in (False, True):
        its = training(rates=(0.1, 0.01))[1]
        if not bind_first:
            its.load_state_dict(saved[0])
        resumed = parse("cosine()").bind(its, horizon=30)
        if bind_first:
            its.load_state_dict(saved[0])
        resumed.load_state_dict(saved[1])
        go(resumed, 7)
        assert rates(its) == rates(optimizer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda driver: driver.extend(by=0), "by must be a whole number of updates from 1, given 0"),
        (lambda driver: driver.extend(by=10.0), r"given 10\.0.*driver\.cooldown\(\)"),
        (lambda driver: driver.extend(by="10"), "given '10'"),
        (lambda driver: driver.cooldown(), r"cosine\(\) does not end with a decay\(\).*driver\.cooldown\(500\)"),
        (lambda driver: driver.cooldown(0), "length must be a whole number of updates from 1"),
        (lambda driver: driver.cooldown(-5), "length must be a whole number of updates from 1"),
        (lambda driver: driver.cooldown(500.0), "Write 500 for updates"),
    ],
)
def test_changes_that_say_nothing_clear_are_refused(change, said):
    driver = bound("cosine()", 100, 50)
    before = driver.state_dict()
    with pytest.raises(BadInput, match=said):
        change(driver)
    assert driver.state_dict() == before


def test_what_has_ended_is_neither_extended_nor_cooled():
    driver = bound("cosine()", 100, 100)
    with pytest.raises(BadInput, match="ended at update 100, at 0 of the peak rate: nothing is left to re-plan"):
        driver.extend(by=10)
    with pytest.raises(BadInput, match="the rate is 0 at update 100 already"):
        driver.cooldown(10)
    state = driver.state_dict()
    for decision in ("recompute", "replan"):
        with pytest.raises(BadInput, match="100 updates are done, so a horizon of 80 is over already"):
            bound("cosine()", 80).load_state_dict(state, resume=decision)
