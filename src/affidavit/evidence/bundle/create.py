"""Making a bundle from what is stored; nothing is handed out that does not lead to the signed root."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from affidavit.core.errors import VerificationError
from affidavit.core.ids import uuid_text
from affidavit.evidence.bundle.guide import guide
from affidavit.evidence.bundle.overview import Overview
from affidavit.evidence.bundle.report import Proofs, report
from affidavit.evidence.bundle.table import HEADER, csv_line, facts_of, line_of, object_of
from affidavit.evidence.bundle.tally import Tally
from affidavit.formats.bundle import members
from affidavit.formats.bundle.manifest import FORMAT, Manifest
from affidavit.formats.bundle.pack import Packed, joined
from affidavit.formats.bundle.proven import ProvenRecord, encode_proven
from affidavit.formats.bundle.records import NO_SALT, BundledRecord, Part, Shown, Withheld, encode_record
from affidavit.formats.bundle.span import boundary_ranges, root_around
from affidavit.formats.record.entry import Entry
from affidavit.formats.record.seal import NAMES, body_of, entry, leaf_hash, part_digest, part_salts
from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.text import encode_base64
from affidavit.formats.tlog.tree import ReadTile, consistency_proof, inclusion_proof, range_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from concurrent.futures import Executor


_PROGRESS_ROWS = 1000


class Row(Protocol):
    """A stored record; absent parts are empty."""

    @property
    def index(self) -> int: ...  # noqa: D102 - a column of the record
    @property
    def record(self) -> bytes: ...  # noqa: D102 - a column of the record
    @property
    def salt(self) -> bytes | None:
        """None where it was erased."""

    @property
    def kind(self) -> str: ...  # noqa: D102 - a column of the record
    @property
    def source(self) -> str: ...  # noqa: D102 - a column of the record
    @property
    def class_uid(self) -> int: ...  # noqa: D102 - a column of the record
    @property
    def mapper(self) -> str: ...  # noqa: D102 - a column of the record
    @property
    def seq(self) -> int: ...  # noqa: D102 - a column of the record
    @property
    def received_us(self) -> int: ...  # noqa: D102 - a column of the record
    @property
    def actor(self) -> bytes: ...  # noqa: D102 - a column of the record
    @property
    def detail(self) -> bytes: ...  # noqa: D102 - a column of the record
    @property
    def facts(self) -> bytes: ...  # noqa: D102 - a column of the record
    @property
    def raw(self) -> bytes: ...  # noqa: D102 - a column of the record
    @property
    def target(self) -> bytes: ...  # noqa: D102 - a column of the record


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was asked, and by whom; see Manifest for the fields."""

    query: str
    since: str | None
    until: str | None
    since_us: int | None
    until_us: int | None
    disclosed: tuple[str, ...]
    asked_by: str
    asked_token: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A checkpoint that is kept, and the timestamp over it where there is one."""

    note: bytes
    token: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a bundle is made of."""

    origin: str
    policy: bytes
    start: Kept | None
    end: Kept
    first: int
    end_index: int
    rows: Iterable[Row]
    """Of every index from `first` up to, not including, `end_index`, in order."""
    matching: Container[int]
    """Indexes of the records that fit the query; those outside of the period do not count."""
    read_tile: ReadTile
    sign: Callable[[Checkpoint], bytes]
    """A note with every signature of the log over a text in the form of a checkpoint."""
    key_history: Iterable[ProvenRecord] = ()
    erasures: Iterable[ProvenRecord] = ()


@dataclass(frozen=True, kw_only=True)
class Made:
    """A bundle."""

    data: bytes
    sha256: str
    manifest: Manifest


def make_bundle(  # noqa: PLR0913 - what, from what, and who makes it
    question: Question,
    material: Material,
    *,
    now_us: int,
    tool: str,
    verifier: bytes,
    progress: Callable[[int], None] = lambda _: None,
) -> Made:
    """The archive; `progress` is told now and then how many records are done.

    VerificationError where what is stored does not lead to the end checkpoint: then there is nothing to prove.
    """
    with ThreadPoolExecutor(1, "pack") as worker:
        making = _Making(question, material, worker)
        for row in material.rows:
            making.take(row)
            if row.index % _PROGRESS_ROWS == 0:
                progress(row.index - material.first)
        return making.finish(now_us=now_us, tool=tool, verifier=verifier)


def proven_record(row: Row, *, disclosed: Container[str], size: int, read_tile: ReadTile) -> ProvenRecord:
    """A record from anywhere in the tree of `size` entries, with its path to the root."""
    _, line, parts = _sealed(row, tuple(name in disclosed for name in NAMES))
    proof = tuple(inclusion_proof(row.index, size, read_tile))
    return ProvenRecord(BundledRecord(row.index, parts), line, proof)


def _sealed(row: Row, shown: tuple[bool, ...]) -> tuple[str, bytes, tuple[Part, ...]]:
    """The body in hexadecimal digits, the entry, and the parts as they are shown or withheld."""
    salts = part_salts(row.salt or b"")
    sealed = (salts.actor, salts.detail, NO_SALT, salts.raw, salts.target)
    data = (row.actor, row.detail, row.facts, row.raw, row.target)
    digests = list(map(part_digest, NAMES, sealed, data))
    body = body_of(digests)
    line = entry(
        body=body,
        class_uid=row.class_uid,
        kind=row.kind,
        mapper=row.mapper,
        received_us=row.received_us,
        record=row.record,
        seq=row.seq,
        source=row.source,
    )
    parts = tuple(
        Shown(sealed[at], data[at]) if visible else Withheld(digests[at]) for at, visible in enumerate(shown)
    )
    return body.hex(), line, parts


