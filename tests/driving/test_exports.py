"""What is exported to another framework has our values there, in its own trainings and after its own saving."""

import io
import pickle

import numpy as np
import pytest
import torch

from surefoot.driving import to_keras, to_lightning, to_optax, to_timm, to_torch, to_transformers
from surefoot.errors import BadInput, BadSchedule
from surefoot.schedules import parse

from . import _frameworks as theirs

HORIZON = 60
SCHEDULES = [
    "warmup(0.1) >> cosine()",
    "warmup(3) >> hold() >> decay(0.2, '1-sqrt', to=0.1)",
    "linear() * step(0.3)",
    "minimum(exponential(), polynomial(power=2)).clamp(0.05)",
    "cosine().repeat(3)",
]
of_each = pytest.mark.parametrize("text", SCHEDULES)


def ours(text, steps=HORIZON + 5):
    """One update at a time, as schedulers step: of arrays, some processors compute the last place otherwise."""
    course = parse(text).over(HORIZON)
    return np.array([course(step) for step in range(steps)])


@of_each
def test_torch_walks_through_our_values_in_every_group_and_beyond_the_horizon(text):
    optimizer = theirs.optimizer(0.5, 0.02)
    scheduler = to_torch(text, optimizer, horizon=HORIZON)
    for multiplier in ours(text).tolist():
        assert theirs.rates(optimizer) == [0.5 * multiplier, 0.02 * multiplier]
        optimizer.step()
        scheduler.step()


def test_a_saved_state_of_torch_is_data_and_goes_on_where_it_was():
    text, optimizer = SCHEDULES[0], theirs.optimizer()
    scheduler = to_torch(text, optimizer, horizon=HORIZON)
    theirs.walk(scheduler, 20)
    file = io.BytesIO()
    torch.save([optimizer.state_dict(), scheduler.state_dict()], file)
    file.seek(0)
    states = torch.load(file, weights_only=True)
    fresh = theirs.optimizer()
    resumed = to_torch(text, fresh, horizon=HORIZON)
    fresh.load_state_dict(states[0])
    resumed.load_state_dict(states[1])
    assert theirs.walk(resumed, 20) == theirs.walk(scheduler, 20) == (0.5 * ours(text)[20:40]).tolist()


def test_lightning_is_told_to_step_once_an_update():
    optimizer = theirs.optimizer()
    told = to_lightning("linear()", optimizer, horizon=HORIZON)
    assert told["optimizer"] is optimizer
    assert told["lr_scheduler"]["interval"] == "step"
    assert theirs.walk(told["lr_scheduler"]["scheduler"], HORIZON) == (0.5 * ours("linear()")[:HORIZON]).tolist()


@pytest.mark.parametrize("export", [to_torch, to_lightning, to_transformers])
def test_a_schedule_that_does_not_fit_is_refused_before_the_optimizer_is_touched(export):
    optimizer = theirs.optimizer()
    with pytest.raises(BadSchedule, match="unknown shape 'cosin'"):
        export("cosin()", optimizer, horizon=HORIZON)
    with pytest.raises(BadSchedule, match="takes 100 updates but has only 60"):
        export("linear(100)", optimizer, horizon=HORIZON)
    assert "initial_lr" not in optimizer.param_groups[0]
    with pytest.raises(BadInput, match="cannot drive 'str'"):
        export("linear()", "adam", horizon=HORIZON)


@pytest.mark.parametrize("export", [to_optax, to_keras])
@pytest.mark.parametrize("peak_lr", [0, -1.0, float("nan"), "1e-3"])
@pytest.mark.full
def test_a_peak_that_is_none_is_refused(export, peak_lr):
    theirs.keras()
    with pytest.raises(BadInput, match="peak_lr must be a finite number above 0"):
        export("linear()", peak_lr=peak_lr, horizon=HORIZON)


@pytest.mark.full
@of_each
def test_optax_trains_with_our_values_compiled_or_not(text):
    import jax
    import optax

    schedule = to_optax(text, peak_lr=0.5, horizon=HORIZON)
    expected = 0.5 * ours(text)
    assert [float(schedule(step)) for step in range(len(expected))] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.asarray(jax.jit(jax.vmap(schedule))(np.arange(len(expected)))) == pytest.approx(expected, rel=1e-6)

    descent = optax.sgd(schedule)
    gradient = jax.numpy.ones(())
    state = descent.init(gradient)
    for multiplier in expected[:10]:
        update, state = descent.update(gradient, state)
        assert float(update) == pytest.approx(-multiplier, rel=1e-6)


