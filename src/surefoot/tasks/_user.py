from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from surefoot.errors import SurefootError, UserCodeError


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or the one that caused it, says that memory ran out.

    Returns:
        True also for Python's own ``MemoryError``.
    """
    cause = error.__cause__ or error
    return isinstance(cause, MemoryError) or "out of memory" in str(cause).lower()


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
    except (Exception, SystemExit) as error:  # a script that ends the program would end ours, answer and all
        if is_out_of_memory(error):
            raise UserCodeError(
                f"{what} ran out of memory ({type(error).__name__}). That is not the learning rate's fault, so no rate"
                " was marked as failed: use a smaller batch_size (with accumulate= for the rest) or a smaller model"
            ) from error
        raise UserCodeError(f"{what} raised {type(error).__name__}: {error}") from error
