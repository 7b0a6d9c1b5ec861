"""The ASCII armor of age files: strict PEM (RFC 7468) with the label AGE ENCRYPTED FILE."""

from __future__ import annotations

from base64 import b64decode, b64encode

from affidavit.core.errors import AgeError

_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
_END = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_WHITE = b" \t\r\n"


def encode_armor(file: bytes) -> bytes:
    """The armored form of the age file `file`."""
    text = b64encode(file)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return b"\n".join((_BEGIN, *lines, _END, b""))


def decode_armor(armored: bytes) -> bytes:
    """The age file in its armor; AgeError `age-armor` for anything but the one spelling of it.

    White space around the armor and CRLF line ends are accepted, as age does.
    """
    lines = armored.strip(_WHITE).replace(b"\r\n", b"\n").split(b"\n")
    if len(lines) < 2 or lines[0] != _BEGIN or lines[-1] != _END:  # noqa: PLR2004 - the two frame lines
        raise AgeError("the armor does not start and end with its frame lines", code="age-armor")
    body = lines[1:-1]
    whole, last = body[:-1], body[-1:]
    if any(len(line) != _COLUMNS for line in whole) or b"" in last or any(line[_COLUMNS:] for line in last):
        raise AgeError("a line of the armor does not have 64 characters", code="age-armor")
    text = b"".join(body)
    try:
        file = b64decode(text, validate=True)
    except ValueError as error:
        raise AgeError("the armor is not base64", code="age-armor") from error
    if b64encode(file) != text:
        raise AgeError("the armor is not canonical base64", code="age-armor")
    return file
