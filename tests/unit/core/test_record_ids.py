"""Record ids are UUIDv7: unlike any others, in order within a batch, and of the moment they were made."""

from __future__ import annotations

from uuid import UUID

from affidavit.core.ids import new_uuid7, uuid7s

MOMENT_US = 1_764_115_200_123_456


def test_ids_of_a_batch_follow_one_another() -> None:
    """RFC 9562, section 6.2, method 2: all of version 7 and ascending, so that they sort and compress together."""
    joined = uuid7s(MOMENT_US, 1000)
    ids = [UUID(bytes=joined[at : at + 16]) for at in range(0, len(joined), 16)]
    assert len(ids) == 1000
    assert {(made.version, made.variant) for made in ids} == {(7, "specified in RFC 4122")}
    assert {made.int >> 80 for made in ids} == {MOMENT_US // 1000}
    assert [made.int - ids[0].int for made in ids] == list(range(1000))


def test_batches_of_one_moment_have_different_ids() -> None:
    """Two batches that come in at once never share an id."""
    made = [uuid7s(MOMENT_US, 4) for _ in range(500)]
    ids = {batch[at : at + 16] for batch in made for at in range(0, 64, 16)}
    assert len(ids) == 2000
    assert len({new_uuid7(MOMENT_US) for _ in range(500)}) == 500
