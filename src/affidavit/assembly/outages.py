"""How publication stands: said in the log, in a file that the API reads, and of each outage in a sealed record."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from affidavit.core.errors import NotFoundError
from affidavit.formats.ocsf.classes_findings import DetectionFinding
from affidavit.formats.ocsf.objects import FindingInfo
from affidavit.ledger.outbox import announce
from affidavit.ledger.publication import Status
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.ledger.outbox import OwnRecord

_CREATED, _MEDIUM, _CRITICAL, _NEW = 1, 3, 5, 1
_SAID = {
    "held": "The witnesses' quorum is missing: the newest checkpoint is held back.",
    "unwitnessed": "The witnesses' quorum is missing: checkpoints are published without it.",
    "conflict": "A witness knows another history of this log: nothing is published without a quorum.",
}
log = logging.getLogger("affidavit")


def witness_status(directory: Directory, tenant: Tenant) -> Status | None:
    """How publication stands, as the sealer said last; None where nothing asks for witnesses."""
    if directory.settings.witness.policy is None:
        return None
    try:
        return msgspec.json.decode(directory.store.read(_status_name(tenant)), type=Status)
    except (NotFoundError, msgspec.DecodeError):
        return Status()


class Telling:
    """Tells of one tenant's publication."""

    def __init__(self, directory: Directory, tenant: Tenant) -> None:
        self._directory = directory
        self._tenant = tenant

    def tell(self, status: Status) -> None:
        """Publication stands so from now on."""
        before = witness_status(self._directory, self._tenant) or Status()
        if status.state == "witnessed":
            log.info("checkpoints are published with the witnesses' quorum")
        else:
            log.warning("%s %s", _SAID[status.state], status.problems)
        if status.state not in ("witnessed", before.state):
            with self._directory.database.transaction() as connection:
                announce(connection, self._tenant, [_finding(status, self._directory.clock.now_us())])
        self._directory.store.put(_status_name(self._tenant), msgspec.json.encode(status))


def _finding(status: Status, now_us: int) -> OwnRecord:
    code = f"witness.{status.state}"
    event = DetectionFinding(
        activity_id=_CREATED,
        metadata=own_metadata(code),
        severity_id=_CRITICAL if status.state == "conflict" else _MEDIUM,
        time=now_us // 1000,
        finding_info=FindingInfo(uid=f"{code}/{now_us}", title=_SAID[status.state], types=[code]),
    )
    event.status_id, event.status = _NEW, "New"
    event.message = _SAID[status.state]
    event.is_alert = True
    return own_record("finding", event, now_us=now_us, statement=msgspec.json.encode(status))


def _status_name(tenant: Tenant) -> str:
    return f"run/witness-{tenant}.json"
