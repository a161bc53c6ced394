"""A driver in other people's trainers, where they expect a torch scheduler; their checkpoints resume exactly."""

import pytest
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

from surefoot.errors import DrivingWarning
from surefoot.schedules import parse

pytestmark = [
    pytest.mark.full,
    pytest.mark.filterwarnings("default"),  # theirs; ours are looked for
    pytest.mark.filterwarnings("error::surefoot.errors.DrivingWarning"),
]
TEXT = "warmup(0.1) >> hold() >> decay(0.3)"


def data(size=80):
    inputs = torch.randn(size, 4, generator=torch.Generator().manual_seed(0))
    return TensorDataset(inputs, inputs.sum(1, keepdim=True))


@pytest.fixture
def lightning():
    return pytest.importorskip("pytorch_lightning")


def lightning_parts(lightning, horizon, **options):
    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.layer = torch.nn.Linear(4, 1)
            self.rates = []

        def training_step(self, batch, _):
            return F.mse_loss(self.layer(batch[0]), batch[1])

        def on_before_optimizer_step(self, optimizer):
            self.rates.append(optimizer.param_groups[0]["lr"])

        def configure_optimizers(self):
            optimizer = torch.optim.AdamW(self.parameters(), lr=0.1)
            self.driver = parse(TEXT).bind(optimizer, horizon=horizon)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": self.driver, "interval": "step"} | options}

    return Module()


def lightning_fit(lightning, module, folder, resume=None, **options):
    trainer = lightning.Trainer(
        accelerator="cpu", logger=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=folder, enable_checkpointing=False, **options,
    )  # fmt: skip
    trainer.fit(module, DataLoader(data(), batch_size=8), ckpt_path=resume)
    return trainer


def test_lightning_drives_each_update_and_resumes(lightning, tmp_path):
    course = parse(TEXT).over(30)
    whole = lightning_parts(lightning, 30)
    trainer = lightning_fit(lightning, whole, tmp_path, max_epochs=3)
    assert whole.rates == [0.1 * course(step) for step in range(30)]
    assert trainer.lr_scheduler_configs[0].scheduler is whole.driver

    half = lightning_parts(lightning, 30)
    lightning_fit(lightning, half, tmp_path, max_epochs=2).save_checkpoint(tmp_path / "half.ckpt")
    rest = lightning_parts(lightning, 30)
    lightning_fit(lightning, rest, tmp_path, resume=tmp_path / "half.ckpt", max_epochs=3)
    assert half.rates + rest.rates == whole.rates
    assert torch.equal(rest.layer.weight, whole.layer.weight)


def test_lightning_with_accumulated_gradients_counts_updates(lightning, tmp_path):
    module = lightning_parts(lightning, 12)
    lightning_fit(lightning, module, tmp_path, max_epochs=4, accumulate_grad_batches=4)
    assert module.rates == [0.1 * parse(TEXT).over(12)(step) for step in range(12)]


def test_lightning_that_steps_once_an_epoch_is_told(lightning, tmp_path):
    module = lightning_parts(lightning, 60, interval="epoch")
    with pytest.warns(DrivingWarning, match=r"10 updates for each call.*'interval': 'step'"):
        lightning_fit(lightning, module, tmp_path, max_epochs=6)


def hugging_face_fit(folder, steps=None, resume=None, save=None):
    transformers = pytest.importorskip("transformers")

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x, labels):
            out = self.layer(x)
            return {"loss": F.mse_loss(out, labels), "logits": out}

    class Dataset(torch.utils.data.Dataset):
        def __len__(self):
            return 80

        def __getitem__(self, index):
            x, y = data()[index]
            return {"x": x, "labels": y}

    rates = []

    class Watch(transformers.TrainerCallback):
        def on_pre_optimizer_step(self, args, state, control, optimizer=None, **_):
            rates.append(optimizer.param_groups[0]["lr"])

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    driver = parse(TEXT).bind(optimizer, horizon=20)
    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir=str(folder), per_device_train_batch_size=8, gradient_accumulation_steps=2, num_train_epochs=4,
            report_to=[], save_strategy="steps", save_steps=10, logging_steps=5, use_cpu=True, disable_tqdm=True,
            dataloader_pin_memory=False,
        ),
        train_dataset=Dataset(),
        optimizers=(optimizer, driver),
        callbacks=[Watch()],
    )  # fmt: skip
    trainer.train(resume_from_checkpoint=resume)
    return model, rates, [row["learning_rate"] for row in trainer.state.log_history if "learning_rate" in row]


def test_hugging_face_drives_each_update_and_resumes(tmp_path):
    course = parse(TEXT).over(20)
    model, rates, logged = hugging_face_fit(tmp_path)
    assert rates == [0.1 * course(step) for step in range(20)]
    assert logged == [0.1 * course(step) for step in (4, 9, 14, 19)]  # of the update that was done
    again, rest, _ = hugging_face_fit(tmp_path, resume=str(tmp_path / "checkpoint-10"))
    assert rest == rates[10:]
    assert torch.equal(again.layer.weight, model.layer.weight)


def test_accelerate_prepares_it_and_counts_updates():
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    driver = parse(TEXT).bind(optimizer, horizon=10)
    layer, optimizer, loader, scheduler = accelerator.prepare(layer, optimizer, DataLoader(data(), 8), driver)
    rates = []
    for _ in range(2):
        for x, y in loader:
            with accelerator.accumulate(layer):
                accelerator.backward(F.mse_loss(layer(x), y))
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            rates.append(scheduler.get_last_lr()[0])
    assert driver.steps == 10
    assert rates[::2] == [0.1 * parse(TEXT).over(10)(step) for step in range(10)]


def test_an_optimizer_that_accelerate_prepared_is_driven_and_counted():
    accelerate = pytest.importorskip("accelerate")
    accelerator = accelerate.Accelerator(cpu=True)
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, 1)
    layer, optimizer = accelerator.prepare(layer, torch.optim.SGD(layer.parameters(), lr=0.1))
    driver = parse(TEXT).bind(optimizer, horizon=300)
    with pytest.warns(DrivingWarning, match="called 3 times for each update"):
        for x, y in DataLoader(data(), 8):
            accelerator.backward(F.mse_loss(layer(x), y))
            optimizer.step()
            for _ in range(3):
                driver.step()