@pytest.mark.full
@of_each
def test_keras_has_our_values_also_after_saving_and_loading(text):
    keras = theirs.keras()
    schedule = to_keras(text, peak_lr=0.5, horizon=HORIZON)
    expected = 0.5 * ours(text)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    for one in (schedule, again):
        assert [float(one(step)) for step in range(len(expected))] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # theirs, of each other
def test_a_keras_training_uses_it_and_its_saved_model_goes_on(tmp_path):
    keras = theirs.keras()
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(to_keras("linear()", peak_lr=0.5, horizon=HORIZON)), loss="mse")
    inputs, targets = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
    model.fit(inputs, targets, batch_size=2, epochs=3, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.5 * (1 - 12 / HORIZON))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    loaded.fit(inputs, targets, batch_size=2, epochs=1, verbose=0)
    assert float(loaded.optimizer.learning_rate) == pytest.approx(0.5 * (1 - 16 / HORIZON))


@pytest.mark.full
@of_each
def test_timm_has_our_values_update_by_update_whatever_the_epochs(text):
    optimizer = theirs.optimizer(0.5, 0.02)
    scheduler = to_timm(text, optimizer, horizon=HORIZON)
    for update, multiplier in enumerate(ours(text).tolist()):
        assert theirs.rates(optimizer) == [0.5 * multiplier, 0.02 * multiplier]
        scheduler.step_update(update + 1)
        if update % 10 == 9:
            scheduler.step(update // 10 + 1)
    resumed = to_timm(text, theirs.optimizer(0.5, 0.02), horizon=HORIZON)
    resumed.load_state_dict(pickle.loads(pickle.dumps(scheduler.state_dict())))
    resumed.step_update(7)
    assert theirs.rates(resumed.optimizer)[0] == 0.5 * ours(text)[7]


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # theirs, of each other
def test_the_trainer_of_transformers_trains_with_our_values(tmp_path):
    from transformers import Trainer, TrainerCallback, TrainingArguments

    seen = []

    class Look(TrainerCallback):
        def on_step_begin(self, args, state, control, optimizer=None, **others):
            seen.append(optimizer.param_groups[0]["lr"])

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(2, 1)

        def forward(self, inputs, labels):
            return {"loss": (self.line(inputs)[:, 0] - labels).square().mean()}

    model = Model()
    optimizers = to_transformers(SCHEDULES[0], torch.optim.SGD(model.parameters(), lr=0.5), horizon=20)
    arguments = TrainingArguments(tmp_path, max_steps=20, per_device_train_batch_size=4, report_to=[],
                                  save_strategy="no", use_cpu=True, disable_tqdm=True)  # fmt: skip
    data = [{"inputs": torch.ones(2), "labels": torch.tensor(1.0)} for _ in range(16)]
    Trainer(model, arguments, train_dataset=data, optimizers=optimizers, callbacks=[Look()]).train()
    assert seen == (0.5 * parse(SCHEDULES[0]).over(20)(range(20))).tolist()


@pytest.mark.full
@pytest.mark.filterwarnings("ignore")  # theirs, of each other
def test_lightning_trains_with_our_values(tmp_path):
    import pytorch_lightning

    seen = []

    class Model(pytorch_lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.line = torch.nn.Linear(2, 1)

        def training_step(self, batch, index):
            seen.append(self.optimizers().param_groups[0]["lr"])
            return self.line(batch).square().mean()

        def configure_optimizers(self):
            horizon = int(self.trainer.estimated_stepping_batches)
            return to_lightning(SCHEDULES[0], torch.optim.SGD(self.parameters(), lr=0.5), horizon=horizon)

    trainer = pytorch_lightning.Trainer(max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
                                        enable_progress_bar=False, enable_model_summary=False,
                                        default_root_dir=tmp_path)  # fmt: skip
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.ones(40, 2), batch_size=4))
    assert seen == (0.5 * parse(SCHEDULES[0]).over(20)(range(20))).tolist()
