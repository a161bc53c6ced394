from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from surefoot.errors import BadTask, SurefootError, UserCodeError
from surefoot.records import Task, is_task

_ORIGIN = "_surefoot_target"  # where a task keeps the TARGET that it was loaded from


def load_task(target: str) -> Task:
    """The task that a TARGET names.

    Args:
        target: ``file.py:name`` or ``package.module:name``; a task, or a callable that makes one.

    Returns:
        The task.

    Raises:
        BadTask: There is no such file or name, or it is no task.
        UserCodeError: The file or the callable raised.
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise BadTask(f"TARGET {target!r}: expected file.py:name or package.module:name, for example train.py:task")
    found = _found(target, place, name)
    task = found if is_task(found) else _made(found, target)
    with contextlib.suppress(AttributeError, TypeError):  # one with slots: it reaches its workers by value
        setattr(task, _ORIGIN, f"{Path(place).absolute()}:{name}" if place.endswith(".py") else target)
    return task


def target_of(task: object) -> str | None:
    """The TARGET that a task was loaded from, so that another process can load it too.

    Args:
        task: Any.

    Returns:
        Its TARGET; ``None`` for a task that was made in Python.
    """
    return getattr(task, _ORIGIN, None)


def _found(target: str, place: str, name: str) -> Any:
    module = _load_file(Path(place)) if place.endswith(".py") else _load_module(place)
    if not hasattr(module, name):
        raise BadTask(_no_such_name(module, place, name))
    found: Any = getattr(module, name)
    if is_task(found) or callable(found):
        return found
    raise BadTask(
        f"{target} is a {type(found).__name__}: expected a task (surefoot.TorchTask, surefoot.FunctionTask) or a"
        " function without arguments that makes one"
    )


def _made(make: Callable[[], Any], target: str) -> Any:
    try:
        inspect.signature(make).bind()
    except TypeError as error:
        raise BadTask(
            f"{target} needs arguments ({error}): expected a task, or a function without arguments that makes one. For"
            " a training loop make its task beside it: task = surefoot.FunctionTask(train, horizon=...)"
        ) from error
    except ValueError:
        pass  # a builtin that does not say what it takes
    try:
        made = make()
    except SurefootError:
        raise
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"{target}() raised {type(error).__name__}: {error}") from error
    if not is_task(made):
        raise BadTask(
            f"{target}() returned {type(made).__name__}: expected a surefoot.TorchTask or surefoot.FunctionTask"
        )
    return made


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        here = sorted(str(file) for file in path.parent.glob("*.py")) if path.parent.is_dir() else []
        near = difflib.get_close_matches(str(path), here, n=3) or here[:5]
        hint = f"; there is {', '.join(near)}" if near else ""
        raise BadTask(f"no file {path} (looked in {path.absolute().parent}){hint}")
    sys.path.insert(0, str(path.absolute().parent))  # what stands beside it can be imported, as with `python file.py`
    spec = importlib.util.spec_from_file_location(path.stem, path.absolute())
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except SurefootError:
        raise
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"{path} raised {type(error).__name__} while it was read: {error}") from error
    return module


def _load_module(name: str) -> ModuleType:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise UserCodeError(f"importing {name} raised {type(error).__name__}: {error}") from error
        where = [str(Path.cwd()), *(place for place in sys.path[1:] if "site-packages" in place)]
        hint = f" For a file write {name}.py:..." if Path(f"{name}.py").is_file() else ""
        raise BadTask(f"no module {name!r} (looked in {', '.join(where)}).{hint}") from error
    except SurefootError:
        raise
    except (Exception, SystemExit) as error:
        raise UserCodeError(f"importing {name} raised {type(error).__name__}: {error}") from error


def _no_such_name(module: ModuleType, place: str, name: str) -> str:
    public = [key for key in vars(module) if not key.startswith("_")]
    tasks = [key for key in public if is_task(getattr(module, key))]
    near = difflib.get_close_matches(name, public, n=3)
    said = f"no {name!r} in {place}"
    if tasks:
        return f"{said}; its tasks are: {', '.join(tasks)}"
    if near:
        return f"{said}; did you mean {' or '.join(near)}?"
    return f"{said}, which has no task: expected a surefoot.TorchTask or FunctionTask, or a function that makes one"
