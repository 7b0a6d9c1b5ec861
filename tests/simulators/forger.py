"""Somebody who changes a bundle: without the log's keys, with the digests mended, or with the keys as well."""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from affidavit.core import canonical
from affidavit.formats.bundle.manifest import FORMAT
from affidavit.formats.bundle.pack import Packed, joined
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.signing import sign_statement

if TYPE_CHECKING:
    from affidavit.formats.tlog.cosignature import MlDsa44Signer
    from affidavit.formats.tlog.ed25519 import Ed25519Signer

UNLISTED = ("manifest.json", "manifest.note")


class Keys(Protocol):
    """The signing keys of a log, whoever has them."""

    log_signer: Ed25519Signer
    log_cosigner: MlDsa44Signer


class Forger:
    """The members of a bundle, to be changed and put together again."""

    def __init__(self, bundle: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest, decoded anew; assign it to change it."""
        read: dict[str, Any] = json.loads(self.members["manifest.json"])
        return read

    @manifest.setter
    def manifest(self, changed: dict[str, Any]) -> None:
        self.members["manifest.json"] = canonical.encode(changed)

    def plain(self) -> bytes:
        """The archive of the members as they are now."""
        return joined([Packed(name, data) for name, data in self.members.items()])

    def mended(self) -> bytes:
        """As `plain`, after the manifest's digests were computed again."""
        manifest = self.manifest
        manifest["members"] = {
            name: {"sha256": sha256(data).hexdigest(), "size": len(data)}
            for name, data in self.members.items()
            if name not in UNLISTED
        }
        self.manifest = manifest
        return self.plain()

    def signed(self, keyring: Keys) -> bytes:
        """As `mended`, signed by whoever has the log's keys, with the number of rows that it states."""
        self.mended()
        digest = sha256(self.members["manifest.json"]).digest()
        self.members["manifest.note"] = sign_statement(
            Checkpoint(FORMAT, self.manifest["counts"]["matching"], digest),
            ed25519=keyring.log_signer,
            ml_dsa=keyring.log_cosigner,
            time_s=1_795_000_000,
        )
        return self.plain()

    def records(self) -> list[bytes]:
        """The records of records.bin, each with its head."""
        data = self.members["records.bin"]
        found = []
        while data:
            head, _, rest = data.partition(b"\n")
            length = sum(int(field.partition(b"+")[2] or 0) for field in head.split(b" ")[1:])
            found.append(data[: len(head) + 1 + length + 1])
            data = rest[length + 1 :]
        return found

    def set_records(self, records: list[bytes]) -> None:
        """Put records together again."""
        self.members["records.bin"] = b"".join(records)

    def lines(self, name: str) -> list[bytes]:
        """The lines of a member, with their ends."""
        return self.members[name].splitlines(keepends=True)
