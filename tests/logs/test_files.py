"""Log files of other programs: CSV, JSON lines, trainer_state.json, TensorBoard events; whole, and while they grow."""

import base64
import json
import math

import pytest

from surefoot.errors import BadInput
from surefoot.logs import Tail, TensorBoardReader, matching, near, read, reader_for, series, training_loss

# Written by torch.utils.tensorboard (TensorBoard 2.21): train/loss 1, 1/2, 1/3 and val/acc 0, 1/3, 2/3 at 0, 10, 20.
EVENTS = base64.b64decode(
    "SAAAAAAAAAD+kkidCe6yyX9kwdpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVyLmV2ZW50X2ZpbGVfd3Jp"
    "dGVyy91cVR4AAAAAAAAA2dwSMgkYvcl/ZMHaQSoTChEKCnRyYWluL2xvc3MVAACAP1qRGRwbAAAAAAAAABoNnhMJo73Jf2TB2kEqEAoOCgd2"
    "YWwvYWNjFQAAAABcC94hIAAAAAAAAAAp7alQCeO9yX9kwdpBEAoqEwoRCgp0cmFpbi9sb3NzFQAAAD+tS/IDHQAAAAAAAABgL98jCR6+yX9k"
    "wdpBEAoqEAoOCgd2YWwvYWNjFauqqj4PcQz7IAAAAAAAAAAp7alQCVC+yX9kwdpBEBQqEwoRCgp0cmFpbi9sb3NzFauqqj5BArnOHQAAAAAA"
    "AABgL98jCX2+yX9kwdpBEBQqEAoOCgd2YWwvYWNjFauqKj+cdBRFOwAAAAAAAAAaI6xcCSy/yX9kwdpBKjAKLgoRbm90ZS90ZXh0X3N1bW1h"
    "cnlCDwgHEgQSAggBQgVoZWxsb0oICgYKBHRleHQ0l7od"
)


