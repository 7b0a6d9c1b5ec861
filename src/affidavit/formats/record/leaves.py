"""Leaf hashes by the batch: what sealing and verifying spend their time on.

Equal to formats.record.seal, record by record, which a test holds; the calls are inlined because a call
costs about as much as a hash. Standard library only.
"""

from __future__ import annotations

from hashlib import sha256, sha512
from typing import TYPE_CHECKING

from affidavit.formats.record.seal import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable


def leaf_hashes(  # noqa: PLR0913 - one argument a column
    *,
    salts: Iterable[bytes],
    actor: Iterable[bytes],
    detail: Iterable[bytes],
    facts: Iterable[bytes],
    raw: Iterable[bytes],
    target: Iterable[bytes],
    classes: Iterable[int],
    kinds: Iterable[str],
    mappers: Iterable[str],
    received_us: Iterable[int],
    records: Iterable[bytes],
    seqs: Iterable[int],
    sources: Iterable[str],
) -> list[bytes]:
    """One 32-byte RFC 6962 leaf hash a record; the columns are of equal length, absent parts empty bytes."""
    narrow, wide, join = sha256, sha512, b"".join
    of_actor = b"affidavit/part/v1\nactor\n"
    of_detail = b"affidavit/part/v1\ndetail\n"
    of_facts = b"affidavit/part/v1\nfacts\n" + bytes(16)
    of_raw = b"affidavit/part/v1\nraw\n"
    of_target = b"affidavit/part/v1\ntarget\n"
    of_body = b"affidavit/body/v1\n"
    of_salts = b"affidavit/salts/v1\n"
    leaves: list[bytes] = []
    add = leaves.append
    columns = zip(
        salts, actor, detail, facts, raw, target, classes, kinds, mappers, received_us, records, seqs, sources,
        strict=True,
    )  # fmt: skip
    for salt, a, d, f, r, t, class_uid, kind, mapper, received, record, seq, source in columns:
        salt4 = wide(of_salts + salt).digest()
        body = narrow(
            join(
                (
                    of_body,
                    narrow(join((of_actor, salt4[:16], a))).digest(),
                    narrow(join((of_detail, salt4[16:32], d))).digest(),
                    narrow(of_facts + f).digest(),
                    narrow(join((of_raw, salt4[32:48], r))).digest(),
                    narrow(join((of_target, salt4[48:], t))).digest(),
                )
            )
        ).hexdigest()
        u = record.hex()
        add(
            narrow(
                f'\0{{"body":"{body}","class":{class_uid},"kind":"{kind}","mapper":"{mapper}"'
                f',"received":{received},"record":"{u[:8]}-{u[8:12]}-{u[12:16]}-{u[16:20]}-{u[20:]}"'
                f',"seq":{seq},"source":"{source}","v":{VERSION}}}'.encode()
            ).digest()
        )
    return leaves
