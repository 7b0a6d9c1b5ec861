"""SQLite and PostgreSQL behave the same through `state` and every repository above it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, text

from affidavit.access import tables as access_tables
from affidavit.core.errors import ConfigurationError, ConflictError, NotFoundError, StorageError, UsageError
from affidavit.core.ids import BatchId, SourceName, SourceType, Tenant, new_uuid7
from affidavit.evidence import tables as evidence_tables
from affidavit.fsck import tables as fsck_tables
from affidavit.intake import tables as intake_tables
from affidavit.intake.quarantined import (
    QuarantinedLine,
    add_quarantined,
    count_quarantined,
    quarantined,
    quarantined_page,
)
from affidavit.ledger import tables as ledger_tables
from affidavit.ledger.heads import Head, Heads
from affidavit.ledger.receipts import Receipt, put_receipts, receipt, receipt_of_key
from affidavit.ledger.sequences import advance_seqs, next_seqs
from affidavit.sources import tables as sources_tables
from affidavit.sources.declared import DeclaredSource, DeclaredSources
from affidavit.state.database import Database
from affidavit.state.metadata import metadata
from affidavit.state.migrate import NEWEST, revision
from affidavit.state.tables import tenants
from affidavit.state.tenants import add_tenant, all_tenants

if TYPE_CHECKING:
    from sqlalchemy import Connection

ACME, OTHER = Tenant("acme"), Tenant("other")
OKTA = SourceName("okta-prod")
DECLARED = [access_tables, evidence_tables, fsck_tables, intake_tables, ledger_tables, sources_tables]


@pytest.fixture
def database(database: Database) -> Database:
    """With two tenants."""
    with database.transaction() as connection:
        add_tenant(connection, ACME, now_us=1)
        add_tenant(connection, OTHER, now_us=2)
    return database


def _count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(tenants)) or 0


def test_migrations_make_what_the_rooms_declare(database: Database) -> None:
    """The migrations' tables are exactly those of every tables.py, so that neither can drift."""
    assert DECLARED
    with database.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(inspect(connection).get_table_names()) == {"alembic_version", *metadata.tables}


def test_migrating_again_changes_nothing(database: Database) -> None:
    """A migrated database stays as it is, data and all."""
    database.migrate()
    with database.read() as connection:
        assert revision(connection) == NEWEST
        assert _count(connection) == 2


def test_two_processes_may_migrate_at_once(database_url: str) -> None:
    """Migrations of two processes that start together wait for one another; both end well."""
    failures: list[Exception] = []

    def migrate() -> None:
        database = Database(database_url)
        try:
            database.migrate()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_newer_database_is_refused(database: Database) -> None:
    """A database that a later version wrote is left alone, and the message says what to do."""
    with database.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="9999") as caught:
        database.migrate()
    assert caught.value.code == "newer-database"


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    """An error in the block takes back everything that was done in it, and goes on unchanged."""
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        add_tenant(connection, Tenant("third"), now_us=3)
        raise ZeroDivisionError
    with database.read() as connection:
        assert all_tenants(connection) == [ACME, OTHER]


def test_readers_cannot_write(database: Database) -> None:
    """A write through `read` is refused and has no effect; the next transaction works."""
    with pytest.raises(StorageError), database.read() as connection:
        add_tenant(connection, Tenant("third"), now_us=3)
    with database.transaction() as connection:
        assert _count(connection) == 2
        assert add_tenant(connection, Tenant("third"), now_us=3)
        assert not add_tenant(connection, Tenant("third"), now_us=4)


def test_a_reader_sees_one_moment(database: Database) -> None:
    """While a reader reads, a writer's commit neither waits for it nor shows in it."""
    with database.read() as reader:
        before = _count(reader)
        with database.transaction() as writer:
            add_tenant(writer, Tenant("third"), now_us=3)
        assert _count(reader) == before
    with database.read() as reader:
        assert _count(reader) == before + 1


