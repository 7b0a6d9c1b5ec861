"""What only SQLite or the URL itself can show."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

import affidavit.state
from affidavit.core.errors import ConfigurationError, StorageError, StorageFullError
from affidavit.core.ids import Tenant
from affidavit.state.database import Database
from affidavit.state.migrate import NEWEST
from affidavit.state.tenants import add_tenant, all_tenants


def _database(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder}/state.db")
    database.migrate()
    return database


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
        "mysql://u:secret@h/d",
        "\0",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    """A URL that cannot keep state is a ConfigurationError that shows the right form and no password."""
    with pytest.raises(ConfigurationError, match="state database") as caught:
        Database(url)
    assert "sqlite:///" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_a_server_that_does_not_answer_is_a_storage_error(tmp_path: Path) -> None:
    """No server, no crash: the message names no password."""
    database = Database(f"postgresql://u:secret@/d?host={tmp_path}")
    with pytest.raises(StorageError) as caught:
        database.migrate()
    assert "secret" not in str(caught.value)
    database.close()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """The database, its log and its index are 0600."""
    database = _database(tmp_path)
    with database.read():
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    database.close()


def test_commits_survive_a_power_cut(tmp_path: Path) -> None:
    """SQLite syncs its log at every commit, and checks references."""
    database = _database(tmp_path)
    for opened in (database.transaction, database.read):
        with opened() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    database.close()


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    """Where the file may grow no more the error is StorageFullError and the transaction is undone."""
    database = _database(tmp_path)
    with pytest.raises(StorageFullError), database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(10_000):
            add_tenant(connection, Tenant(f"tenant-{number}"), now_us=1)
    with database.read() as connection:
        assert all_tenants(connection) == []
    database.close()


def test_garbage_in_the_file_is_a_storage_error(tmp_path: Path) -> None:
    """A file that is no database gives this project's error."""
    (tmp_path / "state.db").write_bytes(b"this is not a database, " * 200)
    database = Database(f"sqlite:///{tmp_path}/state.db")
    with pytest.raises(StorageError, match="not a database"):
        database.migrate()
    database.close()


def test_a_folder_that_is_absent_is_a_storage_error(tmp_path: Path) -> None:
    """Where the file cannot be made the error says so."""
    with pytest.raises(StorageError):
        Database(f"sqlite:///{tmp_path}/absent/state.db")


def test_the_newest_revision_is_named() -> None:
    """The constant that spares a start Alembic's import is the last migration's revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(affidavit.state.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_migrating_is_silent(tmp_path: Path) -> None:
    """Nothing is printed or logged, even where the program logs at INFO; later starts do not load Alembic."""
    script = (
        "import logging, sys\n"
        "logging.basicConfig(level=logging.INFO)\n"
        "from affidavit.state.database import Database\n"
        "Database(sys.argv[1]).migrate()\n"
        "print('alembic' in sys.modules)\n"
    )
    for loaded in ("True\n", "False\n"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", script, f"sqlite:///{tmp_path}/state.db"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == (loaded, "")


def test_text_is_kept_as_it_is(tmp_path: Path) -> None:
    """Any text that UTF-8 can hold comes back unchanged."""
    database = _database(tmp_path)
    with database.read() as connection:
        assert connection.execute(text("SELECT :t"), {"t": "é\u0000\U0001f600'\";--"}).scalar() == (
            "é\u0000\U0001f600'\";--"
        )
    database.close()
