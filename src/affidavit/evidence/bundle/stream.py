"""The entries of a bundle and its records, side by side in one pass: leaves, bodies, counts, rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING

from affidavit.core.errors import BundleError, VerificationError
from affidavit.evidence.bundle.table import HEADER, csv_line, facts_of, line_of
from affidavit.evidence.bundle.tally import Tally
from affidavit.formats.bundle.members import ENTRIES, RECORDS
from affidavit.formats.bundle.records import FACTS, NO_SALT, BundledRecord, Shown, Withheld, decode_records
from affidavit.formats.record.entry import Entry, parse_entry
from affidavit.formats.record.seal import NAMES, body_of, leaf_hash, part_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from affidavit.formats.bundle.archive import Archive
    from affidavit.formats.bundle.manifest import Manifest

_MAX_ENTRY_BYTES = 65_535


class Walked:
    """What one pass over entries and records found."""

    def __init__(self, manifest: Manifest) -> None:
        self.tally = Tally(manifest.in_period)
        self.leaves: list[bytes] = []
        self.last: Entry | None = None
        self.table = sha256(HEADER)
        """Of the rows as records.csv has them."""


def walk(archive: Archive, manifest: Manifest) -> Walked:
    """Hold every entry to its form and sequence, and every record to its entry.

    Stops at the first fault: VerificationError or BundleError, which says where.
    """
    walked = Walked(manifest)
    records = _in_order(decode_records(_ahead(archive.chunks(RECORDS))))
    waiting = next(records, None)
    whole = not manifest.query.strip()
    index = manifest.first - 1
    for index, line in enumerate(lines(archive.chunks(ENTRIES)), manifest.first):
        if index >= manifest.end:
            raise VerificationError(f"entry {index} lies behind the stated range", code="entry-inserted")
        entry = parse_entry(line)
        walked.leaves.append(leaf_hash(line))
        walked.tally.add_entry(index, entry)
        asked = manifest.in_period(entry.received_us)
        if asked and index == manifest.first > 0:
            raise _open(f"no entry before {index} shows where the period begins")
        if waiting is not None and waiting.at == index:
            if not asked:
                raise VerificationError(f"record {index} lies outside of the period", code="row-outside")
            check_record(waiting, entry, manifest.disclosed)
            facts = facts_of(waiting)
            walked.tally.add_record(entry, waiting, facts)
            walked.table.update(csv_line(line_of(entry, waiting, facts)))
            waiting = next(records, None)
        elif asked and whole:
            raise VerificationError(
                f"entry {index} lies in the period, and everything was asked for, but its record is missing",
                code="row-dropped",
            )
        walked.last = entry
    if index + 1 < manifest.end:
        raise VerificationError(
            f"the entries end before {index + 1}, of {manifest.end}", code="entry-dropped"
        )
    if waiting is not None:
        raise VerificationError(
            f"record {waiting.at} has no entry left, or stands out of its order", code="row-order"
        )
    if (
        walked.last is not None
        and manifest.end < manifest.end_size
        and manifest.in_period(walked.last.received_us)
    ):
        raise _open(f"no entry behind {index} shows where the period ends")
    return walked


def _ahead(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, or what they fail with, in their order; a thread unpacks each while the one before is looked at.

    Two are held at most.
    """
    with ThreadPoolExecutor(1, "unpack") as worker:
        coming = worker.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = worker.submit(next, pieces, None)
            yield piece


def _in_order(records: Iterable[BundledRecord]) -> Iterator[BundledRecord]:
    before: int | None = None
    for record in records:
        if before is not None and record.at <= before:
            raise VerificationError(f"record {record.at} stands behind record {before}", code="row-order")
        before = record.at
        yield record


def check_record(record: BundledRecord, entry: Entry, disclosed: tuple[str, ...]) -> None:
    """The parts, shown or withheld, make the body that the entry commits to; VerificationError otherwise."""
    digests = []
    for name, part in zip(NAMES, record.parts, strict=True):
        if isinstance(part, Withheld):
            digests.append(part.d)
            continue
        if name not in disclosed:
            raise VerificationError(
                f"record {record.at} shows {name}, which the manifest does not name",
                code="disclosure-differs",
            )
        digests.append(part_digest(name, part.salt, part.data))
    facts = record.parts[FACTS]
    if isinstance(facts, Shown) and facts.salt != NO_SALT:
        raise VerificationError(f"the facts of record {record.at} have a salt", code="body-differs")
    if body_of(digests).hex() != entry.body:
        raise VerificationError(
            f"record {record.at}: parts, salts and digests do not make the body that its entry commits to",
            code="body-differs",
        )


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a member without their line feeds; BundleError where one is too long or does not end."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _MAX_ENTRY_BYTES:
            break
    if rest:
        raise BundleError("a line is too long, or the last one does not end", code="lines-format")


def _open(what: str) -> VerificationError:
    return VerificationError(what, code="period-open")
