"""What lies in the spool: chunks of batches, columnar, exactly as they will be sealed.

Ids and salts are drawn at receipt, so that sealing a chunk again after a crash gives the same bytes. The
`seq` of a record is not stored: it counts a source's records in spool order, for whoever writes or reads.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import msgspec

from affidavit.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Quarantined(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A line that was refused, verbatim; a long one comes as several of the same `id`, in order."""

    id: str
    line: int
    """1-based, in the decompressed body."""
    byte: int
    """0-based offset of the line in the decompressed body."""
    code: str
    reason: str
    data: bytes


class Receipt(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What the sender is told once the whole batch is durable; `first_seq` is None where nothing was accepted."""

    batch: str
    accepted: int
    quarantined: int
    first_seq: int | None = None
    last_seq: int | None = None
    idempotency_key: str | None = None


_LONG_BYTES = 4 * 1024
"""What is longer counts as more than one record where work is measured out."""


class Described(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What the spool says of a chunk beside its parts: columns of equal length, and lines refused on the way."""

    tenant: str
    source: str
    batch: str
    mapper: str
    number: int
    """0-based place among the batch's chunks."""
    received_us: int
    kind: str
    ids: bytes
    """UUIDv7, 16 bytes a record."""
    salts: bytes
    """Record salts, 16 bytes a record."""
    classes: list[int]
    lengths: list[int]
    """Bytes of the parts that each record has."""
    quarantine: list[Quarantined]
    receipt: Receipt | None = None
    """Closes the batch, and stands in its last chunk only."""
    synced_bytes: int = 0
    """How much of its segment was durable when it was written: a crash cannot have torn anything before."""


class Chunk(Described, frozen=True, array_like=True, kw_only=True):
    """Part of one batch."""

    parts: bytearray | memoryview
    """Of each record the five parts as the lake stores them, a line feed between any two; joined."""

    @property
    def count(self) -> int:
        """Records in this chunk."""
        return len(self.classes)

    @property
    def load(self) -> int:
        """How many records it is as much work as: refused lines count too, and so do bytes where they are many."""
        size_bytes = len(self.parts) + sum(len(line.data) for line in self.quarantine)
        return max(self.count + len(self.quarantine), size_bytes // _LONG_BYTES)


def numbered(receipt: Receipt, *, next_seq: int) -> Receipt:
    """The receipt with its seqs: a batch's records are the last ones of their source before `next_seq`."""
    if not receipt.accepted:
        return receipt
    return msgspec.structs.replace(receipt, first_seq=next_seq - receipt.accepted, last_seq=next_seq - 1)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Described).decode
_FIELDS = Described.__struct_fields__
_LENGTH = struct.Struct(">I")


def encode(chunk: Chunk, *, synced_bytes: int) -> bytearray:
    """The chunk as the spool stores it, before encryption: its parts, then what describes them.

    The chunk is used up: parts that can grow do so, since megabytes are better not moved.
    """
    described = Described(**{name: getattr(chunk, name) for name in _FIELDS} | {"synced_bytes": synced_bytes})
    encoded = _encode(described)
    plain = chunk.parts if isinstance(chunk.parts, bytearray) else bytearray(chunk.parts)
    plain += encoded
    plain += _LENGTH.pack(len(encoded))
    return plain


def decode(data: bytes) -> Chunk:
    """The chunk; StorageError where the bytes are none."""
    view, end = memoryview(data), len(data) - _LENGTH.size
    start = end - _LENGTH.unpack_from(view, end)[0] if end >= 0 else -1
    if start < 0:
        raise StorageError("a spool frame is shorter than it says", code="spool-chunk")
    try:
        described = _decode(view[start:end])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StorageError(f"a spool frame does not decode: {error}", code="spool-chunk") from error
    chunk = Chunk(**msgspec.structs.asdict(described), parts=view[:start])
    count = chunk.count
    whole = len(chunk.lengths) == count and min(chunk.lengths, default=0) >= 0
    if (
        not whole
        or sum(chunk.lengths) != len(chunk.parts)
        or not len(chunk.ids) == len(chunk.salts) == 16 * count
    ):
        raise StorageError("the columns of a spool frame are not of one length", code="spool-chunk")
    return chunk


def packed(values: Sequence[bytes]) -> tuple[memoryview, list[int]]:
    """`parts` and `lengths` of a chunk whose records have these parts."""
    return memoryview(b"".join(values)), list(map(len, values))
