"""README.md's first session is what really happens."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from affidavit.cli import exit_codes
from affidavit.search.fields import FIELDS
from affidavit.sources.registry import KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text()
SESSION = PAGE.split("```console\n")[1].split("```")[0]
ELLIPSIS = "…"
VARYING = (
    (r"aff_[\w-]+", "TOKEN"),
    (r"(?<=\+)[0-9a-f]{8}\+\S+", "KEY"),
    (r'(?<="received":)\d+', "MICROSECONDS"),
    (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"\b[0-9a-f]{32,}\b", "HASH"),
    (r"(?m)^[A-Za-z0-9+/]{43}=$", "NODE"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\d+ files checked in \d+\.\d+ s \([\d,]+ records/s\)", "PACE"),
)
"""What is new in each run, and the word that stands for it in the comparison."""


def _steps() -> list[tuple[str, str]]:
    """Each command of the session, with the output that the page shows for it."""
    steps = [part.partition("\n") for part in re.split(r"^\$ ", SESSION, flags=re.MULTILINE)[1:]]
    return [(command, output.strip("\n")) for command, _, output in steps]


def _same(shown: str, real: str) -> bool:
    """Whether `real` is what the page shows, an ellipsis standing for anything."""
    for pattern, word in VARYING:
        shown, real = re.sub(pattern, word, shown), re.sub(pattern, word, real)
    told = ".*?".join(re.escape(part) for part in shown.split(ELLIPSIS))
    return re.fullmatch(told, real, re.DOTALL) is not None


def test_the_first_session_has_five_commands() -> None:
    """A newcomer types five commands and no more."""
    assert [shlex.split(command)[:2] for command, _ in _steps()] == [
        ["affidavit", verb] for verb in ("init", "import", "search", "show", "verify")
    ]


def test_the_first_session_goes_as_shown(tmp_path: Path) -> None:
    """Each command of the session succeeds and prints what README.md says, but for what is new in each run."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    outside = {name: value for name, value in os.environ.items() if not name.startswith("AFFIDAVIT_")}
    environment = outside | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
    for command, shown in _steps():
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        real = done.stdout.strip("\n")
        assert done.returncode == 0, real
        assert _same(shown, real), f"$ {command}\n{real}"


def test_the_fields_of_search_are_listed() -> None:
    """README.md explains every field of the query language, and no other."""
    part = PAGE.split("## Searching")[1].split("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+):` \|", part, re.MULTILINE)) == FIELDS


def test_the_exit_codes_are_listed() -> None:
    """README.md explains each exit code that a command ends with."""
    part = PAGE.split("## Exit codes")[1].split("\n## ")[0]
    codes = {value for value in vars(exit_codes).values() if isinstance(value, int)}
    assert {int(code) for code in re.findall(r"^\| (\d) \|", part, re.MULTILINE)} == codes


def test_the_source_types_are_listed() -> None:
    """README.md names every product that can be read."""
    part = PAGE.split("## Sending events")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([\w.]+)` \|", part, re.MULTILINE)) == set(KINDS)


@pytest.mark.parametrize("script", ["script/setup", "script/server", "script/lock"])
def test_a_script_says_how_to_use_it(script: str) -> None:
    """The scripts that README.md and CONTRIBUTING.md name can be run, and begin with their usage."""
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "\n# usage: " in path.read_text()
