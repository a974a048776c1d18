"""The rules of the house that no other tool holds."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path for folder in ("app", "migrations", "seed", "tests", "bench") for path in ROOT.glob(f"{folder}/**/*.py")
)
APP = [path for path in MODULES if path.is_relative_to(ROOT / "app")]
NOT_CAPABILITIES = {"app.core", "app.cluster"}
MEANINGLESS = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
LINES, TEST_LINES, FUNCTION_LINES = 300, 400, 40
HOME = re.compile(r"/(home|Users|root)/|[A-Z]:\\Users")
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def settings() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return found


def test_no_file_is_longer_than_its_budget() -> None:
    written = [
        path for path in MODULES if path.parent.name != "versions"
    ]  # a migration is generated and never read again
    lengths = {path: len(path.read_text().splitlines()) for path in written}
    tests = ROOT / "tests"
    long = {named(p): n for p, n in lengths.items() if n > (TEST_LINES if p.is_relative_to(tests) else LINES)}
    assert not long


def test_no_function_is_longer_than_forty_lines() -> None:
    long = {
        f"{named(path)}:{node.name}": lines
        for path in APP
        for node in functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert not long


def test_every_module_opens_with_what_it_decides() -> None:
    silent = [
        named(path)
        for path in MODULES
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [named(path) for path in MODULES if path.stem in MEANINGLESS or MEANINGLESS & set(path.parts)]


def test_only_the_core_commits() -> None:
    committing = [named(path) for path in APP if ".commit(" in path.read_text()]
    assert committing == ["app/core/db.py"]


def test_errors_leave_as_problems_and_not_as_http_exceptions() -> None:
    raising = [named(path) for path in APP if "HTTPException" in path.read_text()]
    assert all(path.startswith("app/core/") for path in raising), raising


def test_every_folder_is_under_the_contract_for_its_inside() -> None:
    folders = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "app").glob("*/**/__init__.py")}
    contracts = settings()["tool"]["importlinter"]["contracts"]  # type: ignore[index]
    held = {name for one in contracts if one["id"].startswith("inside") for name in one["containers"]}
    assert held == folders - NOT_CAPABILITIES


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_names_no_address_and_pins_by_hash(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\S)", text.strip()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_satisfies_what_the_project_asks_for(lock: Path) -> None:
    project = settings()
    asked = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["replay"]]  # type: ignore[index]
    if "dev" in lock.name:
        asked += project["dependency-groups"]["dev"]  # type: ignore[index]
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE))
    wanted = [Requirement(one) for one in asked]
    assert not [
        str(one) for one in wanted if Version(pinned.get(canonicalize_name(one.name), "0")) not in one.specifier
    ]


def test_no_file_names_a_home_folder() -> None:
    papers = [
        *ROOT.glob("*.*"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "Makefile",
        ROOT / "Dockerfile",
        ROOT / ".ci" / "run",
    ]
    files = [path for path in (*MODULES, *papers) if path.is_file() and path != Path(__file__)]
    assert not [named(path) for path in files if HOME.search(path.read_text())]
