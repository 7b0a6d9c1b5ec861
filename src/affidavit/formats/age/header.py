"""The header of an age file: version line, recipient stanzas and MAC, in their one accepted spelling."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from affidavit.core.errors import AgeError
from affidavit.formats.age.hkdf import hkdf_sha256
from affidavit.formats.age.text import decode_base64, encode_base64

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE_KEY_BYTES = 16
MAX_HEADER_BYTES = 1 << 16
"""Longer headers are refused; a native recipient takes at most about 2 KiB."""
_VERSION_LINE = b"age-encryption.org/v1\n"
_LINE_CHARS = 64
_MAC_BYTES = 32
_END = re.compile(rb"\n---[^\n]*\n")
_ARGUMENT = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Stanza:
    """The file key as wrapped for one recipient."""

    arguments: tuple[str, ...]
    """What follows the arrow; the first names the recipient type."""
    body: bytes

    @property
    def type(self) -> str:
        """The recipient type, for example `X25519`."""
        return self.arguments[0]

    def encode(self) -> bytes:
        """The stanza's lines; the last body line is always shorter than 64 characters, if need be empty."""
        body = encode_base64(self.body)
        lines = [" ".join(("->", *self.arguments))]
        lines += [body[at : at + _LINE_CHARS] for at in range(0, len(body) + 1, _LINE_CHARS)]
        return "\n".join((*lines, "")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Header:
    """A header that is well-formed; its MAC proves nothing until it is verified with the file key."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    authenticated: bytes
    """The bytes that the MAC covers."""
    size_bytes: int
    """Length of the header; the payload begins there."""

    def verify(self, file_key: bytes) -> None:
        """Return only if `file_key` made this header."""
        if not hmac.compare_digest(_mac(file_key, self.authenticated), self.mac):
            raise AgeError("the header's MAC is wrong: the header was altered", code="age-hmac")


def find_end(data: bytes) -> int | None:
    """Where the payload begins, if the header that starts `data` ends in it; None to ask for more."""
    match = _END.search(data, 0, MAX_HEADER_BYTES)
    return match.end() if match else None


def encode_header(stanzas: Iterable[Stanza], file_key: bytes) -> bytes:
    """The header that wraps `file_key` as `stanzas` say, with its MAC."""
    authenticated = b"".join((_VERSION_LINE, *(stanza.encode() for stanza in stanzas), b"---"))
    return b"%b %b\n" % (authenticated, encode_base64(_mac(file_key, authenticated)).encode("ascii"))


def parse_header(data: bytes) -> Header:
    """The header at the start of `data`; AgeError `age-header` says which rule other bytes break."""
    if not data.startswith(_VERSION_LINE):
        raise AgeError("the file does not start with the line age-encryption.org/v1", code="age-header")
    end = find_end(data)
    if end is None:
        raise AgeError("the header does not end", code="age-header")
    try:
        lines = data[len(_VERSION_LINE) : end - 1].decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise AgeError("the header is not ASCII", code="age-header") from error
    mark, _, encoded = lines.pop().partition(" ")
    mac = decode_base64(encoded, what="the header's MAC")
    if mark != "---" or len(mac) != _MAC_BYTES:
        raise AgeError("the header does not end with --- and a MAC of 32 bytes", code="age-header")
    return Header(_parse_stanzas(lines), mac, data[: end - len(encoded) - 2], end)


def _parse_stanzas(lines: list[str]) -> tuple[Stanza, ...]:
    stanzas = []
    at = 0
    while at < len(lines):
        mark, *arguments = lines[at].split(" ")
        if mark != "->" or not arguments or not all(map(_ARGUMENT.fullmatch, arguments)):
            raise AgeError("a stanza does not start with -> and arguments", code="age-header")
        first = at = at + 1
        while at < len(lines) and len(lines[at]) == _LINE_CHARS:
            at += 1
        if at == len(lines) or len(lines[at]) > _LINE_CHARS:
            raise AgeError("a stanza's body does not end with a line below 64 characters", code="age-header")
        at += 1
        stanzas.append(
            Stanza(tuple(arguments), decode_base64("".join(lines[first:at]), what="a stanza's body"))
        )
    if not stanzas:
        raise AgeError("the header has no recipient stanza", code="age-header")
    return tuple(stanzas)


def _mac(file_key: bytes, authenticated: bytes) -> bytes:
    return hmac.digest(hkdf_sha256(file_key, salt=b"", info=b"header"), authenticated, "sha256")
