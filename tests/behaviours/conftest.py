"""What the behaviour suites run over: an empty database of each kind."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from tests.simulators.postgresql import AVAILABLE, REASON, create_database, postgresql_server

from affidavit.state.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NUMBERS = itertools.count()
KINDS = [
    "sqlite",
    pytest.param("postgresql", marks=[pytest.mark.slow, pytest.mark.skipif(not AVAILABLE, reason=REASON)]),
]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A server for the whole run."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    server: str = request.getfixturevalue("postgresql")
    return create_database(server, f"test_{next(_NUMBERS)}")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with this version's tables."""
    opened = Database(database_url)
    opened.migrate()
    yield opened
    opened.close()
