"""Every error that Surefoot raises on purpose.

SurefootError
├── BadInput            what was given cannot work; nothing was spent, nothing was written
│   ├── BadTask         the user's task: a part of it is missing, of the wrong kind or does not fit
│   ├── BadSchedule     a schedule that says nothing clear; points at the place
│   └── BadStudy        a study of that name exists and differs, or none of that name exists
├── UserCodeError       the user's own code raised while it trained; carries its exception as the cause
├── StoreError          the store cannot be read or written
│   └── StudyBusy       another process is at work on this study
└── MissingExtra        an optional dependency is not installed; says the command that installs it

TrialEnded              not an error: how a hopeless trial leaves a user's loop
DrivingWarning          a warning: a schedule at work is counted wrongly, or something else writes its rates
"""

from __future__ import annotations


class SurefootError(Exception):
    """Base of all of them; its text says what was given, what was expected and what to do."""


class BadInput(SurefootError, ValueError):
    """An argument that cannot work."""


class BadTask(BadInput):
    """A task that cannot be trained as it stands."""


class BadSchedule(BadInput):
    """A schedule text or value without a clear meaning."""


class BadStudy(BadInput):
    """A study that is not there, or is there and belongs to another task."""


class UserCodeError(SurefootError):
    """The user's own code raised; the original exception is its ``__cause__``."""


class StoreError(SurefootError):
    """The store cannot be opened, read or written."""


class StudyBusy(StoreError):
    """Another process holds the study."""


class MissingExtra(SurefootError, ImportError):
    """An optional dependency is missing.

    Args:
        who: The feature that needs it, as the user calls it.
        package: The name to import.
        extra: The extra of this project that brings it.
    """

    def __init__(self, who: str, package: str, extra: str):
        super().__init__(f"{who} needs the package {package}. Install it: pip install 'surefoot[{extra}]'")


class TrialEnded(BaseException):
    """Raised out of ``trial.step(loss)`` when a trial is hopeless: let it pass.

    It derives from ``BaseException`` so that a loop's own ``except Exception`` does not swallow it.
    """


class DrivingWarning(UserWarning):
    """A schedule at work is counted wrongly, or something else writes its rates; says the factor and the fix."""
