"""The laws of the house that ARCHITECTURE.md and STYLE.md state, held by machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from affidavit.core import errors

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "affidavit"
GENERATED = ("formats/ocsf/", "evidence/verifier/affidavit-verify.py")
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))

MAX_LINES = 400
DRAWERS = {"utils", "util", "common", "helpers", "helper", "base", "misc", "manager", "processor"}

ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.AffidavitError)
]

OPENING_ROOMS = ("storage/", "cli/")
"""The rooms that may open paths: storage, and the command line for the files that its user names."""
OPENING_NAMES = {"open", "fdopen"}
OPENING_MODULES = {"os", "shutil", "tempfile", "io"}
OPENING_METHODS = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "makedirs", "rmdir", "rmtree"),
    *(
        "unlink",
        "touch",
        "symlink_to",
        "hardlink_to",
        "chmod",
        "rename",
        "listdir",
        "scandir",
        "iterdir",
        "rglob",
    ),
    *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile"),
}
OPENING_ALLOWED = {
    "evidence/bundle/command.py": "the command of the standalone verifier opens the files that its user names",
    "evidence/verifier/affidavit-verify.py": "the same, generated",
    "assembly/demo.py": "the samples lie inside the package, not in a data directory",
    "assembly/serve.py": "a scratch folder for the Unix socket of the query process; it holds no data",
    "state/database.py": "SQLite opens its file itself, which must exist with mode 0600 before",
}
"""Module to the reason why it opens a path itself."""


def _tracked() -> list[Path]:
    """Every text file that the repository holds, found on disk where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        folders = ("src", "tests", "script", "docs", ".ci")
        files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
        return [path for path in (*files, *ROOT.glob("*.*")) if path.is_file()]
    return [ROOT / name for name in listed if name and (ROOT / name).is_file()]


def _opens_a_path(tree: ast.AST) -> list[int]:
    """Line numbers of what opens, makes, lists or removes something on the file system."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in OPENING_MODULES:
            if {alias.name for alias in node.names} & (OPENING_NAMES | OPENING_METHODS):
                lines.append(node.lineno)
            continue
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in OPENING_NAMES:
            lines.append(node.lineno)
        elif isinstance(function, ast.Attribute):
            owner = function.value.id if isinstance(function.value, ast.Name) else ""
            if (
                owner in OPENING_MODULES
                and function.attr
                in OPENING_NAMES
                | OPENING_METHODS
                | {
                    "remove",
                    "replace",
                }
            ) or (owner not in OPENING_MODULES and function.attr in OPENING_METHODS - {"rename"}):
                lines.append(node.lineno)
    return lines


def _drawn_parents() -> dict[str, str]:
    """Error class to the class it hangs from, as drawn in the docstring of core/errors.py."""
    above: list[tuple[int, str]] = []
    parents = {}
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"( {4}[│├└─ ]*)(\w+Error)\b", line)
        if not found:
            continue
        depth, name = len(found[1]), found[2]
        while above and above[-1][0] >= depth:
            above.pop()
        parents[name] = above[-1][1] if above else "Exception"
        above.append((depth, name))
    return parents


def test_the_import_contracts_hold() -> None:
    """A room imports only from floors below it; formats are pure; one room knows the engines; no cycles."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_floors_of_the_page_are_those_that_are_enforced() -> None:
    """The table in ARCHITECTURE.md and the import-linter layers are one and the same."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "journey")
    enforced = {
        (floor, room.strip())
        for floor, layer in enumerate(reversed(layers), start=1)
        for room in layer.split("|")
    }
    page = (ROOT / "ARCHITECTURE.md").read_text()
    drawn = {(int(floor), room) for floor, room in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.MULTILINE)}
    assert drawn == enforced


def test_every_room_on_the_page_exists() -> None:
    """ARCHITECTURE.md speaks of rooms that are there, and every room opens with its promise."""
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for room in re.findall(r"^\| \d+ \| `(\w+)` \|", page, re.MULTILINE):
        assert ast.get_docstring(ast.parse((SOURCE / room / "__init__.py").read_text())), room


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(GENERATED)])
def test_a_module_is_short_and_has_a_name_of_its_own(module: str) -> None:
    """No file over 400 lines, no drawer for odds and ends, and a docstring that opens with the promise."""
    text = (SOURCE / module).read_text()
    assert text.count("\n") <= MAX_LINES
    assert not DRAWERS & set(Path(module).with_suffix("").parts)
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(OPENING_ROOMS)])
def test_only_storage_opens_paths(module: str) -> None:
    """The other rooms go through its interfaces, so that a bucket can take the directory's place."""
    found = _opens_a_path(ast.parse((SOURCE / module).read_text()))
    assert bool(found) == (module in OPENING_ALLOWED), f"{module}: lines {found}"


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(GENERATED)])
def test_interfaces_are_small(module: str) -> None:
    """A Protocol asks for at most five methods; attributes, and what it brings itself, do not count."""
    for node in ast.walk(ast.parse((SOURCE / module).read_text())):
        if isinstance(node, ast.ClassDef) and any(
            ast.unparse(base).startswith("Protocol") for base in node.bases
        ):
            methods = [
                item
                for item in node.body
                if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
                and ast.unparse(item.body[-1]) == "..."
                and "property" not in map(ast.unparse, item.decorator_list)
            ]
            assert len(methods) <= 5, node.name


def test_the_error_tree_is_drawn_as_it_is() -> None:
    """The docstring of core/errors.py shows every error class below its parent."""
    assert _drawn_parents() == {kind.__name__: kind.__bases__[0].__name__ for kind in ERRORS}


def test_error_codes_are_stable_names() -> None:
    """Each error class has a kebab-case code of its own, which programs may match on."""
    codes = [kind.code for kind in ERRORS]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code) for code in codes)


def test_no_file_names_a_registry_or_a_home() -> None:
    """The repository installs from any mirror and runs at any path."""
    hosts = (
        "py" + "pi.org",
        "python" + "hosted",
        "registry.npm" + "js",
        "proxy.go" + "lang",
        "crates" + ".io",
    )
    here = re.compile(r"(?<![\w./-])/(?:home/[a-z]|Users/[a-z]|root/|wo" + r"rk/)")
    for path in _tracked():
        name = path.relative_to(ROOT).as_posix()
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for host in hosts:
            assert host not in text, f"{name} names {host}"
        if "samples" not in name:
            assert not here.search(text), f"{name} names a path of one machine"
