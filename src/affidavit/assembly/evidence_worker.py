"""Who makes the bundles that were asked for: one at a time, beside everything else."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from affidavit.assembly.evidence import BundleMaker
from affidavit.core.canonical import encode
from affidavit.core.errors import AffidavitError, OperationalError
from affidavit.evidence.asked import AskedBundles
from affidavit.formats.age.file import encrypt
from affidavit.formats.ocsf.classes_application import ApiActivity
from affidavit.formats.ocsf.objects import Actor, Api, NetworkEndpoint, ResourceDetails, Service, User
from affidavit.ledger.outbox import announce
from affidavit.pipeline.own import own_metadata, own_record

if TYPE_CHECKING:
    from threading import Event

    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.evidence.asked import Asked
    from affidavit.evidence.bundle.create import Made
    from affidavit.ledger.outbox import OwnRecord

_POLL_S = 0.2
_RETRY_S = 5.0
_PROGRESS_S = 1.0
_US = 1_000_000
log = logging.getLogger("affidavit")


class EvidenceWorker:
    """Makes one tenant's bundles. The lake is opened when the first is asked for."""

    def __init__(self, directory: Directory, tenant: Tenant) -> None:
        self._directory = directory
        self._tenant = tenant
        self._asked = AskedBundles(directory.database)
        self._maker: BundleMaker | None = None

    def follow(self, stop: Event) -> None:
        """Until told to stop; an error of the machine is logged, and the work is taken up again."""
        recovered = False
        while not stop.is_set():
            try:
                if not recovered:
                    self._asked.recover(self._tenant)
                    recovered = True
                busy = self.step()
            except OperationalError as error:
                log.error("evidence: %s", error)  # noqa: TRY400 - the message is for an operator
                recovered = False
                stop.wait(_RETRY_S)
                continue
            if not busy:
                self.forget_old()
                stop.wait(_POLL_S)
        if self._maker is not None:
            self._maker.close()

    def step(self) -> bool:
        """Make the oldest bundle that is queued; whether there was one."""
        asked = self._asked.claim(self._tenant)
        if asked is None:
            return False
        try:
            made = self._make(asked)
        except OperationalError:
            raise
        except AffidavitError as error:
            now_us = self._directory.clock.now_us()
            self._asked.fail(self._tenant, asked.id, error=error, now_us=now_us)
            return True
        recipient = self._directory.keyring(self._tenant).recipient
        self._directory.tenant_store(self._tenant).put(asked.object, encrypt(made.data, [recipient]))
        now_us = self._directory.clock.now_us()
        with self._directory.database.transaction() as connection:
            self._asked.finish(connection, self._tenant, asked.id, made=made, now_us=now_us)
            announce(connection, self._tenant, [_record(asked, made, now_us=now_us)])
        return True

    def forget_old(self) -> None:
        """Delete the files of bundles that were kept for long enough."""
        keep_us = int(self._directory.settings.evidence.keep_s * _US)
        before_us = self._directory.clock.now_us() - keep_us
        for asked in self._asked.outdated(self._tenant, before_us=before_us):
            self._directory.tenant_store(self._tenant).delete(asked.object)
            self._asked.expire(self._tenant, asked.id)

    def _make(self, asked: Asked) -> Made:
        if self._maker is None:
            self._maker = BundleMaker(self._directory, self._tenant)
        last_s = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal last_s
            if time.monotonic() - last_s >= _PROGRESS_S:
                last_s = time.monotonic()
                self._asked.progress(self._tenant, asked.id, done=done, total=total)

        return self._maker.make(asked.question(), progress=progress)


def _record(asked: Asked, made: Made, *, now_us: int) -> OwnRecord:
    """That somebody was given evidence, of what, and which file it is."""
    manifest = made.manifest
    statement = encode(
        {
            "asked_by": {"name": asked.asked_by, "token": asked.asked_token},
            "bundle": asked.id,
            "disclosed": list(manifest.disclosed),
            "entries": {"end": manifest.end, "first": manifest.first},
            "query": manifest.query,
            "records": manifest.stated["counts"]["matching"],
            "sha256": made.sha256,
            "since_us": manifest.since_us,
            "until_us": manifest.until_us,
        }
    )
    event = ApiActivity(
        activity_id=2,
        metadata=own_metadata("evidence.created"),
        severity_id=1,
        time=now_us // 1000,
        status_id=1,
        status="Success",
        count=manifest.stated["counts"]["matching"],
        api=Api(operation="evidence.create", service=Service(name="affidavit")),
        actor=Actor(user=User(name=asked.asked_by, uid=asked.asked_token)),
        src_endpoint=NetworkEndpoint(svc_name="affidavit"),
        resources=[ResourceDetails(uid=asked.id, type="evidence bundle", name=f"sha256:{made.sha256}")],
    )
    return own_record("access", event, now_us=now_us, statement=statement)
