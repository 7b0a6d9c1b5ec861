"""Garbage into every parser yields only this project's errors."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzzing.parsers import PARSERS

from affidavit.core.errors import AffidavitError

SAMPLES = Path(__file__).parents[1] / "samples"


def seeds(name: str) -> list[bytes]:
    """What the parser takes for good; for a mapper the lines of its product's samples."""
    lines: list[bytes] = []
    if name.startswith("mapper of "):
        for file in sorted((SAMPLES / name.removeprefix("mapper of ")).rglob("*")):
            lines += file.read_bytes().splitlines()[:20] if file.is_file() else []
    return [*PARSERS[name].seeds, *lines]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with pieces cut out, doubled, replaced or put in."""
    places = st.integers(0, len(data))
    edits = st.lists(st.tuples(places, places, st.binary(max_size=8)), min_size=1, max_size=3)

    def apply(changes: list[tuple[int, int, bytes]]) -> bytes:
        result = data
        for one, other, inserted in changes:
            start, end = sorted((min(one, len(result)), min(other, len(result))))
            result = result[:start] + inserted + result[end if end - start < 40 else start :]
        return result

    return edits.map(apply)


@pytest.mark.parametrize("name", PARSERS)
def test_garbage_yields_only_our_errors(name: str) -> None:
    """Any bytes, and any damage to good ones: a value, or an AffidavitError with a code and a message."""
    parser = PARSERS[name]
    good = seeds(name)
    garbage = st.one_of(
        st.binary(max_size=300), st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
    )
    if good:
        garbage = st.one_of(garbage, st.sampled_from(good).flatmap(damaged))

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=garbage)
    def hold(data: bytes) -> None:
        try:
            parser.feed(data)
        except AffidavitError as error:
            assert error.code
            assert str(error)

    hold()


@pytest.mark.parametrize("name", [name for name, parser in PARSERS.items() if parser.seeds])
def test_every_prefix_yields_only_our_errors(name: str) -> None:
    """A transfer that breaks off anywhere."""
    parser = PARSERS[name]
    for seed in parser.seeds:
        for end in range(0, len(seed), max(1, len(seed) // 200)):
            with suppress(AffidavitError):
                parser.feed(seed[:end])
