"""The documents and the code point only at pages that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    """A relative link names a file of the repository."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_exist(page: Path) -> None:
    """A path in the text, such as docs/spec/log.md or script/setup, is a file of the repository."""
    for name in re.findall(
        r"(?<![\w/<-])((?:docs|script|tests|src)/[\w./-]*\w)(?![\w<*{/]*[<*{])", page.read_text()
    ):
        assert (ROOT / name).exists(), name


def test_pages_that_the_code_names_exist() -> None:
    """A docstring, message or hint that points at a page under docs/ points at one that can be read."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        for name in re.findall(r"docs/[\w./-]+\.md", path.read_text()):
            assert (ROOT / name).exists(), f"{path.relative_to(ROOT)} names {name}"


def test_decisions_are_numbered_without_a_hole() -> None:
    """ADRs count from 0001; each says its number, its title and its status."""
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    for number, page in enumerate(pages, start=1):
        lines = page.read_text().splitlines()
        assert page.name.startswith(f"{number:04}-")
        assert lines[0].startswith(f"# {number:04}. ")
        assert lines[2].startswith("Status: ")
