"""Every secret of one data directory, ready for use: made once, opened at each start.

    keys/data.agekey   the age identity, as age-keygen writes it
    keys/log.key       the log's signing keys, a line each
    keys/log.vkey      their public halves, a line each: what verifiers are given

With a passphrase the first two are armored age files, which `age -d` opens. Keys are never overwritten.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from affidavit.core.errors import AgeError, ConflictError, LogFormatError, UsageError
from affidavit.formats.age.file import decrypt
from affidavit.formats.age.scrypt import WORK_FACTOR
from affidavit.formats.age.x25519 import X25519Identity
from affidavit.keys.age_identity import identity_text, parse_identity
from affidavit.keys.key_file import broken, read_text, sealed_text
from affidavit.keys.signing import LogKeys

if TYPE_CHECKING:
    from affidavit.formats.age.recipient import Random
    from affidavit.storage.interfaces import ObjectStore

FOLDER = "keys"
DATA_KEY = "data.agekey"
LOG_KEY = "log.key"
LOG_VKEY = "log.vkey"


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyTexts:
    """A keyring's secrets as text, to be handed to a worker process over a pipe and never elsewhere."""

    identity: str = field(repr=False)
    log: str = field(repr=False)


class Keyring:
    """The age identity and the signing keys of one log."""

    def __init__(self, identity: X25519Identity, log: LogKeys) -> None:
        self.identity = identity
        self.recipient = identity.recipient
        self.origin = log.origin
        self.log_signer = log.signer
        self.log_cosigner = log.cosigner
        self.verifier_keys = log.verifier_keys
        self._log = log

    @classmethod
    def create(  # noqa: PLR0913 - each has a default but the origin
        cls,
        store: ObjectStore,
        origin: str,
        *,
        passphrase: str | None = None,
        folder: str = FOLDER,
        random: Random = os.urandom,
        work_factor: int = WORK_FACTOR,
    ) -> Keyring:
        """Makes and keeps new keys for the log `origin`; ConflictError (`keys-exist`) where there are any."""
        for name in (DATA_KEY, LOG_KEY):
            if any(store.names(f"{folder}/{name}")):
                raise ConflictError(
                    f"the key file {folder}/{name} exists already",
                    code="keys-exist",
                    hint="Keys are never replaced: what they protect would be lost.",
                )
        try:
            keyring = cls(X25519Identity.generate(random), LogKeys.generate(origin, random=random))
        except LogFormatError as error:
            raise UsageError(f"{origin[:80]!r} cannot name a log: {error.message}", code="origin") from error
        texts = keyring.texts()
        public = "".join(f"{key}\n" for key in keyring.verifier_keys)
        store.put_many(
            [
                (
                    f"{folder}/{DATA_KEY}",
                    sealed_text(texts.identity, passphrase=passphrase, work_factor=work_factor),
                ),
                (
                    f"{folder}/{LOG_KEY}",
                    sealed_text(texts.log, passphrase=passphrase, work_factor=work_factor),
                ),
                (f"{folder}/{LOG_VKEY}", public.encode()),
            ]
        )
        return keyring

    @classmethod
    def open(cls, store: ObjectStore, *, passphrase: str | None = None, folder: str = FOLDER) -> Keyring:
        """The keys that `create` kept; ConfigurationError where they cannot be had (see `read_text`)."""
        identity = read_text(store, f"{folder}/{DATA_KEY}", passphrase=passphrase)
        log = read_text(store, f"{folder}/{LOG_KEY}", passphrase=passphrase)
        return cls.parse(KeyTexts(identity=identity, log=log))

    @classmethod
    def parse(cls, texts: KeyTexts) -> Keyring:
        """The keyring that `texts()` was taken from."""
        try:
            identity = parse_identity(texts.identity)
        except AgeError:
            raise broken(DATA_KEY) from None  # the cause might quote what it could not read
        try:
            log = LogKeys.parse(texts.log)
        except LogFormatError:
            raise broken(LOG_KEY) from None
        return cls(identity, log)

    def texts(self) -> KeyTexts:
        """The secrets as text."""
        return KeyTexts(identity=identity_text(self.identity), log=self._log.text())

    def open_object(self, data: bytes) -> bytes:
        """The plaintext of an age file for this data directory; AgeError where it is not, or was altered."""
        return decrypt(data, [self.identity])
