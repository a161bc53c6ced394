from __future__ import annotations

from typing import Any

from surefoot.errors import BadInput, MissingExtra, StoreError
from surefoot.records import Stage, Trial
from surefoot.search import Settings
from surefoot.store import Study


def to_optuna(study: Study, storage: str) -> None:
    """Write a study as one of Optuna's, for its dashboard and its plots.

    A trial has one value there: the score of its longest stage. It counts as complete where that is as long as the
    longest of the study, so that only what can be compared competes for the best; shorter ones count as pruned.

    Args:
        study: Which.
        storage: Where to, as Optuna names it: ``sqlite:///FILE``.

    Raises:
        MissingExtra: Optuna is not installed.
        BadInput: There is a study of that name already.
        StoreError: The place cannot be written.
    """
    try:
        import optuna
    except ModuleNotFoundError as missing:
        raise MissingExtra("export to Optuna", "optuna", "optuna") from missing
    settings, stages = study.settings(), study.records().stages
    direction = "minimize" if settings.goal == "min" else "maximize"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        theirs = optuna.create_study(storage=storage, study_name=study.name, direction=direction)
        theirs.set_user_attr("task", study.task())
        longest = max((stage.segment.stop for stage in stages if stage.state == "ok"), default=0)
        trials = dict.fromkeys(stage.segment.trial for stage in stages)
        theirs.add_trials([_trial(optuna, trial, stages, longest, settings) for trial in trials])
    except optuna.exceptions.DuplicatedStudyError as error:
        raise BadInput(f"{storage} has a study {study.name!r} already: choose another file") from error
    except optuna.exceptions.StorageInternalError as error:
        raise StoreError(f"cannot write {storage}: {error.__cause__ or error}") from error


def _trial(optuna: Any, trial: Trial, stages: tuple[Stage, ...], longest: int, settings: Settings) -> Any:
    mine = [stage for stage in stages if stage.segment.trial == trial]
    scores = {stage.segment.stop: stage.score for stage in mine if stage.state == "ok"}
    reached = max(scores, default=0)
    states = optuna.trial.TrialState
    state = states.FAIL if not scores or mine[-1].state == "failed" else states.PRUNED
    state = states.COMPLETE if state == states.PRUNED and reached == longest else state
    return optuna.trial.create_trial(
        state=state,
        value=scores[reached] if state == states.COMPLETE else None,
        params={"lr": trial.lr},
        distributions={
            "lr": optuna.distributions.FloatDistribution(
                min(settings.floor, trial.lr), max(settings.ceiling, trial.lr), log=True
            )
        },
        user_attrs={"seed": trial.seed, "reason": mine[-1].reason},
        intermediate_values=scores,
    )