def test_a_csv_file_gives_its_numbers_and_passes_over_what_is_none(tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,  train/loss ,lr,note\n1,0.5,0.01,good\n2,,0.02,\n3,nan,0.03,x\n\n")
    first, second, third = read(tmp_path / "metrics.csv")
    assert dict(first.values) == {"epoch": 1, "train/loss": 0.5, "lr": 0.01}
    assert dict(second.values) == {"epoch": 2, "lr": 0.02}
    assert math.isnan(third.values["train/loss"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_may_be_separated_by_commas_semicolons_or_tabs(tmp_path, delimiter):
    (tmp_path / "log.csv").write_text(delimiter.join(["step", "a b", "c"]) + "\n" + delimiter.join(["1", "2", "3"]))
    (found,) = read(tmp_path / "log.csv")
    assert (found.step, dict(found.values)) == (1, {"step": 1, "a b": 2, "c": 3})


def test_bytes_of_something_else_under_the_name_of_a_table_give_nothing(tmp_path):
    path = tmp_path / "run.csv"
    path.write_bytes(bytes(range(256)) * 50 + b"\n" + b"x" * 200_000 + b"\r1\n")
    assert read(path) == []


def test_a_trainer_state_gives_its_history(tmp_path):
    history = [
        {"loss": 2.0, "learning_rate": 1e-3, "step": 5},
        {"eval_loss": 1.5, "step": 5},
        {"loss": 1.0, "step": 10},
    ]
    (tmp_path / "trainer_state.json").write_text(json.dumps({"global_step": 10, "log_history": history}, indent=2))
    found = series(read(tmp_path / "trainer_state.json"))
    assert found["loss"].steps == (5, 10)
    assert found["loss"].values == (2.0, 1.0)
    assert found["eval_loss"].unit == "step"


def test_a_document_of_results_is_one_row_and_lines_under_a_json_name_are_lines(tmp_path):
    (tmp_path / "eval_results.json").write_text('{\n "eval_loss": 0.5,\n "eval_runtime": 3\n}')
    (tmp_path / "log.json").write_text('{"loss": 1}\n{"loss": 2}\n')
    assert [dict(one.values) for one in read(tmp_path / "eval_results.json")] == [{"eval_loss": 0.5, "eval_runtime": 3}]
    assert [one.values["loss"] for one in read(tmp_path / "log.json")] == [1, 2]


def test_a_tensorboard_file_gives_its_scalars_at_their_steps():
    reader = TensorBoardReader()
    found = series(reader.feed(EVENTS))
    assert found["train/loss"].steps == (0, 10, 20)
    assert found["train/loss"].values == pytest.approx((1, 1 / 2, 1 / 3))
    assert found["val/acc"].values == pytest.approx((0, 1 / 3, 2 / 3))
    assert set(found) == {"train/loss", "val/acc"}


def test_a_tensorboard_file_in_pieces_gives_the_same_rows():
    whole, pieces = TensorBoardReader(), TensorBoardReader()
    assert [one for at in range(0, len(EVENTS), 7) for one in pieces.feed(EVENTS[at : at + 7])] == whole.feed(EVENTS)


@pytest.mark.parametrize("data", [b"\xff" * 500, b"\x05" + b"\0" * 11 + b"\xff" * 9, EVENTS[:-9], b""])
def test_a_broken_tensorboard_file_gives_what_is_whole(data):
    reader = TensorBoardReader()
    assert len([*reader.feed(data), *reader.close()]) <= 6


@pytest.mark.full
def test_scalars_of_a_new_tensorboard_agree_with_its_own_reader(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    writer = pytest.importorskip("torch.utils.tensorboard").SummaryWriter(str(tmp_path))
    for step in range(300):
        writer.add_scalar("train/loss", math.sin(step), step * 1000)
        writer.add_scalar("new", step, step, new_style=True)
    writer.close()
    (file,) = tmp_path.iterdir()
    theirs = accumulator.EventAccumulator(str(file), {"scalars": 0, "tensors": 0}).Reload()
    ours = series(read(file))
    wanted = theirs.Scalars("train/loss")
    assert ours["train/loss"].steps == tuple(event.step for event in wanted)
    assert ours["train/loss"].values == tuple(event.value for event in wanted)
    assert ours["new"].values == tuple(float(step) for step in range(300))


def test_the_reader_goes_by_the_name_of_the_file():
    kinds = {
        "results.csv": "CsvReader",
        "log.jsonl": "TextReader",
        "train.log": "TextReader",
        "trainer_state.json": "JsonReader",
        "events.out.tfevents.1700000000.host.1.0": "TensorBoardReader",
    }
    assert {name: type(reader_for(name)).__name__ for name in kinds} == kinds


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(BadInput, match=r"cannot read .*none\.csv: No such file"):
        read(tmp_path / "none.csv")


# Growing files


def test_a_growing_file_gives_each_row_once(tmp_path):
    file = tmp_path / "log.csv"
    tail = Tail(file)
    assert tail.poll() == []
    file.write_text("step,loss\n1,0.")
    assert tail.poll() == []
    with file.open("a") as more:
        more.write("5\n2,0.25\n3,0.1")
    assert [one.values["loss"] for one in tail.poll()] == [0.5, 0.25]
    assert tail.poll() == []
    assert [one.values["loss"] for one in tail.poll(last=True)] == [0.1]


def test_a_file_written_anew_with_more_columns_gives_only_its_new_rows(tmp_path):
    file = tmp_path / "metrics.csv"
    tail = Tail(file)
    file.write_text("step,loss\n1,0.5\n2,0.4\n")
    assert len(tail.poll()) == 2
    file.write_text("step,loss,val_loss\n1,0.5,\n2,0.4,\n3,0.3,0.35\n")
    (found,) = tail.poll()
    assert dict(found.values) == {"step": 3, "loss": 0.3, "val_loss": 0.35}


def test_a_document_that_is_written_again_and_again_gives_only_its_new_rows(tmp_path):
    file = tmp_path / "trainer_state.json"
    tail = Tail(file)
    seen = []
    for count in (1, 2, 5):
        file.write_text(json.dumps({"log_history": [{"loss": index, "step": index} for index in range(count)]}))
        seen += [one.step for one in tail.poll()]
        assert tail.poll() == []
    assert [*seen, *(one.step for one in tail.poll(last=True))] == [0, 1, 2, 3, 4]


def test_a_document_that_is_half_written_waits(tmp_path):
    file = tmp_path / "trainer_state.json"
    tail = Tail(file)
    file.write_text('{"log_history": [\n{"loss":')
    assert tail.poll() == []


# Names and series


def test_series_say_what_they_run_over(tmp_path):
    (tmp_path / "log").write_text("step=1 loss=3\nstep=2 loss=2\nepoch=1 val_loss=5\nacc=1\nacc=2\nx=1\rx=2\n")
    found = series(read(tmp_path / "log"))
    assert {name: found[name].unit for name in ("loss", "val_loss", "acc")} == {
        "loss": "step", "val_loss": "epoch", "acc": "row",
    }  # fmt: skip
    assert found["acc"].steps == (0, 1)
    assert found["x"].values == (2,)


@pytest.mark.parametrize(
    ("wanted", "names", "found"),
    [
        ("loss", ["loss", "val_loss"], ["loss"]),
        ("val_loss", ["Val Loss", "loss"], ["Val Loss"]),
        ("metrics/mAP50-95", ["metrics/mAP50(B)", "metrics/mAP50-95(B)"], ["metrics/mAP50-95(B)"]),
        ("metrics/mAP50", ["metrics/mAP50(B)", "metrics/mAP50-95(B)"], ["metrics/mAP50(B)", "metrics/mAP50-95(B)"]),
        ("val_loss", ["INFO val_loss", "loss"], ["INFO val_loss"]),
        ("P@1", ["P@1", "P@5"], ["P@1"]),
        ("acc", ["loss"], []),
        ("", ["loss"], []),
    ],
)
def test_a_wanted_name_finds_the_logged_one(wanted, names, found):
    assert matching(wanted, names) == found


def test_a_wrong_name_gets_near_ones_suggested():
    assert near("val_los", ["val_loss", "train_loss", "lr"])[0] == "val_loss"
    assert near("validation accuracy", ["val_acc", "accuracy", "step"]) == ["accuracy", "val_acc"]


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({"loss": 10, "val_loss": 1}, "loss"),
        ({"train/loss": 10, "loss": 3, "val/loss": 3}, "train/loss"),
        ({"loss": 10, "train_loss": 1}, "loss"),
        ({"train/box_loss": 10, "val/box_loss": 10}, "train/box_loss"),
        ({"eval_loss": 4, "accuracy": 3}, None),
        ({"Training Loss": 1, "Validation Loss": 1}, "Training Loss"),
        ({"avg.loss": 5}, "avg.loss"),
        ({"glossary": 1}, None),
    ],
)
def test_the_training_loss_is_known_by_its_name(counts, found):
    assert training_loss(counts) == found
