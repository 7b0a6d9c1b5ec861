"""A key file: secret text, plain or as an armored age file for a passphrase, which `age -d` opens too."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from affidavit.core.errors import AgeError, ConfigurationError, NotFoundError
from affidavit.formats.age.armor import decode_armor, encode_armor
from affidavit.formats.age.file import decrypt, encrypt
from affidavit.formats.age.scrypt import WORK_FACTOR, ScryptIdentity, ScryptRecipient

if TYPE_CHECKING:
    from affidavit.storage.interfaces import ObjectStore

_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_NO_MATCH = "age-no-match"
_GIVE = "Name a file that holds it in AFFIDAVIT_PASSPHRASE_FILE, or type it at the prompt of a terminal."


def sealed_text(text: str, *, passphrase: str | None, work_factor: int = WORK_FACTOR) -> bytes:
    """What the file holds: `text` itself, or where a passphrase is given the age file of it."""
    if passphrase is None:
        return text.encode()
    try:
        recipient = ScryptRecipient(passphrase, work_factor=work_factor)
        return encode_armor(encrypt(text.encode(), [recipient]))
    except AgeError as error:
        raise ConfigurationError(
            f"the keys cannot be wrapped: {error.message}", code="passphrase", hint=_GIVE
        ) from error


def is_wrapped(data: bytes) -> bool:
    """Whether the content of a key file is wrapped with a passphrase."""
    return data.lstrip().startswith(_ARMOR)


def read_text(store: ObjectStore, name: str, *, passphrase: str | None) -> str:
    """The secret text in the key file `name`.

    ConfigurationError: `no-keys` where there is no such file, `passphrase-needed` where it is wrapped and no
    passphrase is given, `passphrase-wrong`, `key-file` where it cannot be read. A passphrase that is not
    needed is not used.
    """
    try:
        data = store.read(name)
    except NotFoundError as error:
        raise ConfigurationError(
            f"the key file {name} does not exist",
            code="no-keys",
            hint="`affidavit init` makes the keys of a new data directory; restore those of an old one.",
        ) from error
    if is_wrapped(data):
        data = _opened(data, name, passphrase)
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise broken(name) from None


def broken(name: str) -> ConfigurationError:
    """The error for a key file that does not hold what it should; it shows nothing of it."""
    return ConfigurationError(
        f"the key file {name} cannot be read",
        code="key-file",
        hint="Restore it from a backup; without it nothing that it protects can be used.",
    )


@lru_cache(maxsize=8)  # a process asks for the same keys many times, and scrypt takes a second each
def _opened(data: bytes, name: str, passphrase: str | None) -> bytes:
    if passphrase is None:
        raise ConfigurationError(
            f"the key file {name} is wrapped with a passphrase", code="passphrase-needed", hint=_GIVE
        )
    try:
        return decrypt(decode_armor(data), [ScryptIdentity(passphrase)])
    except AgeError as error:
        if error.code == _NO_MATCH:
            raise ConfigurationError(
                f"the passphrase does not open the key file {name}", code="passphrase-wrong", hint=_GIVE
            ) from None
        raise broken(name) from error
