"""The rules of the house: who may import whom, what is light, what is public."""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import surefoot

SOURCE = Path(surefoot.__file__).parent

# Room: its floor. A room may import rooms of lower floors only, so rooms of one floor never know each other.
FLOORS = {
    0: ["records", "errors", "randomness", "ending"],
    1: ["schedules"],
    2: ["driving", "watch", "checkpoints", "logs", "draw", "search"],
    3: ["tasks", "rangetest"],
    4: ["store", "engines"],
    5: ["found"],
    6: ["finder"],
    7: ["report", "integrations"],
    8: [""],  # the package itself: what people import
    9: ["cli"],
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms}

# (room, what it imports against the rule): why it must. Never while a file is loaded.
EXEMPT = {
    ("records", "draw"): "inside Verdict._repr_html_: how a notebook shows it",
    ("draw", "found"): "annotations only (TYPE_CHECKING): draws the answer that finds it drawn in its repr",
    (
        "found",
        "report",
    ): "inside Found.report, which writes the answer as a page: the way from a result to its page",
    (
        "schedules",
        "driving",
    ): "inside Schedule.bind, which puts a schedule to work: the one way from a value to its driver",
    ("schedules", "draw"): "inside the reprs for notebooks: a value that shows itself",
    ("tasks", ""): "inside a function: the version of the package, to be recorded with a study",
}

LIGHT = {"checkpoints": set(), "draw": {"numpy"}, "search": {"numpy"}, "schedules": {"numpy"}}
EXAMPLES = SOURCE / "cli" / "_examples"  # what users are given to start from: written as users write


def files():
    return [path for path in sorted(SOURCE.rglob("*.py")) if EXAMPLES not in path.parents]


def room_of(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imported(path):
    """(module, whether it is imported while the file is loaded) for every import statement of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    later = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            later |= {id(inner) for inner in ast.walk(node)}
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            later |= {id(inner) for statement in node.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        at_once = id(node) not in later
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which room is meant"
            assert node.module is not None
            if node.module == "surefoot":
                yield from ((f"surefoot.{alias.name}", at_once) for alias in node.names)
            else:
                yield node.module, at_once


def rooms_used(path):
    for module, at_once in imported(path):
        parts = module.split(".")
        if parts[0] == "surefoot":
            yield parts[1] if len(parts) > 1 and parts[1] in FLOOR else "", at_once


def test_every_room_has_its_floor():
    assert {room_of(path) for path in files()} <= set(FLOOR)


def test_imports_go_downward_only():
    upward = [
        f"{path.relative_to(SOURCE)} imports {used or 'surefoot'}"
        for path in files()
        for used, at_once in rooms_used(path)
        if used != room_of(path)
        and FLOOR[used] >= FLOOR[room_of(path)]
        and (at_once or (room_of(path), used) not in EXEMPT)
    ]
    assert upward == []


def test_no_exemption_outlives_its_need():
    assert set(EXEMPT) <= {(room_of(path), used) for path in files() for used, _ in rooms_used(path)}


@pytest.mark.parametrize("room", LIGHT)
def test_what_only_computes_and_draws_loads_nothing_heavier_than_numpy(room):
    heavy = {
        (path.name, module)
        for path in files()
        if room_of(path) == room
        for module, at_once in imported(path)
        if at_once and module.split(".")[0] not in {"surefoot", *sys.stdlib_module_names, *LIGHT[room]}
    }
    assert heavy == set()


def loaded_by(code):
    """Modules that a fresh interpreter has loaded after some code."""
    ask = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", ask], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_importing_the_package_is_light():
    assert loaded_by("import surefoot").isdisjoint({"numpy", "torch", "sqlalchemy", "click", "rich"})


def test_help_is_light():
    code = (
        "import atexit, io, contextlib\nsys.argv = ['surefoot', '--help']\nfrom surefoot.cli import main\n"
        "with contextlib.suppress(SystemExit): main()"
    )
    assert loaded_by(code).isdisjoint({"numpy", "torch", "sqlalchemy", "rich", "matplotlib"})


def test_what_is_announced_is_what_is_exported():
    for name in surefoot.__all__:
        assert getattr(surefoot, name) is not None
    assert set(dir(surefoot)) == {*surefoot.__all__, "__version__"}
    assert len(set(surefoot.__all__)) == len(surefoot.__all__)
    namespace = {}
    exec("from surefoot import *", namespace)
    assert set(surefoot.__all__) <= set(namespace)


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(AttributeError, match=r"has no attribute 'fnid'; it has find, Found, TorchTask"):
        surefoot.fnid  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute 'Torchtask'"):
        importlib.import_module("surefoot.tasks").Torchtask  # noqa: B018


@pytest.mark.parametrize("room", [module.name for module in pkgutil.iter_modules(surefoot.__path__) if module.ispkg])
def test_a_room_exports_what_it_announces(room):
    package = importlib.import_module(f"surefoot.{room}")
    for name in package.__all__:
        assert getattr(package, name) is not None
    inside = {module.name for module in pkgutil.iter_modules(package.__path__)} | {
        "annotations",
        "TYPE_CHECKING",
        "Any",
    }
    public = {name for name in vars(package) if not name.startswith("_")} - inside
    lazy = set(package.__all__) if hasattr(package, "__getattr__") else set()
    assert public | lazy == set(package.__all__)


def test_every_module_says_its_public_things_in_docstrings():
    for room in FLOOR:
        path = SOURCE / room / "__init__.py"
        if path.exists():
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_no_file_is_longer_than_500_lines():
    assert [path.name for path in files() if len(path.read_text(encoding="utf-8").splitlines()) > 500] == []


def test_the_library_never_prints():
    printing = [
        (path.name, node.lineno)
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "breakpoint"}
    ]
    assert printing == []


def test_every_error_of_ours_is_one_and_bad_values_are_value_errors():
    from surefoot import errors

    ours = [value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__]
    for error in ours:
        assert issubclass(error, errors.SurefootError) or error in (errors.TrialEnded, errors.DrivingWarning)
        assert error.__doc__
    assert issubclass(errors.BadTask, ValueError)
    assert not issubclass(errors.TrialEnded, Exception)


def test_a_missing_extra_says_the_command_that_installs_it():
    from surefoot.errors import MissingExtra

    assert str(MissingExtra("plot", "matplotlib", "plot")) == (
        "plot needs the package matplotlib. Install it: pip install 'surefoot[plot]'"
    )
