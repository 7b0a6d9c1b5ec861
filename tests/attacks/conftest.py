"""A log to attack, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.running.events import okta_lines
from tests.running.in_process import api_in_process

from affidavit.assembly.directory import open_directory
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.outside import Outside
from affidavit.assembly.scratch import make_scratch
from affidavit.core.ids import DEFAULT_TENANT

if TYPE_CHECKING:
    from affidavit.assembly.scratch import Scratch
    from affidavit.lake.segment import Row


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Sealed records of two sources, as the product stores them."""
    path = tmp_path_factory.mktemp("attacked") / "data"
    with api_in_process(path) as api:
        for source in ("okta-a", "okta-b"):
            api.declare(source)
        for source in ("okta-a", "okta-b", "okta-a"):
            api.sent(source, okta_lines(40, actor=f"{source}@harborline.example"))
    directory = open_directory(path)
    lake = open_lake(directory, DEFAULT_TENANT)
    found = lake.rows(0, 200)
    lake.close()
    directory.database.close()
    assert len(found) == 120
    return found


@pytest.fixture(scope="session")
def scratch(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """The log that attacks are tried on."""
    return make_scratch(tmp_path_factory.mktemp("scratch"), rows, origin="log.harborline.example/drill")


@pytest.fixture(scope="session")
def outside(scratch: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """Somebody with keys, a kept checkpoint and a witness."""
    return Outside(scratch, tmp_path_factory.mktemp("outside"))
