"""What Affidavit says about itself is announced, sealed once, found and verified like any other record."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest

from affidavit.assembly.directory import Directory, open_directory
from affidavit.assembly.initialise import initialise
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.verification import verify_directory
from affidavit.assembly.writing import open_receiving, open_sealer, open_tail
from affidavit.core.errors import ConflictError, StorageError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.ocsf.classes_iam import EntityManagement
from affidavit.formats.ocsf.objects import ManagedEntity
from affidavit.ledger.outbox import announce
from affidavit.pipeline.own import own_metadata, own_record
from affidavit.state.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from affidavit.lake.segment import Row
    from affidavit.ledger.outbox import OwnRecord

_NOW_US = 1_795_424_400_000_000


def _said(code: str, *, statement: bytes = b"") -> OwnRecord:
    event = EntityManagement(
        activity_id=3,
        metadata=own_metadata(code),
        severity_id=1,
        time=_NOW_US // 1000,
        entity=ManagedEntity(name="thing", type="test"),
    )
    return own_record("config", event, now_us=_NOW_US, statement=statement)


@contextmanager
def _directory(path: Path) -> Iterator[Directory]:
    directory = open_directory(path)
    open_receiving(directory, DEFAULT_TENANT).spool.close()
    yield directory
    directory.database.close()


def _announce(directory: Directory, *records: OwnRecord) -> None:
    with directory.database.transaction() as connection:
        announce(connection, DEFAULT_TENANT, records)


def _seal(directory: Directory) -> int:
    sealer = open_sealer(directory, DEFAULT_TENANT)
    return sealer.step(open_tail(directory, DEFAULT_TENANT, sealer))


def _rows(directory: Directory) -> list[Row]:
    return open_lake(directory, DEFAULT_TENANT).rows(0, 100)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty data directory."""
    initialise(tmp_path / "data")
    return tmp_path / "data"


def test_own_records_are_sealed_in_order_and_verify(path: Path) -> None:
    """Each comes from the source `affidavit`, with its kind, its statement verbatim and the next seq."""
    with _directory(path) as directory:
        _announce(directory, _said("first", statement=b"said first"), _said("second"))
        assert _seal(directory) == 2
        assert _seal(directory) == 0
        rows = _rows(directory)
    assert [(row.source, row.kind, row.seq, row.raw) for row in rows] == [
        ("affidavit", "config", 0, b"said first"),
        ("affidavit", "config", 1, b""),
    ]
    report = verify_directory(path, processes=1)
    assert report.verified
    assert report.sources == {"affidavit": 2}


def test_what_a_transaction_takes_back_is_not_sealed(path: Path) -> None:
    """A statement is announced together with what makes it true, or not at all."""
    with _directory(path) as directory:
        with pytest.raises(ConflictError), directory.database.transaction() as connection:
            announce(connection, DEFAULT_TENANT, [_said("never")])
            raise ConflictError("it did not happen")
        assert _seal(directory) == 0


class _Dying(Database):
    """Lets a step do all its writing, and then no transaction."""

    def transaction(self) -> NoReturn:
        """The machine stops here."""
        raise StorageError("the machine stopped")


def test_a_step_that_died_before_the_head_moved_is_repeated_with_the_same_bytes(path: Path) -> None:
    """Rows that were written and never counted are replaced by the same record, once."""
    with _directory(path) as directory:
        said = _said("once")
        _announce(directory, said)
        dying = replace(directory, database=_Dying(directory.state_url))
        with pytest.raises(StorageError):
            _seal(dying)
        dying.database.close()
        assert len(_rows(directory)) == 1
        assert _seal(directory) == 1
        assert _seal(directory) == 0
        assert [row.record for row in _rows(directory)] == [said.record]
    assert verify_directory(path, processes=1).sources == {"affidavit": 1}
