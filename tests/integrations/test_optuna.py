"""A study is read by Optuna as one of its own."""

import pytest
from store._studies import begun, stage

from surefoot.errors import BadInput
from surefoot.integrations import to_optuna
from surefoot.store import open_store

pytestmark = pytest.mark.full
optuna = pytest.importorskip("optuna")


@pytest.fixture
def study(store):
    """Three rates on a first rung, one of which failed, and the better one on a longer rung as well."""
    opened = open_store(store)
    study = begun(opened, "digits", stages=0)
    for one in (stage(0.01, 60, 0.5), stage(0.02, 60, 0.4), stage(3.0, 60, None), stage(0.02, 600, 0.2)):
        study.commit(one, [])
    yield study
    opened.close()


def test_optuna_opens_the_study_with_every_trial_and_the_best_of_the_longest(study, tmp_path):
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    to_optuna(study, storage)
    theirs = optuna.load_study(study_name="digits", storage=storage)
    assert theirs.direction == optuna.study.StudyDirection.MINIMIZE
    assert [(trial.params["lr"], trial.state.name) for trial in theirs.trials] == [
        (0.01, "PRUNED"), (0.02, "COMPLETE"), (3.0, "FAIL"),
    ]  # fmt: skip
    assert theirs.best_params == {"lr": 0.02}
    assert theirs.best_value == 0.2
    assert theirs.trials[1].intermediate_values == {60: 0.4, 600: 0.2}
    assert theirs.trials[2].user_attrs["reason"] == "the loss was nan at update 3"


def test_a_study_that_is_there_already_is_not_written_over(study, tmp_path):
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    to_optuna(study, storage)
    with pytest.raises(BadInput, match="has a study 'digits' already: choose another file"):
        to_optuna(study, storage)
