"""Receipts and sequences against the batches that the lake holds, and against the head."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from affidavit.core.ids import OWN_SOURCE, BatchId, SourceName
from affidavit.fsck.problem import Problem
from affidavit.ledger.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from affidavit.lake.batches import StoredBatch

_AT_ONCE = 1 << 15
"""So many receipts are held at once, and as much of the lake as they are about."""
_PLACE = ("source", "first_seq", "last_seq", "first_index", "last_index")


class Window(NamedTuple):
    """Receipts that follow one another by the ids of their batches."""

    receipts: list[Receipt]
    after: str
    """The window begins behind this id,"""
    upto: str | None
    """and ends with this one; the last window is open."""


def windows(receipts: Iterator[Receipt], *, at_once: int = _AT_ONCE) -> Iterator[Window]:
    """All receipts, given in the order of their batches' ids, in windows that leave no id out."""
    after = ""
    while True:
        some = list(islice(receipts, at_once))
        upto = some[-1].batch if len(some) == at_once else None
        yield Window(some, after, upto)
        if upto is None:
            return
        after = upto


def check_receipts(
    receipts: Iterable[Receipt],
    batches: Mapping[str, StoredBatch],
    size: int,
    *,
    waiting: Container[str],
) -> Iterator[tuple[Problem, Receipt | None]]:
    """What differs, each with the receipt that follows from the lake where one does; all are of one window.

    A batch of which some is `waiting` to be sealed gets its receipt with the rest.
    """
    seen = set()
    for receipt in receipts:
        seen.add(receipt.batch)
        if not receipt.accepted and receipt.batch not in batches:
            continue
        stored = batches.get(receipt.batch)
        where = f"receipt {receipt.batch}"
        if stored is None:
            what = f"says that {receipt.accepted} records were accepted, and the lake has none of them"
            yield Problem("receipt-unfounded", where, what), None
            continue
        if stored.records != receipt.accepted:
            what = f"says that {receipt.accepted} records were accepted, and the lake has {stored.records}"
            yield Problem("receipt-count", where, what), None
            continue
        meant = _following(receipt, stored)
        covers = receipt.checkpoint_size
        if covers is None or not stored.last_index < covers <= size:
            meant = msgspec.structs.replace(meant, checkpoint_size=size)
        if meant != receipt:
            names = [
                name
                for name in (*_PLACE, "checkpoint_size")
                if getattr(meant, name) != getattr(receipt, name)
            ]
            what = f"says of {', '.join(names)} what the lake does not"
            yield Problem("receipt-differs", where, what, derivable=True), meant
    for name in sorted(batches.keys() - seen):
        if batches[name].source != OWN_SOURCE and name not in waiting:
            what = f"has {batches[name].records} records in the lake and no receipt"
            yield Problem("receipt-missing", f"batch {name}", what, derivable=True), _new(batches[name], size)


def check_sequences(
    next_seqs: Mapping[SourceName, int], following: Mapping[str, int]
) -> list[tuple[Problem, tuple[SourceName, int] | None]]:
    """What a source's next seq should be, by the lake as `following` says.

    Too low, it can be raised; too high, it says that records are gone.
    """
    found: list[tuple[Problem, tuple[SourceName, int] | None]] = []
    for name in sorted(following.keys() | next_seqs.keys()):
        stated, stored = next_seqs.get(SourceName(name), 0), following.get(name, 0)
        where = f"source {name}"
        what = f"goes on with seq {stated}, and the lake with {stored}"
        if stated < stored:
            found.append(
                (Problem("sequences-differ", where, what, derivable=True), (SourceName(name), stored))
            )
        elif stated > stored:
            found.append((Problem("sequences-differ", where, what), None))
    return found


def _following(receipt: Receipt, stored: StoredBatch) -> Receipt:
    return msgspec.structs.replace(
        receipt,
        source=SourceName(stored.source),
        first_seq=stored.first_seq,
        last_seq=stored.last_seq,
        first_index=stored.first_index,
        last_index=stored.last_index,
    )


def _new(stored: StoredBatch, size: int) -> Receipt:
    """As far as it can be known: the idempotency key is lost, and so is what was quarantined, unless it is listed."""
    return Receipt(
        batch=BatchId(stored.batch),
        source=SourceName(stored.source),
        accepted=stored.records,
        quarantined=0,
        received_us=stored.received_us,
        first_seq=stored.first_seq,
        last_seq=stored.last_seq,
        first_index=stored.first_index,
        last_index=stored.last_index,
        checkpoint_size=size,
    )
