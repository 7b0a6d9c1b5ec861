"""Receipts are held against the lake a window at a time: whatever the windows, nothing falls between two of them."""

from __future__ import annotations

import pytest

from affidavit.core.ids import BatchId, SourceName
from affidavit.fsck.receipts import check_receipts, windows
from affidavit.lake.batches import StoredBatch
from affidavit.ledger.receipts import Receipt

SIZE = 100


def _receipt(batch: str) -> Receipt:
    at = int(batch)
    return Receipt(
        batch=BatchId(batch), source=SourceName("okta"), accepted=1, quarantined=0, received_us=at,
        first_seq=at, last_seq=at, first_index=at, last_index=at, checkpoint_size=SIZE,
    )  # fmt: skip


def _stored(batch: str) -> StoredBatch:
    at = int(batch)
    return StoredBatch(batch, "okta", 1, at, at, at, at, at)


@pytest.mark.parametrize("at_once", [1, 2, 3, 4, 5, 100])
@pytest.mark.parametrize("names", [[], ["30"], ["20", "30", "50", "60"]])
def test_every_batch_is_of_one_window(names: list[str], at_once: int) -> None:
    """With a receipt or without: before the first, between any two, behind the last."""
    held = [f"{at:02}" for at in range(10, 90, 5)]
    found, seen = [], []
    for receipts, after, upto in windows(map(_receipt, names), at_once=at_once):
        assert len(receipts) <= at_once
        inside = {name: _stored(name) for name in held if after < name and (upto is None or name <= upto)}
        seen += sorted(inside)
        found += [problem for problem, _ in check_receipts(receipts, inside, SIZE, waiting=())]
    assert seen == held
    assert [each.where for each in found] == [f"batch {name}" for name in held if name not in names]
