"""SQLite and PostgreSQL behave the same where fsck asks them what fits: the quarantine, and receipts in windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from affidavit.core.ids import DEFAULT_TENANT, BatchId, SourceName
from affidavit.fsck.quarantine import check_quarantine
from affidavit.fsck.receipts import windows
from affidavit.intake.quarantined import QuarantinedLine, add_quarantined
from affidavit.ledger.receipts import Receipt, all_receipts, put_receipts, receipt
from affidavit.state.tenants import add_tenant

if TYPE_CHECKING:
    from affidavit.state.database import Database

OBJECTS = ["quarantine/okta/a.age", "quarantine/okta/b.age"]


def _line(number: int, batch: str, name: str) -> QuarantinedLine:
    return QuarantinedLine(
        id=f"line-{number}", source=SourceName("okta"), batch=BatchId(batch), line=number, byte=0, size_bytes=1,
        code="json", reason="is none", received_us=1, object=name, item=number,
    )  # fmt: skip


def _receipt(batch: str, quarantined: int) -> Receipt:
    return Receipt(
        batch=BatchId(batch),
        source=SourceName("okta"),
        accepted=0,
        quarantined=quarantined,
        received_us=1,
    )


@pytest.fixture
def database(database: Database) -> Database:
    """With two refused lines of one batch and one of another; a third batch has none."""
    with database.transaction() as connection:
        add_tenant(connection, DEFAULT_TENANT, now_us=1)
        lines = [_line(1, "a", OBJECTS[0]), _line(2, "a", OBJECTS[0]), _line(3, "b", OBJECTS[1])]
        add_quarantined(connection, DEFAULT_TENANT, lines=lines)
        receipts = [_receipt("a", 2), _receipt("b", 1), _receipt("c", 0)]
        put_receipts(connection, DEFAULT_TENANT, batches=receipts)
    return database


def _found(database: Database, objects: list[str]) -> list[tuple[str, str]]:
    with database.read() as connection:
        return [(each.code, each.where) for each in check_quarantine(connection, DEFAULT_TENANT, objects)]


def test_what_fits_is_no_problem(database: Database) -> None:
    """Neither is a receipt that counts nothing."""
    assert _found(database, OBJECTS) == []


def test_objects_are_held_against_the_list(database: Database) -> None:
    """One that is gone is named once however many lines lie in it; one that is in no list is named."""
    objects = [OBJECTS[1], "quarantine/okta/c.age"]
    assert _found(database, objects) == [
        ("quarantine-missing", OBJECTS[0]),
        ("quarantine-unlisted", "quarantine/okta/c.age"),
    ]


def test_receipts_are_held_against_the_list(database: Database) -> None:
    """Whether the list has fewer lines than a receipt says, more, or none."""
    changed = [_receipt("a", 3), _receipt("b", 0), _receipt("c", 1)]
    with database.transaction() as connection:
        put_receipts(connection, DEFAULT_TENANT, batches=changed)
    differing = [("quarantine-differs", f"receipt {batch}") for batch in "abc"]
    assert _found(database, OBJECTS) == differing


def test_receipts_come_in_windows(database: Database) -> None:
    """In the order of their ids, while the same connection is asked for single ones."""
    names = [f"{number:04}" for number in range(2500)]
    with database.transaction() as connection:
        put_receipts(connection, DEFAULT_TENANT, batches=[_receipt(name, 0) for name in reversed(names)])
    found = []
    with database.read() as connection:
        for receipts, _, _ in windows(all_receipts(connection, DEFAULT_TENANT), at_once=600):
            found += [each.batch for each in receipts]
            assert receipt(connection, DEFAULT_TENANT, batch=receipts[0].batch) == receipts[0]
    assert found == [*names, "a", "b", "c"]
