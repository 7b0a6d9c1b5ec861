"""Every parser of bytes from outside, as one table: garbage into any of them yields only this project's errors.

Used by the tests beside it, which run with the others, and by `script/fuzz`, which runs as long as it is told.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from affidavit.core.settings import load
from affidavit.evidence.bundle.trusting import read_trust
from affidavit.evidence.bundle.verify import verify_bundle
from affidavit.formats.age.armor import decode_armor
from affidavit.formats.age.file import decrypt, encrypt
from affidavit.formats.age.header import parse_header
from affidavit.formats.age.x25519 import X25519Identity, X25519Recipient
from affidavit.formats.bundle.manifest import parse_manifest
from affidavit.formats.bundle.proven import decode_proven
from affidavit.formats.bundle.records import decode_records
from affidavit.formats.record.entry import parse_entry
from affidavit.formats.record.seal import entry
from affidavit.formats.rfc3161 import parse_response, request
from affidavit.formats.rfc3161.token import parse_token
from affidavit.formats.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from affidavit.formats.tlog.entries import decode_bundle, encode_bundle
from affidavit.formats.tlog.kept import stated_kept
from affidavit.formats.tlog.keys import KeyType, SigningKey, VerifierKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.policy import Policy
from affidavit.formats.tlog.proof import TlogProof, format_proof, parse_proof
from affidavit.formats.tlog.rotation import parse_rotation
from affidavit.formats.tlog.signing import sign_checkpoint, verifier_of
from affidavit.formats.tlog.tiles import parse_path
from affidavit.formats.tlog.witnessing import parse_cosignatures, parse_request, parse_size
from affidavit.intake.decompress import decompressed
from affidavit.intake.documents import pieces
from affidavit.intake.frames import decode as decode_chunk
from affidavit.keys.signing import LogKeys
from affidavit.search.language import parse as parse_query
from affidavit.sources.registry import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from affidavit.sources.interface import Mapper

ORIGIN = "log.harborline.example/fuzz"
_NOW_US = 1_795_424_400_000_000


@dataclass(frozen=True)
class Parser:
    """What is fed with bytes, and what it takes for good."""

    feed: Callable[[bytes], object]
    """Raises nothing but AffidavitError."""
    seeds: tuple[bytes, ...] = ()
    """Valid input, from which the interesting garbage is made."""


def _fixed(size_bytes: int) -> bytes:
    return bytes(range(size_bytes))


@cache
def _keys() -> LogKeys:
    return LogKeys.generate(ORIGIN, random=_fixed)


@cache
def _note() -> bytes:
    keys = _keys()
    return sign_checkpoint(
        Checkpoint(ORIGIN, 5, bytes(32)), ed25519=keys.signer, ml_dsa=keys.cosigner, time_s=1_795_424_400
    )


def _identity() -> X25519Identity:
    return X25519Identity.generate(_fixed)


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: parse(data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "replace"))


def _opened(data: bytes) -> object:
    return open_checkpoint(data, [verifier_of(key) for key in _keys().verifier_keys])


def _mapped(mapper: Mapper) -> Callable[[bytes], object]:
    return lambda data: mapper(data, _NOW_US)


def _bundled(data: bytes) -> object:
    return verify_bundle(io.BytesIO(data), read_trust(keys=(), policy=None, roots=None))


def _empty_bundle() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", _note())
        archive.writestr("entries", b"\x00\x01x")
    return file.getvalue()


_ENTRY = entry(
    body=bytes(32),
    class_uid=3002,
    kind="event",
    mapper="okta.system_log/1",
    received_us=_NOW_US,
    record=_fixed(16),
    seq=0,
    source="okta-prod",
)
_WITNESS = SigningKey("witness.example", KeyType.ED25519_COSIGNATURE, _fixed(32)).verifier_key()

PARSERS: dict[str, Parser] = {
    "note": Parser(parse_note, (_note(),)),
    "checkpoint": Parser(parse_checkpoint, (Checkpoint(ORIGIN, 5, bytes(32), ("extension",)).body(),)),
    "signed checkpoint": Parser(_opened, (_note(),)),
    "proof": Parser(parse_proof, (format_proof(TlogProof(3, (bytes(32),) * 3, _note(), b"extra")),)),
    "tile path": Parser(
        _text(parse_path), (b"tile/0/x001/x234/067.p/9", b"tile/entries/000", b"tile/1/x001/000")
    ),
    "entry bundle": Parser(lambda data: decode_bundle(data, width=2), (encode_bundle([b"a", b"bc"]),)),
    "verifier key": Parser(_text(VerifierKey.parse), tuple(key.encode() for key in _keys().verifier_keys)),
    "signing keys": Parser(_text(LogKeys.parse), (_keys().text().encode(),)),
    "policy": Parser(
        Policy.parse,
        (
            f"log {_keys().verifier_keys[0]}\nwitness w {_WITNESS} http://localhost/\n"
            "group g any w\nquorum g\n".encode(),
        ),
    ),
    "witness request": Parser(parse_request, (b"old 3\n" + b"A" * 43 + b"=\n\n" + _note(),)),
    "cosignatures": Parser(parse_cosignatures, (_note().partition(b"\n\n")[2],)),
    "witness size": Parser(parse_size, (b"12\n",)),
    "rotation": Parser(parse_rotation, (b'{"v":1}',)),
    "kept statement": Parser(stated_kept, (b'{"kept":[{"note":"","size":1,"stamp":null}],"v":1}',)),
    "entry": Parser(parse_entry, (_ENTRY,)),
    "bundle": Parser(_bundled, (_empty_bundle(),)),
    "bundle manifest": Parser(parse_manifest, (b'{"v":1}',)),
    "bundle records": Parser(lambda data: list(decode_records([data])), (b"\x00\x00\x00\x01x",)),
    "proven records": Parser(lambda data: list(decode_proven(data)), (b"\x00\x00\x00\x01x",)),
    "age header": Parser(parse_header, (encrypt(b"x", [_identity().recipient], random=_fixed),)),
    "age file": Parser(
        lambda data: decrypt(data, [_identity()]),
        (encrypt(b"x" * 99, [_identity().recipient], random=_fixed),),
    ),
    "age armor": Parser(
        decode_armor, (b"-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n",)
    ),
    "age recipient": Parser(_text(X25519Recipient.parse), (str(_identity().recipient).encode(),)),
    "timestamp answer": Parser(parse_response, (bytes.fromhex("3003020100"), request(bytes(32), nonce=7))),
    "timestamp token": Parser(parse_token, (bytes.fromhex("300d06092a864886f70d010702a000"),)),
    "spool chunk": Parser(decode_chunk, (b"parts\x9eabc\0\0\0\4",)),
    "gzip body": Parser(
        lambda data: list(decompressed([data], "gzip", limit_bytes=1 << 20)), (bytes.fromhex("1f8b0800"),)
    ),
    "zstd body": Parser(
        lambda data: list(decompressed([data], "zstd", limit_bytes=1 << 20)), (bytes.fromhex("28b52ffd"),)
    ),
    "JSON body": Parser(
        lambda data: list(pieces([data], framing="json", envelope="Records")),
        (b'{"Records":[{"a":1},{"b":[2,"x"]}]}', b'{"a":1}\n{"b":2}\n', b"[1,2]"),
    ),
    "text body": Parser(lambda data: list(pieces([data], framing="lines")), (b"one\ntwo\r\n",)),
    "query": Parser(
        _text(parse_query), (b"actor:'a b' -(source:ci OR ip:10.0.0.0/8) outcome:fail* \"free\"",)
    ),
    "settings": Parser(_text(lambda text: load(text, {})), (b"[seal]\nmax_records = 3\n",)),
    **{f"mapper of {kind.type}": Parser(_mapped(kind.map)) for kind in KINDS.values()},
}
