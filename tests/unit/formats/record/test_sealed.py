"""The readable way from columns to leaves: what each buffer means, and that a short one is refused."""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest

from affidavit.core.errors import RecordError
from affidavit.formats.record import seal
from affidavit.formats.record.sealed import ID_BYTES, PART_ORDER, Sealed, leaves_of
from affidavit.formats.record.strings import Strings

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNT = 9


def strings(values: Sequence[bytes]) -> Strings:
    """A column of the values."""
    return Strings(
        data=b"".join(values), offsets=array("q", accumulate(map(len, values), initial=0)), count=len(values)
    )


def part(name: str, at: int) -> bytes:
    """The bytes of one part of a record; only what came in may hold line feeds."""
    return f"{name} {at}".encode() + (b"\nmore\n\n" if name == "raw" else b"")


def names(kind: str) -> list[bytes]:
    """A name for each record."""
    return [f"{kind}-{at}".encode() for at in range(COUNT)]


SALTS = [bytes([at + 1]) * 16 for at in range(COUNT)]
IDS = [bytes([at, 7]) * 8 for at in range(COUNT)]
SEALED = Sealed(
    count=COUNT,
    ids=b"".join(IDS),
    salts=b"".join(SALTS),
    classes=array("i", range(3000, 3000 + COUNT)),
    received_us=array("q", range(2**40, 2**40 + COUNT)),
    seqs=array("q", range(COUNT)),
    kind=strings(names("kind")),
    mapper=strings(names("mapper")),
    source=strings(names("source")),
    parts=strings(
        [
            b"\n".join(part(name, at) for name in ("actor", "target", "detail", "facts", "raw"))
            for at in range(COUNT)
        ]
    ),
)


def leaf(at: int, *, salt: bytes, one_name: str | None = None) -> bytes:
    """The leaf of a record, by the formula."""
    body = seal.body_digest(
        salt, **{name: part(name, at) for name in ("actor", "detail", "facts", "raw", "target")}
    )
    return seal.leaf_hash(
        seal.entry(
            body=body,
            class_uid=3000 + at,
            kind=one_name or f"kind-{at}",
            mapper=one_name or f"mapper-{at}",
            received_us=2**40 + at,
            record=IDS[at],
            seq=at,
            source=one_name or f"source-{at}",
        )
    )


def expected(known: Sequence[bool] = (True,) * COUNT, one_name: str | None = None) -> bytes:
    """All leaves; a record whose salt is not known is hashed without one."""
    return b"".join(leaf(at, salt=SALTS[at] if known[at] else b"", one_name=one_name) for at in range(COUNT))


def refusal(sealed: Sealed) -> str:
    """Why the columns are none."""
    with pytest.raises(RecordError) as caught:
        leaves_of(sealed)
    assert caught.value.code == "column-format"
    return caught.value.message


def test_each_column_goes_into_the_leaves() -> None:
    """Record by record what the formula gives, with names that differ or one for all."""
    assert leaves_of(SEALED) == expected()
    shared = replace(SEALED, kind=b"gap", mapper=b"gap", source=b"gap")
    assert leaves_of(shared) == expected(one_name="gap")


def test_longer_buffers_do_no_harm() -> None:
    """Only the first `count` records of them are read."""
    longer = replace(
        SEALED,
        ids=b"".join(IDS) + bytes(40),
        salts=b"".join(SALTS) + bytes(7),
        classes=array("i", [*range(3000, 3000 + COUNT), 5]),
        received_us=array("q", [*range(2**40, 2**40 + COUNT), 5]),
        seqs=array("q", [*range(COUNT), 5]),
        salts_known=b"\xff" * 5,
    )
    assert leaves_of(longer) == expected()


@pytest.mark.parametrize("first", [0, 1, 7, 8, 9])
def test_salts_that_are_not_known(first: int) -> None:
    """The bitmap says which, from its first bit on, as Arrow numbers bits."""
    known = [at % 3 != 1 for at in range(COUNT)]
    bits = sum(1 << (first + at) for at in range(COUNT) if known[at])
    held = bits.to_bytes((first + COUNT + 7) // 8, "little")
    erased = replace(SEALED, salts_known=held, salts_known_first=first)
    assert leaves_of(erased) == expected(known)
    assert "shorter" in refusal(replace(erased, salts_known=held[:-1]))


def test_a_bitmap_does_not_begin_before_its_buffer() -> None:
    """A negative first bit is refused."""
    assert refusal(replace(SEALED, salts_known=b"\xff" * 2, salts_known_first=-1)) == (
        "a bitmap does not begin before its buffer"
    )
    replace(SEALED, salts_known=b"\xff" * 2, salts_known_first=0).check()


@pytest.mark.parametrize("name", ["ids", "salts", "classes", "received_us", "seqs"])
def test_a_buffer_that_is_too_short(name: str) -> None:
    """By one byte is too short."""
    whole: Any = bytes(memoryview(getattr(SEALED, name)).cast("B"))
    replace(SEALED, **{name: whole}).check()
    assert "shorter" in refusal(replace(SEALED, **{name: whole[:-1]}))


@pytest.mark.parametrize("name", ["kind", "mapper", "source", "parts"])
def test_a_column_of_another_number_of_records(name: str) -> None:
    """One value fewer or more is refused."""
    for count in (COUNT - 1, COUNT + 1):
        changed: Any = {name: strings([b"\n\n\n\n"] * count)}
        assert refusal(replace(SEALED, **changed)) == "a column does not have 9 values"


def test_a_value_that_does_not_hold_all_parts() -> None:
    """Four of the five are no record, whatever the others hold."""
    held = [b"a\nb\nc\nd\ne"] * (COUNT - 1)
    assert refusal(replace(SEALED, parts=strings([*held, b"a\nb\nc\nd"]))) == (
        "a row does not hold all parts of its record"
    )
    assert refusal(replace(SEALED, parts=strings([b"", *held])))


def test_parts_are_cut_in_their_order() -> None:
    """The last keeps its line feeds; absent ones are empty."""
    assert (ID_BYTES, PART_ORDER) == (16, ("actor", "target", "detail", "facts", "raw"))
    one = replace(SEALED, parts=strings([b"\nt\n\nf\nr\n\nr"] * COUNT)).apart()
    assert {name: values[0] for name, values in one.items()} == {
        "actor": b"",
        "target": b"t",
        "detail": b"",
        "facts": b"f",
        "raw": b"r\n\nr",
    }


def test_a_name_that_is_no_text() -> None:
    """Is an error of ours."""
    assert "not UTF-8" in refusal(replace(SEALED, kind=strings([b"\xff"] * COUNT)))
