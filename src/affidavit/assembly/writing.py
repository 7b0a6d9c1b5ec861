"""The writing side of a tenant, put together: spool, receiver, sealer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.assembly.directory import passphrase
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.publishing import open_publication
from affidavit.intake.recovery import recover
from affidavit.intake.spool import BEGINNING, Position, Spool
from affidavit.intake.tail import Tail
from affidavit.keys.custody import Custody
from affidavit.ledger.heads import Heads
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.ledger.sequences import next_seqs
from affidavit.pipeline.receive import Limits, Receiver
from affidavit.pipeline.seal import Sealer
from affidavit.storage.local_journal import LocalJournals
from affidavit.storage.mark import MappedMark

if TYPE_CHECKING:
    from affidavit.assembly.directory import Directory
    from affidavit.core.ids import Tenant
    from affidavit.intake.interfaces import Mark


@dataclass(frozen=True, kw_only=True, slots=True)
class Receiving:
    """A tenant's open spool and what receives into it."""

    spool: Spool
    receiver: Receiver
    torn: str | None
    """Where the torn end of the spool was kept, after a crash."""


def durable_mark(directory: Directory, tenant: Tenant) -> Mark:
    """How far the tenant's spool is durable, shared by receiver and sealer."""
    return MappedMark(directory.path / "run" / f"spool-{tenant}.mark")


def journals(directory: Directory, tenant: Tenant) -> LocalJournals:
    """The tenant's spool segments."""
    return LocalJournals(directory.tenant_path(tenant) / "spool")


def open_receiving(directory: Directory, tenant: Tenant) -> Receiving:
    """Tidy the spool up after the last writer, and open it. Nothing may be sealing meanwhile."""
    keyring = directory.keyring(tenant)
    with directory.database.read() as connection:
        head = Heads(directory.database).within(connection, tenant)
        sealed = {(str(tenant), str(name)): seq for name, seq in next_seqs(connection, tenant).items()}
    position = Position(head.spool_segment, head.spool_offset) if head else BEGINNING
    journal = journals(directory, tenant)
    mark = durable_mark(directory, tenant)
    recovered = recover(
        journal,
        [keyring.identity],
        sealed=position,
        next_seqs=sealed,
        durable=Position.unpacked(mark.get()),
    )
    spool = Spool(
        journal,
        keyring.recipient,
        durable=mark,
        first_segment=recovered.next_segment,
        next_seqs=recovered.next_seqs,
    )
    intake = directory.settings.intake
    receiver = Receiver(
        spool,
        tenant=tenant,
        database=directory.database,
        limits=Limits(
            line_bytes=intake.max_line_bytes,
            document_bytes=intake.max_document_bytes,
            body_bytes=intake.max_body_bytes,
            compressed_bytes=intake.max_compressed_bytes,
            inflight_bytes=intake.max_inflight_bytes,
            spool_bytes=intake.max_spool_bytes,
            free_bytes=intake.min_free_bytes,
        ),
        volume=journal,
        clock=directory.clock,
        waiting=recovered.waiting,
        idempotency_window_us=intake.idempotency_window_s * 1_000_000,
    )
    return Receiving(spool=spool, receiver=receiver, torn=recovered.torn)


def open_sealer(directory: Directory, tenant: Tenant) -> Sealer:
    """The tenant's sealer, recovered after the last one; the caller closes it.

    VerificationError (`witness-ahead`) where a witness knows more than the head.
    """
    store = directory.tenant_store(tenant)
    return Sealer(
        tenant,
        database=directory.database,
        store=store,
        lake=open_lake(directory, tenant),
        log=Log(store, LOG),
        publication=open_publication(directory, tenant),
        history=History(store),
        custody=Custody(store, passphrase=passphrase()),
        recipient=directory.keyring(tenant).recipient,
        clock=directory.clock,
        max_records=directory.settings.seal.max_records,
    )


def open_tail(directory: Directory, tenant: Tenant, sealer: Sealer) -> Tail:
    """The reading end of the spool, where the sealer goes on."""
    return Tail(
        journals(directory, tenant),
        [directory.keyring(tenant).identity],
        durable=durable_mark(directory, tenant),
        start=sealer.position,
    )
