"""Which keys a data directory's log had when, and the published checkpoint under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.assembly.lakes import open_lake
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.key_history import KeyHistory
from affidavit.evidence.report import Difference
from affidavit.formats.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from affidavit.formats.tlog.keys import VerifierKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.signing import verifier_of
from affidavit.keys.custody import sealed_rotations, verifier_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit.assembly.directory import Directory
    from affidavit.storage.interfaces import ObjectStore


def known_keys(store: ObjectStore, keys: Sequence[str] | None = None) -> KeyHistory:
    """The history of the log's keys, from verifier keys that were kept elsewhere, or those beside the secret ones.

    LogFormatError or VerificationError where the rotations do not hold, or do not lead to these keys.
    """
    texts = verifier_keys(store) if keys is None else keys
    return KeyHistory.follow(map(VerifierKey.parse, texts), sealed_rotations(store))


def opened(note: bytes, keys: KeyHistory) -> Checkpoint:
    """The checkpoint in a note, signed by the keys that its size asks for."""
    size = parse_checkpoint(parse_note(note).text).size
    return open_checkpoint(note, map(verifier_of, keys.at(size))).checkpoint


def check_statements(directory: Directory, keys: KeyHistory, size: int) -> list[Difference]:
    """Each statement that the keys follow is what the log of that size has sealed in its place."""
    lake = open_lake(directory, DEFAULT_TENANT)
    differences = []
    for handover, rotation in keys.rotations:
        if handover > size:
            continue  # sealed, and not published yet
        found = lake.rows(handover - 1, handover)
        if not found or found[0].kind != "key" or found[0].raw != rotation.encode():
            what = "is not the rotation by which the keys changed there"
            differences.append(Difference("rotation-unsealed", f"record {handover - 1}", what))
    return differences
