"""Brings the database's tables to this version's, with Alembic but without its command or its ini file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table, text

from affidavit.core.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection

NEWEST = "0004"
"""The revision that this version's tables are at: the last file in migrations/versions."""
_ONE_AT_A_TIME = 0x61666669
"""The key of PostgreSQL's advisory lock; SQLite's writers exclude one another anyway."""


def migrate(connection: Connection) -> None:
    """Runs what is missing of the migrations, inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    found = revision(connection)
    if found == NEWEST:
        return
    if found is not None and found > NEWEST:
        raise ConfigurationError(
            f"the state database is at revision {found}, and this version knows {NEWEST}",
            code="newer-database",
            hint="Run the version of Affidavit that wrote it, or a newer one.",
        )
    _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """What the tables are at; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(table("alembic_version")))
    return found


def _upgrade(connection: Connection) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # first: its import talks as well
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, NEWEST)
