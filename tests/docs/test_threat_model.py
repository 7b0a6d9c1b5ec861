"""What THREAT_MODEL.md says is detected, is tested; and what is tested, it names."""

from __future__ import annotations

import re
from pathlib import Path

from affidavit.attacks.catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "THREAT_MODEL.md").read_text()
TESTS = "".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))


def test_every_vector_is_named_and_exists() -> None:
    """The page's `[vectors]` are those of the catalogue, each of which a test runs."""
    named = set(re.findall(r"`\[([a-z0-9-]+)\]`", TEXT))
    assert named == {attack.name for attack in CATALOGUE}


def test_every_test_that_is_named_exists() -> None:
    """A test's name in the page is that of a test."""
    for name in re.findall(r"`(test_\w+)", TEXT):
        assert f"def {name}(" in TESTS, name


def test_every_attack_has_an_answer() -> None:
    """A row of a table says what detects it, or that nothing does."""
    for row in re.findall(r"^\|(.+)\|$", TEXT, flags=re.MULTILINE):
        cells = [cell.strip() for cell in row.split("|")]
        if len(cells) == 3 and cells[0] not in {"does", "---", ""} and not cells[0].startswith("G"):
            assert cells[1], row
            assert cells[2] or re.search(r"not detected|counts|test_", cells[1]), row
