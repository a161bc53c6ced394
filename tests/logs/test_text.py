"""What programs print is read as rows of named numbers, whatever form they print it in."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surefoot.logs import TextReader, row


def rows(text):
    reader = TextReader()
    return [*reader.feed(text.encode()), *reader.close()]


def values(text):
    return [dict(one.values) for one in rows(text)]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("loss=0.25", {"loss": 0.25}),
        ("loss = 0.25", {"loss": 0.25}),
        ("loss: 2.5e-1", {"loss": 0.25}),
        ("loss 0.25", {"loss": 0.25}),
        ("test_acc=nan loss=inf low=-inf", {"test_acc": math.nan, "loss": math.inf, "low": -math.inf}),
        ('{"loss": 0.5, "eval": {"acc": 0.25}, "step": 10, "ok": true}', {"loss": 0.5, "eval/acc": 0.25, "step": 10}),
        ("{'loss': '0.5', 'lr': '4e-05', 'epoch': '0.01'}", {"loss": 0.5, "lr": 4e-5, "epoch": 0.01}),
        ("{'loss': nan, 'epoch': 1.0}", {"loss": math.nan, "epoch": 1}),
        ('INFO:root:[metric] {"val_loss": 0.5}', {"val_loss": 0.5}),
        ("2026-01-01 12:00:00,123 - INFO - step 1,200 - val_loss: 1.5e-3", {"step": 1200, "val_loss": 0.0015}),
        ("\x1b[32mval_loss\x1b[0m: \x1b[1m0.5\x1b[0m", {"val_loss": 0.5}),
        # nanoGPT
        ("step 0: train loss 4.2874, val loss 4.2823", {"step": 0, "train loss": 4.2874, "val loss": 4.2823}),
        # a PyTorch tutorial
        ("Epoch [3/10], Step [200/600], Loss: 0.4300", {"Epoch": 3, "Step": 200, "Loss": 0.43}),
        # Keras
        ("10/10 [====] - 1s 5ms/step - loss: 0.4 - val_loss: 0.5", {"loss": 0.4, "val_loss": 0.5}),
        # tqdm under Lightning
        ("Epoch 1:  50%|███ | 5/10 [00:01<00:01, 4.9it/s, loss=0.4, acc=0.5]", {"Epoch": 1, "loss": 0.4, "acc": 0.5}),
        # XGBoost
        ("[0]\tvalidation-logloss:0.34\ttrain-logloss:0.4", {"validation-logloss": 0.34, "train-logloss": 0.4}),
        # fastText, libsvm, Vowpal Wabbit, scikit-learn
        ("P@1\t0.912", {"P@1": 0.912}),
        ("Cross Validation Accuracy = 95.5%", {"Cross Validation Accuracy": 95.5}),
        ("average loss = 0.123456", {"average loss": 0.123456}),
        ("Iteration 1, loss = 2.30", {"Iteration": 1, "loss": 2.3}),
    ],
)  # fmt: skip
def test_a_line_gives_its_named_numbers(line, wanted):
    (found,) = values(line)
    assert found == pytest.approx(wanted, nan_ok=True)


def test_a_line_of_timm_gives_the_values_and_not_the_averages_in_brackets():
    (found,) = values("Train: 0 [   0/1251 (  0%)]  Loss: 6.95 (6.90)  Time: 0.5s,  121.9/s  LR: 1.000e-06")
    assert (found["Loss"], found["LR"]) == (6.95, 1e-6)


@pytest.mark.parametrize("line", ["", "   ", "saved the model", "12:00:00", "=" * 80, "Python 3.11.4", "[1, 2, 3]"])
def test_a_line_without_named_numbers_gives_no_row(line):
    assert rows(line) == []


def test_a_table_is_read_by_the_names_above_it():
    text = """
      Epoch    GPU_mem   box_loss   cls_loss  Instances       Size
        1/3         0G      1.123        3.2         10        640: 100%|####| 1/1 [00:01]
                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100%|##
                   all          4         17        0.5        0.6        0.7       0.51
"""
    train, valid = rows(text)
    assert (train.epoch, train.values["box_loss"], train.values["Size"]) == (1, 1.123, 640)
    assert (valid.values["mAP50"], valid.values["R"]) == (0.7, 0.6)


def test_a_table_with_rules_and_bars_is_read_too():
    text = "| Epoch | Training Loss | Validation Loss |\n|---|---|---|\n| 1 | 0.5 | 0.6 |\n| 2 | 0.4 | nan |\n"
    first, second = values(text)
    assert first == {"Epoch": 1, "Training Loss": 0.5, "Validation Loss": 0.6}
    assert math.isnan(second["Validation Loss"])


def test_a_list_of_names_and_numbers_under_a_title_is_read_by_the_names():
    text = "┃  Validate metric  ┃  DataLoader 0  ┃\n┡━━━━╇━━━━┩\n│  val_loss  │  0.4312  │\n│  val_acc  │  0.9  │\n"
    assert {"val_loss": 0.4312} in values(text)
    assert {"val_acc": 0.9} in values(text)


def test_progress_bars_give_passing_rows_and_their_last_state_a_lasting_one():
    found = rows("10% loss=3\r50% loss=2\r100% loss=1\nval_loss=4\r\n")
    assert [(one.values.get("loss", one.values.get("val_loss")), one.passing) for one in found] == [
        (3, True), (2, True), (1, False), (4, False),
    ]  # fmt: skip


def test_binary_output_and_endless_lines_are_passed_over():
    reader = TextReader()
    assert reader.feed(bytes(range(256)) * 50) == []
    for _ in range(40):
        reader.feed(b"x" * 100_000)
    assert len(reader._left) <= 1_000_000
    (found,) = reader.feed(b"\nloss=1\n")
    assert found.values == {"loss": 1.0}


def test_a_last_line_without_an_end_counts_when_the_program_has_ended():
    reader = TextReader()
    assert reader.feed(b"loss=1") == []
    (found,) = reader.close()
    assert found.values == {"loss": 1}


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text):
    rows(text)


@given(st.data())
def test_pieces_give_the_rows_of_the_whole(data):
    text = 'loss=1\r\nloss=2\rloss=3 é\n{"a": 1, "step": 3}\n a  b\n 1  2\nlast: 4'.encode()
    reader, at, found = TextReader(), 0, []
    while at < len(text):
        size = data.draw(st.integers(1, len(text)))
        found += reader.feed(text[at : at + size])
        at += size
    assert [*found, *reader.close()] == rows(text.decode())


@given(st.floats(allow_nan=False), st.integers(0, 10**9))
def test_a_json_line_comes_back_exactly(loss, step):
    (found,) = rows(json.dumps({"loss": loss, "step": step}))
    assert found == row({"loss": loss, "step": float(step)})
    assert found.step == step
