"""What was refused is sealed into quarantine in steps of bounded size, each complete in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulators.deployment import Deployment, ndjson

if TYPE_CHECKING:
    from pathlib import Path

GARBAGE = b"this is no event\n" * 3


def test_garbage_that_waits_is_sealed_a_few_batches_at_a_time(tmp_path: Path) -> None:
    """However much of it has come in; lines and receipts are those that were acknowledged."""
    deployed = Deployment.new(tmp_path / "data").open(max_records=7)
    for _ in range(5):
        deployed.send(GARBAGE)
    deployed.send(GARBAGE + ndjson(2) + b"\n" + GARBAGE)
    steps = []
    while chunks := deployed.sealer.step(deployed.tail):
        steps.append(chunks)
    assert steps == [3, 3]
    assert deployed.quarantined() == [("not-json", b"this is no event")] * 21
    for each in deployed.acknowledged:
        sealed = deployed.sealed_receipt(each.receipt.batch)
        assert sealed is not None
        assert (sealed.accepted, sealed.quarantined) == (each.receipt.accepted, each.receipt.quarantined)
    deployed.close()
