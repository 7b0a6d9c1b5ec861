"""The fast way from columns to leaves gives what the readable way gives, record by record."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core import canonical
from affidavit.core.ids import uuid_text
from affidavit.formats.record import seal
from affidavit.formats.record.leaves import leaf_hashes

NAMES = st.from_regex(re.compile(r"[a-z0-9._/-]{1,20}"), fullmatch=True)
PART = st.just(b"") | st.binary(max_size=80)
SALT = st.binary(min_size=16, max_size=16)


class Sealed(NamedTuple):
    """Everything that a leaf commits to."""

    salt: bytes
    actor: bytes
    detail: bytes
    facts: bytes
    raw: bytes
    target: bytes
    class_uid: int
    kind: str
    mapper: str
    received_us: int
    record: bytes
    seq: int
    source: str


RECORDS = st.builds(
    Sealed,
    salt=SALT,
    actor=PART,
    detail=PART,
    facts=PART,
    raw=PART,
    target=PART,
    class_uid=st.integers(0, 99999),
    kind=NAMES,
    mapper=NAMES,
    received_us=st.integers(0, canonical.MAX_INTEGER),
    record=SALT,
    seq=st.integers(0, canonical.MAX_INTEGER),
    source=NAMES,
)


def _fast(records: list[Sealed]) -> list[bytes]:
    columns: list[list[object]] = [list(column) for column in zip(*records, strict=True)] or [[]] * 13
    names = "salts actor detail facts raw target classes kinds mappers received_us records seqs sources"
    return leaf_hashes(**dict(zip(names.split(), columns, strict=True)))  # type: ignore[arg-type]


def _entry(one: Sealed) -> bytes:
    parts = {
        "actor": one.actor,
        "detail": one.detail,
        "facts": one.facts,
        "raw": one.raw,
        "target": one.target,
    }
    return seal.entry(
        body=seal.body_digest(one.salt, **parts),
        class_uid=one.class_uid,
        kind=one.kind,
        mapper=one.mapper,
        received_us=one.received_us,
        record=one.record,
        seq=one.seq,
        source=one.source,
    )


@given(st.lists(RECORDS, max_size=6))
def test_a_batch_of_leaves_equals_one_by_one(records: list[Sealed]) -> None:
    """What sealing and verifying compute is what docs/spec/record.md says, absent parts included."""
    assert _fast(records) == [seal.leaf_hash(_entry(one)) for one in records]


@given(RECORDS)
def test_an_entry_is_canonical_json(one: Sealed) -> None:
    """Any implementation of RFC 8785 arrives at the same entry."""
    body = seal.body_digest(one.salt, **{name: getattr(one, name) for name in ("actor", "detail", "facts")},
                            raw=one.raw, target=one.target)  # fmt: skip
    members = {
        "body": body.hex(),
        "class": one.class_uid,
        "kind": one.kind,
        "mapper": one.mapper,
        "received": one.received_us,
        "record": uuid_text(one.record),
        "seq": one.seq,
        "source": one.source,
        "v": 1,
    }
    assert _entry(one) == canonical.encode(members)


@given(RECORDS)
def test_a_body_is_made_of_part_digests(one: Sealed) -> None:
    """Withholding a part and giving d(name) in its place leads to the same body."""
    salts = seal.part_salts(one.salt)
    joined = b"affidavit/body/v1\n" + b"".join(
        seal.part_digest(name, getattr(salts, name, bytes(16)), getattr(one, name))
        for name in ("actor", "detail", "facts", "raw", "target")
    )
    assert sha256(joined).digest() == seal.body_digest(
        one.salt, actor=one.actor, detail=one.detail, facts=one.facts, raw=one.raw, target=one.target
    )


BASE = Sealed(
    bytes(16),
    b"a",
    b"d",
    b"f",
    b"r",
    b"t",
    3002,
    "event",
    "okta.system_log/1",
    5,
    bytes(range(16)),
    7,
    "okta",
)


@pytest.mark.parametrize("name", Sealed._fields)
def test_a_leaf_commits_to_everything(name: str) -> None:
    """Changing any one field gives another leaf."""
    held: Any = getattr(BASE, name)
    other: Any = held + 1 if isinstance(held, int) else held[::-1] + held[:1]
    if name in {"salt", "record"}:
        other = bytes(15) + b"\x01"
    assert _fast([BASE]) != _fast([BASE._replace(**{name: other})])


def test_parts_do_not_stand_in_for_one_another() -> None:
    """The same bytes in another part are another record."""
    swapped = {BASE._replace(actor=b"x", target=b""), BASE._replace(actor=b"", target=b"x")}
    assert len({leaf for one in swapped for leaf in _fast([one])}) == 2


def test_columns_of_unequal_length_are_refused() -> None:
    """No record is left out in silence because a column is short."""
    with pytest.raises(ValueError, match="shorter"):
        leaf_hashes(
            salts=[bytes(16)] * 2,
            **{name: [b""] * 2 for name in ("actor", "detail", "facts", "raw", "target")},
            classes=[1, 1],
            kinds=["event"] * 2,
            mappers=["m"] * 2,
            received_us=[1, 1],
            records=[bytes(16)],
            seqs=[0, 1],
            sources=["s"] * 2,
        )
