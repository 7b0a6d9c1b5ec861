"""Whether readers get the checkpoint of what is sealed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from affidavit.assembly.layout import LOG
from affidavit.assembly.outages import witness_status
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.ledger.log import Log

if TYPE_CHECKING:
    from affidavit.assembly.directory import Directory

_PUBLISHED_WITHIN_S = 2.0
_PAUSE_S = 0.05


def check_behind(directory: Directory, size: int) -> list[Difference]:
    """The head moves an instant before its checkpoint is published; longer than that, readers see too little."""
    patience_s = _PUBLISHED_WITHIN_S
    status = witness_status(directory, DEFAULT_TENANT)
    if status is not None:
        if status.state != "witnessed":
            return []  # it waits for witnesses, which is a finding of its own, sealed when it began
        patience_s += directory.settings.witness.interval_s + directory.settings.witness.timeout_s
    log = Log(directory.tenant_store(DEFAULT_TENANT), LOG)
    until = time.monotonic() + patience_s
    while True:
        published = parse_checkpoint(parse_note(log.checkpoint()).text).size
        if published >= size:
            return []
        if time.monotonic() > until:
            what = f"is of {published} entries, but {size} are sealed"
            return [Difference("checkpoint-behind", "checkpoint", what)]
        time.sleep(_PAUSE_S)