def test_writers_lose_no_update(database_url: str, database: Database) -> None:
    """Read-then-write steps of several threads and several engines never overwrite one another."""
    engines = [database, Database(database_url)]

    def step(number: int) -> None:
        for _ in range(5):
            while True:
                try:
                    with engines[number % 2].transaction() as connection:
                        head = Heads(database).within(connection, ACME)
                        size = head.size if head else 0
                        time.sleep(0.001)
                        Heads(database).advance(
                            connection, ACME, expected_size=size, head=_head(size=size + 1)
                        )
                except ConflictError:
                    continue
                break

    threads = [threading.Thread(target=step, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    head = Heads(database).get(ACME)
    engines[1].close()
    assert head is not None
    assert head.size == 20


def test_a_broken_constraint_is_a_conflict_without_values(database: Database) -> None:
    """A refused row is ConflictError, whose message holds none of the row's values."""
    row = {"tenant": ACME, "created_us": 77777777}
    with pytest.raises(ConflictError) as caught, database.transaction() as connection:
        connection.execute(tenants.insert().values(row))
    assert "77777777" not in str(caught.value)
    with pytest.raises(ConflictError), database.transaction() as connection:
        Heads(database).advance(connection, Tenant("unknown"), expected_size=0, head=_head(size=1))


def test_a_broken_statement_is_a_storage_error(database: Database) -> None:
    """Nothing of SQLAlchemy's or the driver's gets out."""
    with pytest.raises(StorageError), database.read() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_sources_are_declared_once(database: Database) -> None:
    """A source keeps its type for ever; tenants do not see one another's; unknown ones are NotFoundError."""
    declared = DeclaredSources(database)
    okta = SourceType("okta.system_log")
    expected = DeclaredSource(name=OKTA, type=okta, created_us=5)
    assert declared.add(ACME, name="okta-prod", type=okta, now_us=5) == expected
    assert declared.add(ACME, name="okta-prod", type=okta, now_us=6) == expected
    with pytest.raises(ConflictError, match=r"okta-prod is of type okta\.system_log already"):
        declared.add(ACME, name="okta-prod", type=SourceType("github.audit"), now_us=7)
    declared.add(ACME, name="audit", type=SourceType("github.audit"), now_us=8)
    assert [source.name for source in declared.list(ACME)] == ["audit", "okta-prod"]
    assert declared.get(ACME, name="okta-prod") == expected
    assert declared.list(OTHER) == []
    with pytest.raises(NotFoundError) as caught:
        declared.get(OTHER, name="okta-prod")
    assert caught.value.code == "unknown-source"


@pytest.mark.parametrize("name", ["", "Okta", "a/b", "-a", "x" * 65, "é"])
def test_bad_source_names_are_refused(database: Database, name: str) -> None:
    """Only names that can stand in a URL, a scope and a file name are declared."""
    with pytest.raises(UsageError):
        DeclaredSources(database).add(ACME, name=name, type=SourceType("x.y"), now_us=1)


def test_our_own_source_cannot_be_declared(database: Database) -> None:
    """Nobody can write records in the name of Affidavit itself."""
    with pytest.raises(ConflictError):
        DeclaredSources(database).add(ACME, name="affidavit", type=SourceType("x.y"), now_us=1)


def _head(*, size: int) -> Head:
    return Head(
        size=size,
        root=bytes([size % 256]) * 32,
        spool_segment=1,
        spool_offset=size * 2**32,
        checkpoint=f"log\n{size}\nroot\n",
        moved_us=1_790_000_000_000_000 + size,
    )


def test_a_head_moves_by_compare_and_swap(database: Database) -> None:
    """Only who read the current size moves the head; whoever comes late changes nothing."""
    heads = Heads(database)
    assert heads.get(ACME) is None
    for expected_size, size in ((0, 0), (0, 5), (5, 5), (5, 9)):
        with database.transaction() as connection:
            heads.advance(connection, ACME, expected_size=expected_size, head=_head(size=size))
        assert heads.get(ACME) == _head(size=size)
    assert heads.get(OTHER) is None
    for expected_size, size in ((0, 1), (5, 10), (8, 9), (10, 11), (9, 8)):
        with pytest.raises(ConflictError) as caught, database.transaction() as connection:
            advance_seqs(connection, ACME, next_seqs={OKTA: 999})
            heads.advance(connection, ACME, expected_size=expected_size, head=_head(size=size))
        assert caught.value.code == "head-moved"
    assert heads.get(ACME) == _head(size=9)
    with database.read() as connection:
        assert next_seqs(connection, ACME) == {}


def test_sequences_only_grow(database: Database) -> None:
    """A `seq` that was given is never given again, whatever is written later."""
    audit = SourceName("audit")
    for moved in ({OKTA: 10, audit: 1}, {OKTA: 4}, {audit: 2**50}, {}):
        with database.transaction() as connection:
            advance_seqs(connection, ACME, next_seqs=moved)
    with database.read() as connection:
        assert next_seqs(connection, ACME) == {OKTA: 10, audit: 2**50}
        assert next_seqs(connection, OTHER) == {}


def _receipt(number: int, *, key: str | None = None, first_index: int | None = None) -> Receipt:
    return Receipt(
        batch=BatchId(new_uuid7(number * 1000)),
        source=OKTA,
        idempotency_key=key,
        accepted=1000,
        quarantined=number,
        first_seq=number,
        last_seq=number + 999,
        received_us=number * 1000,
        first_index=first_index,
    )


def test_receipts_are_found_by_batch_and_by_key(database: Database) -> None:
    """A batch has one receipt, which sealing completes; of a key the latest since a moment counts."""
    kept = [_receipt(1), _receipt(2, key="k"), _receipt(3, key="k"), _receipt(4, key="other")]
    with database.transaction() as connection:
        put_receipts(connection, ACME, batches=kept)
        put_receipts(connection, ACME, batches=[])
    sealed = msgspec.structs.replace(kept[0], first_index=7, last_index=1006, checkpoint_size=2000)
    with database.transaction() as connection:
        put_receipts(connection, ACME, batches=[sealed])
    with database.read() as connection:
        assert receipt(connection, ACME, batch=kept[0].batch) == sealed
        assert receipt(connection, ACME, batch=kept[1].batch) == kept[1]
        assert receipt(connection, OTHER, batch=kept[1].batch) is None
        assert receipt(connection, ACME, batch="garbage") is None

        def of_key(tenant: Tenant, source: SourceName, since_us: int) -> Receipt | None:
            return receipt_of_key(connection, tenant, source=source, idempotency_key="k", since_us=since_us)

        assert of_key(ACME, OKTA, 0) == kept[2]
        assert of_key(ACME, OKTA, 3000) == kept[2]
        assert of_key(ACME, OKTA, 3001) is None
        assert of_key(ACME, SourceName("elsewhere"), 0) is None
        assert of_key(OTHER, OKTA, 0) is None


def _line(number: int, source: SourceName) -> QuarantinedLine:
    return QuarantinedLine(
        id=new_uuid7(number * 1000),
        source=source,
        batch=BatchId("b"),
        line=number,
        byte=number * 2**33,
        size_bytes=5,
        code="not-json",
        reason="not JSON: “oops”",
        received_us=number // 3,
        object="quarantine/1",
        item=number,
    )


def test_quarantine_is_listed_newest_first(database: Database) -> None:
    """Pages follow one another without a gap or a double; a line that goes on in another chunk is one, and longer."""
    audit = SourceName("audit")
    lines = [_line(number, OKTA if number % 2 else audit) for number in range(20)]
    with database.transaction() as connection:
        add_quarantined(connection, ACME, lines=lines)
    with database.transaction() as connection:
        add_quarantined(connection, ACME, lines=lines[5:6])
    lines[5] = msgspec.structs.replace(lines[5], size_bytes=10)
    newest = sorted(lines, key=lambda line: (line.received_us, line.id), reverse=True)
    with database.read() as connection:
        for source in (None, OKTA, audit, SourceName("none")):
            seen: list[QuarantinedLine] = []
            before = None
            while page := quarantined_page(connection, ACME, source=source, before=before, limit=3):
                assert len(page) <= 3
                seen += page
                before = (page[-1].received_us, page[-1].id)
            assert seen == [line for line in newest if source in (None, line.source)]
        assert quarantined(connection, ACME, id=lines[5].id) == lines[5]
        assert quarantined(connection, OTHER, id=lines[5].id) is None
        assert quarantined_page(connection, OTHER) == []
        assert count_quarantined(connection, ACME) == {OKTA: 10, audit: 10}


def test_no_reason_stops_the_quarantine(database: Database) -> None:
    """A reason that quotes bytes which no database holds as text is kept with replacements."""
    hostile = msgspec.structs.replace(_line(1, OKTA), reason="nul \0, surrogate \ud800, fine é")
    with database.transaction() as connection:
        add_quarantined(connection, ACME, lines=[hostile])
        kept = quarantined(connection, ACME, id=hostile.id)
    assert kept is not None
    assert kept.reason == "nul \ufffd, surrogate ?, fine é"
