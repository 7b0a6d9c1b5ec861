"""Single records from anywhere in the log, each with its entry and the path to the end checkpoint.

One canonical JSON object a line (docs/spec/bundle.md, Records from elsewhere).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from affidavit.core import canonical
from affidavit.core.errors import AffidavitError, BundleError
from affidavit.formats.bundle.records import BundledRecord, Part, Shown, Withheld
from affidavit.formats.record.seal import NAMES
from affidavit.formats.tlog.text import decode_base64, encode_base64

if TYPE_CHECKING:
    from collections.abc import Iterator


class ProvenRecord(NamedTuple):
    """A record with what proves it; nothing about it has been verified."""

    record: BundledRecord
    entry: bytes
    proof: tuple[bytes, ...]
    """RFC 9162's inclusion path to the root of the end checkpoint."""


def encode_proven(proven: ProvenRecord) -> bytes:
    """The record's line."""
    parts = {name: _shown(part) for name, part in zip(NAMES, proven.record.parts, strict=True)}
    line = {
        "entry": proven.entry.decode(),
        "index": proven.record.at,
        "parts": parts,
        "proof": [encode_base64(node) for node in proven.proof],
    }
    return canonical.encode(line) + b"\n"


def decode_proven(data: bytes) -> Iterator[ProvenRecord]:
    """The records of a member; BundleError, code `proven-format`, for other bytes."""
    lines = data.split(b"\n")
    if lines.pop():
        raise BundleError("the last line does not end", code="proven-format")
    for line in lines:
        try:
            read = json.loads(line)
            parts = tuple(_part(read["parts"][name]) for name in NAMES)
            proven = ProvenRecord(
                BundledRecord(int(read["index"]), parts),
                read["entry"].encode(),
                tuple(decode_base64(node, what="a hash") for node in read["proof"]),
            )
            spelt = encode_proven(proven)
        except (AffidavitError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BundleError(f"{line[:60]!a} is no proven record", code="proven-format") from error
        if spelt != line + b"\n":
            raise BundleError(f"{line[:60]!a} is not canonical", code="proven-format")
        yield proven


def _shown(part: Part) -> dict[str, str]:
    if isinstance(part, Shown):
        return {"data": part.data.decode(), "salt": part.salt.hex()}
    return {"digest": part.d.hex()}


def _part(read: dict[str, str]) -> Part:
    if "digest" in read:
        return Withheld(bytes.fromhex(read["digest"]))
    return Shown(bytes.fromhex(read["salt"]), read["data"].encode())
