"""Verification while upkeep replaces the files that it is about to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.running.events import okta_lines
from tests.running.in_process import api_in_process

from affidavit.assembly import verification
from affidavit.assembly.directory import open_directory
from affidavit.assembly.lakes import open_lake
from affidavit.core.ids import DEFAULT_TENANT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A data directory with a few segments."""
    with api_in_process(tmp_path / "data") as api:
        api.declare("okta-a")
        for _ in range(3):
            api.sent("okta-a", okta_lines(5))
    return tmp_path / "data"


def _before_the_first_share(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let `act` happen once, after verification has looked up the files and before it reads any."""
    run = verification._run
    waiting = [act]

    def interleaved(*arguments: Any) -> Any:
        if waiting:
            waiting.pop()()
        return run(*arguments)

    monkeypatch.setattr(verification, "_run", interleaved)


def test_files_that_upkeep_replaced_are_no_difference(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compaction that removes the planned files makes verify read what took their place, each record once."""

    def upkeep() -> None:
        directory = open_directory(path)
        lake = open_lake(directory, DEFAULT_TENANT)
        assert lake.compact(min_files=2) == 3
        assert lake.remove_orphans(grace_s=0) >= 3
        lake.close()
        directory.database.close()

    _before_the_first_share(monkeypatch, upkeep)
    report = verification.verify_directory(path, processes=1)
    assert report.differences == []
    assert report.records == report.size == 15
    assert report.sources == {"okta-a": 15}


def test_a_file_that_nobody_replaced_is_missing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleting a file behind the table's back is found, whenever it happens."""

    def attack() -> None:
        next((path / "tenants" / "default" / "lake").rglob("*.parquet")).unlink()

    _before_the_first_share(monkeypatch, attack)
    report = verification.verify_directory(path, processes=1)
    assert {difference.code for difference in report.differences} >= {"lake-file-missing", "records-missing"}
