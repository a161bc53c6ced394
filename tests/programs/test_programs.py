"""Programs that were not written for this project, untouched: compiled, table, dict, CSV; by steps and by epochs."""

import math
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_digits

import surefoot as sf

from .texts import paragraphs, write_jsonl

pytestmark = pytest.mark.full
HERE = Path(__file__).parent
PYTHON = sys.executable


@pytest.fixture(autouse=True)
def offline_and_on_one_thread(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("HF_HUB_OFFLINE", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("PYTHONWARNINGS", raising=False)


def digits_lines(line):
    """The digits as text, a line each: 1,400 to train on, the others to look at."""
    pixels, labels = load_digits(return_X_y=True)
    lines = [line(image, label) for image, label in zip(pixels, labels, strict=True)]
    Path("train.txt").write_text("".join(lines[:1400]))
    Path("valid.txt").write_text("".join(lines[1400:]))


def answered(command, budget=0.5, lr=None, **asked):
    """Find the rate, then train with the command that the answer gives: it must beat the untrained score."""
    task = sf.CommandTask(command, **asked)
    found = sf.find(task, budget=budget, lr=lr, store="store", study="one")
    assert found.lr is not None, found.verdict.sentence
    facts = task.preflight(0, 1)
    assert math.isfinite(facts.untrained)
    Path("out").mkdir()
    subprocess.run([part.replace("DIR", "out") for part in shlex.split(found.command)], check=True, capture_output=True)
    best = (min if task.goal == "min" else max)(stage.score for stage in found.records.stages if stage.ok)
    assert best < facts.untrained if task.goal == "min" else best > facts.untrained
    return found


def test_vowpal_wabbit_a_compiled_program_that_prints_a_table():
    pytest.importorskip("vowpalwabbit")
    digits_lines(
        lambda image, label: f"{label + 1} | " + " ".join(f"{i}:{v / 16}" for i, v in enumerate(image) if v) + "\n"
    )
    command = [PYTHON, "-m", "vowpalwabbit", "-d", "train.txt", "--oaa", "10", "-l", "{lr}", "--passes", "{epochs}"]
    command += ["--cache_file", "{dir}/cache", "-k", "--random_seed", "{seed}"]
    answered(command, horizon="20 epochs", score="average loss", lr=0.5)


def test_fasttext_a_compiled_program_with_a_progress_bar():
    if shutil.which("fasttext") is None:
        pytest.skip("fasttext is not installed")
    digits_lines(
        lambda image, label: f"__label__{label} " + " ".join(f"p{i}v{int(v / 4)}" for i, v in enumerate(image)) + "\n"
    )
    command = ["fasttext", "supervised", "-input", "train.txt", "-output", "{dir}/model", "-lr", "{lr}"]
    found = answered(
        [*command, "-epoch", "{epochs}", "-thread", "1", "-seed", "{seed}"],
        horizon="40 epochs",
        score="avg.loss",
        lr=0.1,
    )
    assert found.yours.kind == "too_low"


def test_spacy_with_settings_over_a_file_and_scores_in_a_table():
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import DocBin

    nlp, texts = spacy.blank("en"), paragraphs()
    for name, part in (("train", texts[:300]), ("dev", texts[300:420])):
        docs = DocBin()
        for text, _ in part:
            doc, code = nlp.make_doc(text), ">>>" in text or "(" in text
            doc.cats = {"code": float(code), "prose": float(not code)}
            docs.add(doc)
        docs.to_disk(f"{name}.spacy")
    subprocess.run(
        [PYTHON, "-m", "spacy", "init", "config", "c.cfg", "--pipeline", "textcat"], check=True, capture_output=True
    )
    command = [PYTHON, "-m", "spacy", "train", "c.cfg", "--paths.train", "train.spacy", "--paths.dev", "dev.spacy"]
    command += [
        "--training.optimizer.learn_rate",
        "{lr}",
        "--training.max_steps",
        "{steps}",
        "--training.patience",
        "0",
    ]
    command += ["--training.eval_frequency", "{steps}", "--system.seed", "{seed}", "--output", "{dir}"]
    answered(command, horizon=200, score="CATS_SCORE", goal="max", lr=0.001)


def test_hugging_faces_trainer_by_trl_with_dicts_of_quoted_numbers():
    transformers, tokenizers = pytest.importorskip("transformers"), pytest.importorskip("tokenizers")
    pytest.importorskip("trl")
    texts = [text for text, _ in paragraphs()]
    Path("texts").mkdir()
    write_jsonl(Path("texts/train.jsonl"), texts[:300])
    write_jsonl(Path("texts/test.jsonl"), texts[300:340])
    words = tokenizers.Tokenizer(tokenizers.models.BPE())
    words.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=400, special_tokens=["<end>"], initial_alphabet=alphabet)
    words.train_from_iterator(texts[:300], trainer)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>", pad_token="<end>")
    config = transformers.GPT2Config(
        vocab_size=len(fast), n_embd=32, n_layer=2, n_head=2, n_positions=64, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2LMHeadModel(config).save_pretrained("model")
    fast.save_pretrained("model")
    trl = str(Path(PYTHON).parent / "trl")
    command = [trl, "sft", "--model_name_or_path", "model", "--dataset_name", "texts", "--learning_rate", "{lr}"]
    command += ["--max_steps", "{steps}", "--eval_strategy", "steps", "--eval_steps", "{steps}", "--logging_steps", "1"]
    command += ["--seed", "{seed}", "--output_dir", "{dir}", "--max_length", "64", "--per_device_train_batch_size", "8"]
    command += ["--report_to", "none", "--save_strategy", "no", "--use_cpu", "--bf16", "false"]
    found = answered(command, horizon=200, score="eval_loss", lr=2e-5, budget=0.3)
    assert found.yours.kind == "too_low"


def test_a_lightning_cli_with_its_csv_file():
    pytest.importorskip("pytorch_lightning")
    pytest.importorskip("jsonargparse")
    command = [PYTHON, str(HERE / "lightning_digits.py"), "fit", "--seed_everything", "{seed}"]
    command += ["--optimizer", "Adam", "--optimizer.lr", "{lr}", "--trainer.max_epochs", "{epochs}"]
    command += [
        "--trainer.logger",
        "CSVLogger",
        "--trainer.logger.save_dir",
        "{dir}",
        "--trainer.log_every_n_steps",
        "5",
    ]
    command += ["--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false"]
    answered(command, horizon="10 epochs", score="val_loss", score_file="{dir}/**/metrics.csv", lr=1e-3)


def test_a_scikit_learn_script():
    command = [PYTHON, str(HERE / "sklearn_digits.py"), "--learning-rate", "{lr}", "--max-iter", "{epochs}"]
    answered([*command, "--random-state", "{seed}"], horizon="40 epochs", score="validation log loss", lr=1e-3)


def test_an_xgboost_script():
    pytest.importorskip("xgboost")
    command = [PYTHON, str(HERE / "xgboost_cancer.py"), "{lr}", "{steps}", "{seed}"]
    answered(command, horizon=100, score="valid-logloss", schedule_of_program="constant", lr=0.3)
