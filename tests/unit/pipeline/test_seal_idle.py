"""While nothing comes in, the spool holds nothing that is sealed already."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.running.events import okta_lines
from tests.running.in_process import api_in_process

from affidavit.assembly.directory import open_directory
from affidavit.assembly.verification import verify_directory
from affidavit.assembly.writing import open_receiving
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.intake import spool as spool_module

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_sealed_segment_goes_without_more_coming_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The segment is deleted, the head moves behind it, later records are sealed; a restart misses nothing."""
    monkeypatch.setattr(spool_module, "IDLE_S", 0.1)
    monkeypatch.setattr(spool_module, "_WORTH_BYTES", 1000)
    data = tmp_path / "data"
    spool = data / "tenants" / "default" / "spool"
    with api_in_process(data) as api:
        api.declare("okta-a")
        api.sent("okta-a", okta_lines(20))
        before = {path.name for path in spool.iterdir()}
        deadline_s = time.monotonic() + 20
        while before & {path.name for path in spool.iterdir()} and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert sum(path.stat().st_size for path in spool.iterdir()) < 1000
        api.sent("okta-a", okta_lines(3))
    directory = open_directory(data)
    open_receiving(directory, DEFAULT_TENANT).spool.close()
    directory.database.close()
    report = verify_directory(data, processes=1)
    assert report.differences == []
    assert report.sources["okta-a"] == 23
