"""The pages of docs/ that follow from the code are what the code says now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_generated_pages_are_current() -> None:
    """errors.md, configuration.md and sources.md need no rewriting."""
    program = [sys.executable, str(ROOT / "script" / "generate-docs"), "--check"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_standalone_verifier_is_current() -> None:
    """The verifier in one file is what the modules that verify bundles say now: script/generate-verifier."""
    program = [sys.executable, str(ROOT / "script" / "generate-verifier"), "--check"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_setting_has_a_meaning() -> None:
    """Each key of every section stands in configuration.md with a sentence beside it."""
    from affidavit.core.settings import SECTIONS

    page = (ROOT / "docs" / "configuration.md").read_text()
    for section, kind in SECTIONS.items():
        part = page.split(f"## [{section}]")[1].split("\n## ")[0]
        for name in kind.__struct_fields__:
            row = next(line for line in part.splitlines() if line.startswith(f"| `{name}` |"))
            assert row.rstrip("| ").endswith(".")
