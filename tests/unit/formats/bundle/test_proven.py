"""Single records from elsewhere in the log: one spelling a record, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affidavit.core import canonical
from affidavit.core.errors import BundleError
from affidavit.formats.bundle.proven import ProvenRecord, decode_proven, encode_proven
from affidavit.formats.bundle.records import BundledRecord, Shown, Withheld

PROVEN = ProvenRecord(
    BundledRecord(
        15,
        (
            Withheld(b"a" * 32),
            Shown(b"d" * 16, b"{}"),
            Shown(bytes(16), '{"name":"Zoë"}'.encode()),
            Shown(b"r" * 16, b""),
            Withheld(b"t" * 32),
        ),
    ),
    b'{"v":1}',
    (b"\x00" * 32, b"\xff" * 32),
)
LINE = (
    '{"entry":"{\\"v\\":1}","index":15,"parts":{"actor":{"digest":"' + "61" * 32 + '"},"detail":{"data":"{}","salt":"'
    + "64" * 16 + '"},"facts":{"data":"{\\"name\\":\\"Zoë\\"}","salt":"' + "00" * 16 + '"},"raw":{"data":"","salt":"'
    + "72" * 16 + '"},"target":{"digest":"' + "74" * 32 + '"}},"proof":["' + "A" * 43 + '=","' + "/" * 42 + '8="]}\n'
).encode()  # fmt: skip


def test_a_record_is_spelt_as_the_format_has_it() -> None:
    """Entry, index, parts and path, and read back as it was."""
    assert encode_proven(PROVEN) == LINE
    assert list(decode_proven(LINE + LINE)) == [PROVEN, PROVEN]
    assert list(decode_proven(b"")) == []


def changed(**members: Any) -> bytes:
    """The line with members replaced, in canonical form."""
    return canonical.encode({**json.loads(LINE), **members}) + b"\n"


def part(**members: Any) -> bytes:
    """The line with another actor."""
    return changed(parts={**json.loads(LINE)["parts"], "actor": members})


@pytest.mark.parametrize(
    "data",
    [
        LINE[:-1],
        LINE + b"x",
        LINE + b"\n",
        b"[]\n",
        b"null\n",
        b"\xff\n",
        LINE.replace(b'"index"', b' "index"'),
        LINE.replace(b'"/', b'"\\u002f'),
        changed(more=1),
        changed(index="15"),
        LINE.replace(b":15,", b":15.0,"),
        changed(entry=None),
        changed(parts={}),
        changed(parts=None),
        changed(proof=["="]),
        changed(proof="AAAA"),
        part(),
        part(digest="61" * 32, salt="64" * 16, data=""),
        part(digest="6A" * 32),
        part(digest=5),
        part(salt="zz", data=""),
        part(data=""),
        b"[" * 100_000 + b"\n",
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    """Other members, types and spellings, a line that does not end, and what is too deep to be read."""
    with pytest.raises(BundleError) as caught:
        list(decode_proven(data))
    assert caught.value.code == "proven-format"


def test_a_record_has_its_five_parts() -> None:
    """One with fewer is not written down."""
    with pytest.raises(ValueError, match="shorter"):
        encode_proven(PROVEN._replace(record=BundledRecord(15, PROVEN.record.parts[:4])))
