"""Statements of which checkpoints are kept (docs/spec/log.md, Statements of what is kept).

A statement is canonical JSON and is sealed in the log as a record of Affidavit's own, which is all that it is believed
for: a checkpoint that is kept cannot be taken away or replaced any more without contradicting the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from affidavit.core.canonical import MAX_INTEGER, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

_Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class KeptCheckpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kept checkpoint as it was stated."""

    note: _Digest
    """SHA-256 of the signed note, in hex."""
    size: Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
    """Of its tree."""
    stamp: _Digest | None
    """SHA-256 of the authority's answer over it, in hex; None where it was not stamped."""


class _Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kept: tuple[KeptCheckpoint, ...]
    v: Literal[1] = 1


_decoder = msgspec.json.Decoder(_Statement)


def state_kept(kept: Sequence[KeptCheckpoint]) -> bytes:
    """The statement that these checkpoints are kept."""
    return encode(msgspec.to_builtins(_Statement(kept=tuple(kept))))


def stated_kept(data: bytes) -> tuple[KeptCheckpoint, ...]:
    """What the bytes state to be kept; nothing where they are no such statement."""
    try:
        kept = _decoder.decode(data).kept
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    return kept if state_kept(kept) == data else ()
