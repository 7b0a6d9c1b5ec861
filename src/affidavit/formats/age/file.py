"""Whole age files: encrypt, decrypt, and AgeReader for random access.

AgeError carries one of these codes: `age-header` (malformed), `age-hmac` (header altered), `age-no-match` (no
identity opens it), `age-payload` (payload altered or cut), `age-key` (a key or passphrase that cannot be
one).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from affidavit.core.errors import AgeError
from affidavit.formats.age.header import (
    FILE_KEY_BYTES,
    MAX_HEADER_BYTES,
    Header,
    encode_header,
    find_end,
    parse_header,
)
from affidavit.formats.age.hkdf import hkdf_sha256
from affidavit.formats.age.scrypt import SCRYPT
from affidavit.formats.age.stream import ChunkReader, Read, decrypt_chunks, encrypt_chunks, plain_size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from affidavit.formats.age.recipient import Identity, Random, Recipient

NONCE_BYTES = 16
_FIRST_READ_BYTES = 1 << 10  # holds the header of a file with a few recipients


def encrypt(plaintext: bytes, recipients: Iterable[Recipient], *, random: Random = os.urandom) -> bytes:
    """The age file that every one of `recipients` can open; a passphrase recipient must be the only one."""
    file_key = random(FILE_KEY_BYTES)
    stanzas = [recipient.wrap(file_key, random) for recipient in recipients]
    if not stanzas:
        raise AgeError("a file needs at least one recipient", code="age-key")
    if len(stanzas) > 1 and any(stanza.type == SCRYPT for stanza in stanzas):
        raise AgeError("a passphrase must be the only recipient of a file", code="age-key")
    nonce = random(NONCE_BYTES)
    before = encode_header(stanzas, file_key) + nonce
    return encrypt_chunks(_payload_key(file_key, nonce), plaintext, before=before)


def decrypt(file: bytes, identities: Iterable[Identity]) -> bytes:
    """The whole plaintext of the age file `file`; nothing of it is returned unless all of it is authentic."""
    header = parse_header(file)
    file_key = unlock(header, identities)
    payload_key, payload_start = _enter_payload(file_key, file, header.size_bytes)
    return decrypt_chunks(payload_key, memoryview(file)[payload_start:])


def unlock(header: Header, identities: Iterable[Identity]) -> bytes:
    """The file key, by the first of `identities` that a stanza is for, once the header's MAC confirms it."""
    if len(header.stanzas) > 1 and any(stanza.type == SCRYPT for stanza in header.stanzas):
        raise AgeError("a scrypt stanza does not stand alone", code="age-header")
    for identity in identities:
        for stanza in header.stanzas:
            file_key = identity.unwrap(stanza)
            if file_key is not None:
                header.verify(file_key)
                return file_key
    raise AgeError(
        "no identity opens the file", code="age-no-match", hint="Give the key that it is encrypted to."
    )


def plaintext_size(start: bytes, *, file_bytes: int) -> int:
    """The plaintext length of a file of `file_bytes` that begins with `start`, without any key.

    `start` must hold the whole header (a few hundred bytes for X25519). The answer is only as trustworthy as
    the file: AgeReader authenticates it.
    """
    return plain_size(file_bytes - parse_header(start).size_bytes - NONCE_BYTES)


class AgeReader:
    """The plaintext of one age file at random access.

    Opening unwraps the key, checks the header's MAC and authenticates the last chunk; each read then decrypts
    the chunks it touches and no others.
    """

    def __init__(self, chunks: ChunkReader) -> None:
        self._chunks = chunks

    @classmethod
    def open(cls, read: Read, *, file_bytes: int, identities: Iterable[Identity]) -> Self:
        """A reader of the stored file of `file_bytes`, of which `read(start, end)` returns slices."""
        prefix_bytes = _FIRST_READ_BYTES
        prefix = read(0, min(prefix_bytes, file_bytes))
        while find_end(prefix) is None and prefix_bytes < min(MAX_HEADER_BYTES, file_bytes):
            prefix_bytes *= 4
            prefix = read(0, min(prefix_bytes, file_bytes))
        header = parse_header(prefix)
        file_key = unlock(header, identities)
        nonce_end = header.size_bytes + NONCE_BYTES
        if len(prefix) < nonce_end <= file_bytes:
            prefix = read(0, nonce_end)
        payload_key, payload_start = _enter_payload(file_key, prefix, header.size_bytes)
        return cls(ChunkReader(payload_key, read, start=payload_start, end=file_bytes))

    @property
    def size_bytes(self) -> int:
        """Length of the plaintext, authenticated."""
        return self._chunks.size_bytes

    def read(self, start: int, end: int) -> bytes:
        """The plaintext from `start` up to `end`, cut at its ends as a slice would be."""
        return self._chunks.read(start, end)


def _enter_payload(file_key: bytes, file: bytes, header_bytes: int) -> tuple[bytes, int]:
    """The payload key, and where the first chunk begins."""
    start = header_bytes + NONCE_BYTES
    nonce = file[header_bytes:start]
    if len(nonce) != NONCE_BYTES:
        raise AgeError("the file ends inside the payload's nonce", code="age-header")
    return _payload_key(file_key, nonce), start


def _payload_key(file_key: bytes, nonce: bytes) -> bytes:
    return hkdf_sha256(file_key, salt=nonce, info=b"payload")
