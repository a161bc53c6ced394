from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from surefoot.errors import SurefootError, UserCodeError


@contextmanager
def users_code(what: str) -> Generator[None]:
    """Say whose code raised: every exception inside becomes a ``UserCodeError`` with it as the cause.

    Args:
        what: The part of the task, as the user calls it, for example ``loss(model, batch)``.

    Yields:
        Nothing.

    Raises:
        SurefootError: One of ours, passed on as it is.
        UserCodeError: The user's code raised.
    """
    try:
        yield
    except SurefootError:
        raise
    except Exception as error:
        if "out of memory" in str(error).lower():
            raise UserCodeError(
                f"{what} ran out of memory ({type(error).__name__}). That is not the learning rate's fault, so no rate"
                " was marked as failed: use a smaller batch_size (with accumulate= for the rest) or a smaller model"
            ) from error
        raise UserCodeError(f"{what} raised {type(error).__name__}: {error}") from error
