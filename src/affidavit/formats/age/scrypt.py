"""Passphrase recipients and identities (scrypt).

One file key is wrapped by the passphrase alone: a header with a scrypt stanza has no other, which decrypt
checks.
"""

from __future__ import annotations

import hashlib
import re

from affidavit.core.errors import AgeError
from affidavit.formats.age.header import Stanza
from affidavit.formats.age.recipient import Random, check_body, open_file_key, seal_file_key
from affidavit.formats.age.text import decode_base64, encode_base64

SCRYPT = "scrypt"
"""The stanza type, which must stand alone in a header."""
WORK_FACTOR = 18
"""The base-2 logarithm of scrypt's N for new files, as age uses: 256 MiB and about a second."""
MAX_WORK_FACTOR = 20
"""Files that ask for more work (1 GiB of memory) are refused unless the caller allows it."""
_LABEL = b"age-encryption.org/v1/scrypt"
_SALT_BYTES = 16
_BLOCK_SIZE = 8
_MAX_MEMORY_BYTES = 0x7FFFFFFF  # all that can be allowed: the work factor is what bounds it
_ARGUMENTS = 3
_WORK_FACTOR = re.compile(r"[1-9][0-9]{0,2}")


class ScryptRecipient:
    """Encrypts to whoever knows `passphrase`."""

    def __init__(self, passphrase: str, *, work_factor: int = WORK_FACTOR) -> None:
        self._passphrase = _secret(passphrase)
        self._work_factor = work_factor

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The stanza that carries `file_key`, under a new salt."""
        salt = random(_SALT_BYTES)
        wrap_key = _wrap_key(self._passphrase, salt, self._work_factor)
        return Stanza(
            (SCRYPT, encode_base64(salt), str(self._work_factor)), seal_file_key(wrap_key, file_key)
        )


class ScryptIdentity:
    """Opens what was encrypted to `passphrase`, as long as it asks for no more work than allowed."""

    def __init__(self, passphrase: str, *, max_work_factor: int = MAX_WORK_FACTOR) -> None:
        self._passphrase = _secret(passphrase)
        self._max_work_factor = max_work_factor

    def unwrap(self, stanza: Stanza) -> bytes | None:
        """The file key, or None where the passphrase is another; AgeError where the stanza is malformed."""
        if stanza.type != SCRYPT:
            return None
        if len(stanza.arguments) != _ARGUMENTS:
            raise AgeError("a scrypt stanza has two arguments after its type", code="age-header")
        salt = decode_base64(stanza.arguments[1], what="a scrypt salt")
        if len(salt) != _SALT_BYTES:
            raise AgeError(f"a scrypt salt has {len(salt)} bytes instead of {_SALT_BYTES}", code="age-header")
        if not _WORK_FACTOR.fullmatch(stanza.arguments[2]):
            raise AgeError("a scrypt work factor is not a number without leading zeroes", code="age-header")
        work_factor = int(stanza.arguments[2])
        if work_factor > self._max_work_factor:
            raise AgeError(
                f"the scrypt work factor {work_factor} exceeds {self._max_work_factor}",
                code="age-header",
                hint="Decrypt the file with age, which allows more work, if you trust its origin.",
            )
        check_body(stanza.body)
        return open_file_key(_wrap_key(self._passphrase, salt, work_factor), stanza.body)


def _secret(passphrase: str) -> bytes:
    if not passphrase:
        raise AgeError("a passphrase must not be empty", code="age-key")
    try:
        return passphrase.encode()
    except UnicodeEncodeError as error:
        raise AgeError("a passphrase must be text that UTF-8 can spell", code="age-key") from error


def _wrap_key(passphrase: bytes, salt: bytes, work_factor: int) -> bytes:
    try:
        return hashlib.scrypt(
            passphrase,
            salt=_LABEL + salt,
            n=1 << work_factor,
            r=_BLOCK_SIZE,
            p=1,
            maxmem=_MAX_MEMORY_BYTES,
            dklen=32,
        )
    except (ValueError, TypeError, MemoryError) as error:  # TypeError: beyond what hashlib can hand on
        raise AgeError(
            f"scrypt cannot run with the work factor {work_factor} here", code="age-header"
        ) from error
