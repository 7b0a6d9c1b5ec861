"""A step that dies before it counts leaves nothing behind that contradicts a later one, which holds other records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.simulators.deployment import Deployment, ndjson
from tests.simulators.faulty import Faults

from affidavit.assembly.layout import LOG
from affidavit.core.errors import StorageError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.formats.ocsf.classes_iam import EntityManagement
from affidavit.formats.ocsf.objects import ManagedEntity
from affidavit.formats.tlog.tiles import tiles_of
from affidavit.ledger.outbox import announce
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from pathlib import Path

COUNTED = 100


def _announce(deployed: Deployment) -> None:
    """A record of Affidavit's own: it stands behind all that is spooled when it is sealed."""
    now_us = deployed.directory.clock.now_us()
    event = EntityManagement(
        activity_id=3,
        metadata=own_metadata("said"),
        severity_id=1,
        time=now_us // 1000,
        entity=ManagedEntity(name="thing", type="test"),
    )
    with deployed.directory.database.transaction() as connection:
        announce(connection, DEFAULT_TENANT, [own_record("config", event, now_us=now_us)])


def _dies(deployed: Deployment) -> None:
    """A step has written everything but what makes it count."""
    faults = Faults()
    faults.fail(at=0, persisted=False)
    deployed.sealer._database._faults = faults  # type: ignore[attr-defined]
    with pytest.raises(StorageError, match="state database"):
        deployed.seal()
    deployed.crash()


def _tiles(deployed: Deployment) -> set[str]:
    names = deployed.directory.tenant_store(DEFAULT_TENANT).names(f"{LOG}tile/")
    return {name.removeprefix(LOG) for name in names}


@pytest.mark.parametrize("records", [1, 155, 156, 500, 1000])
def test_its_tiles_are_gone_with_the_next_start(tmp_path: Path, records: int) -> None:
    """Full ones and partial ones, of every level; those of what counted stay."""
    deployed = Deployment.new(tmp_path / "data").filled(COUNTED)
    deployed.send(ndjson(records))
    before = _tiles(deployed)
    _dies(deployed)
    deployed.open()
    assert _tiles(deployed) == before == {tile.path for tile in tiles_of(COUNTED)}
    deployed.close()


def test_a_later_step_with_other_records_verifies(tmp_path: Path) -> None:
    """What the step ended with is sealed behind what came meanwhile, so its last tile is none of this log."""
    deployed = Deployment.new(tmp_path / "data").filled(COUNTED)
    deployed.send(ndjson(500))
    _announce(deployed)
    _dies(deployed)
    deployed.open(max_records=5000)
    deployed.send(ndjson(700))
    deployed.seal()
    assert deployed.sealer.head.size == COUNTED + 500 + 700 + 1
    deployed.close()
    assert deployed.verify().differences == []
