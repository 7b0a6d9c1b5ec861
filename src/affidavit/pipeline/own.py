"""Records of Affidavit's own: what it does or notices is an OCSF event like any other, from the source `affidavit`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from affidavit import __version__
from affidavit.core.ids import OWN_SOURCE, uuid7s, uuid_text
from affidavit.formats.ocsf.objects import Metadata, Product
from affidavit.formats.record.parts import Parts, join_parts, split
from affidavit.formats.record.seal import SALT_BYTES
from affidavit.intake.frames import Chunk, packed
from affidavit.ledger.outbox import OwnRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.core.ids import Tenant
    from affidavit.formats.ocsf.event import Event
    from affidavit.formats.record.kinds import Kind

MAPPER = f"{OWN_SOURCE}/1"
"""What entries of these records name as their mapper."""
_OCSF = "1.8.0"


def own_metadata(code: str) -> Metadata:
    """The metadata of an event about Affidavit itself; `code` says what happened, such as `key.rotated`."""
    product = Product(vendor_name="Affidavit", name="Affidavit", version=__version__)
    return Metadata(product=product, version=_OCSF, event_code=code)


def own_record(
    kind: Kind,
    event: Event,
    *,
    now_us: int,
    statement: bytes = b"",
    random: Callable[[int], bytes] = os.urandom,
) -> OwnRecord:
    """The event as a record to be announced; `statement` is what it rests on, kept verbatim as the original."""
    parts = split(event, statement)
    return OwnRecord(
        record=uuid7s(now_us, 1),
        salt=random(SALT_BYTES),
        kind=kind,
        class_uid=event.CLASS_UID,
        received_us=now_us,
        **parts._asdict(),
    )


def chunk_of(tenant: Tenant, own: OwnRecord) -> Chunk:
    """The record in the form in which the spool hands over everybody else's."""
    held = Parts(actor=own.actor, detail=own.detail, facts=own.facts, raw=own.raw, target=own.target)
    parts, lengths = packed([join_parts(held)])
    return Chunk(
        tenant=tenant,
        source=OWN_SOURCE,
        batch=uuid_text(own.record),
        mapper=MAPPER,
        number=0,
        received_us=own.received_us,
        kind=own.kind,
        ids=own.record,
        salts=own.salt,
        classes=[own.class_uid],
        parts=parts,
        lengths=lengths,
        quarantine=[],
    )