def read_object(data: bytes) -> dict[str, Any] | None:
    """As `object_of`, which a verifier reads parts by, in a third of the time."""
    try:
        read = msgspec.json.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return object_of(data)  # which takes some that are no JSON, such as NaN
    return read if isinstance(read, dict) else None


class _Making:
    """A bundle as it grows."""

    def __init__(self, question: Question, material: Material, worker: Executor) -> None:
        self._question = question
        self._material = material
        self._end = parse_checkpoint(parse_note(material.end.note).text)
        self._shown = tuple(name in question.disclosed for name in NAMES)
        self._tally = Tally(self._in_period)
        self._leaves: list[bytes] = []
        self._entries = Packed(members.ENTRIES, worker=worker)
        self._records = Packed(members.RECORDS, worker=worker)
        self._table = Packed(members.TABLE, HEADER, worker=worker)
        self._overview = Overview()

    def _in_period(self, received_us: int) -> bool:
        since_us, until_us = self._question.since_us, self._question.until_us
        return (since_us is None or received_us >= since_us) and (until_us is None or received_us < until_us)

    def take(self, row: Row) -> None:
        """The next row of the range."""
        expected = self._material.first + len(self._leaves)
        if row.index != expected:
            raise VerificationError(f"record {expected} is not in the lake", code="records-missing")
        body, line, parts = _sealed(row, self._shown)
        read = Entry(
            body=body,
            class_uid=row.class_uid,
            kind=row.kind,
            mapper=row.mapper,
            received_us=row.received_us,
            record=uuid_text(row.record),
            seq=row.seq,
            source=row.source,
        )
        self._tally.add_entry(row.index, read)
        self._leaves.append(leaf_hash(line))
        self._entries.write(line + b"\n")
        if self._in_period(row.received_us) and row.index in self._material.matching:
            self._disclose(read, BundledRecord(row.index, parts))

    def _disclose(self, read: Entry, record: BundledRecord) -> None:
        facts = facts_of(record, read_object)
        self._tally.add_record(read, record, facts)
        self._records.write(encode_record(record))
        line = line_of(read, record, facts, read_object)
        self._table.write(csv_line(line))
        self._overview.add(line, read.received_us)

    def finish(self, *, now_us: int, tool: str, verifier: bytes) -> Made:
        """The archive, once the leaves lead to the root."""
        material, question = self._material, self._question
        end = material.first + len(self._leaves)
        if end != material.end_index:
            raise VerificationError(f"record {end} is not in the lake", code="records-missing")
        ranges = boundary_ranges(material.first, end, size=self._end.size)
        boundary = range_hashes(ranges, self._end.size, material.read_tile)
        if root_around(material.first, self._leaves, boundary, size=self._end.size) != self._end.root:
            raise VerificationError(
                f"records {material.first} to {end - 1} are not what the log commits to", code="root-differs"
            )
        start_size = None
        consistency: list[bytes] = []
        packed = [Packed(members.POLICY, material.policy), Packed(members.END_NOTE, material.end.note)]
        if material.end.token is not None:
            packed.append(Packed(members.END_TOKEN, material.end.token))
        if material.start is not None:
            start_size = parse_checkpoint(parse_note(material.start.note).text).size
            consistency = consistency_proof(start_size, self._end.size, material.read_tile)
            packed.append(Packed(members.START_NOTE, material.start.note))
            if material.start.token is not None:
                packed.append(Packed(members.START_TOKEN, material.start.token))
        packed += [
            Packed(members.CONSISTENCY, _hash_lines(consistency)),
            Packed(members.BOUNDARY, _hash_lines(boundary)),
            self._entries,
            self._records,
            self._table,
            Packed(members.KEY_HISTORY, b"".join(map(encode_proven, material.key_history))),
            Packed(members.ERASURES, b"".join(map(encode_proven, material.erasures))),
            Packed(members.GUIDE, guide(material.origin, tool)),
            Packed(members.VERIFIER, verifier),
        ]
        manifest = Manifest(
            tool=tool,
            origin=material.origin,
            created_us=now_us,
            asked_by=question.asked_by,
            asked_token=question.asked_token,
            query=question.query,
            since=question.since,
            until=question.until,
            since_us=question.since_us,
            until_us=question.until_us,
            disclosed=question.disclosed,
            start_size=start_size,
            end_size=self._end.size,
            first=material.first,
            end=end,
            stated=self._tally.stated(),
            members={},
        )
        packed.insert(0, Packed(members.REPORT, self._report(manifest)))
        for member in packed:
            manifest.members[member.name] = (member.digest, member.size)
        encoded = manifest.encode()
        signed = material.sign(Checkpoint(FORMAT, self._tally.matching, sha256(encoded).digest()))
        data = joined([Packed(members.MANIFEST, encoded), Packed(members.MANIFEST_NOTE, signed), *packed])
        return Made(data=data, sha256=sha256(data).hexdigest(), manifest=manifest)

    def _report(self, manifest: Manifest) -> bytes:
        material = self._material
        names = [signature.name for signature in parse_note(material.end.note).signatures]
        proofs = Proofs(
            root=self._end.root,
            keys=[f"{key.name}+{key.key_id.hex()}" for key in Policy.parse(material.policy).logs],
            cosigned_by=[name for name in dict.fromkeys(names) if name != material.origin],
            stamped=material.end.token is not None,
        )
        return report(manifest, self._overview, proofs)


def _hash_lines(hashes: Iterable[bytes]) -> bytes:
    return "".join(f"{encode_base64(node)}\n" for node in hashes).encode()
