"""The two keys of a witness, Ed25519 and ML-DSA-44, both under its name.

keys/witness.key    the secret keys, a line each, mode 0600; an armored age file where there is a passphrase
keys/witness.vkey   their public halves, a line each: what goes into a policy
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from affidavit.core.errors import ConflictError, LogFormatError, UsageError
from affidavit.formats.age.scrypt import WORK_FACTOR
from affidavit.formats.tlog.cosignature import Ed25519Cosigner, MlDsa44Signer
from affidavit.formats.tlog.keys import SEED_BYTES, KeyType, SigningKey
from affidavit.keys.key_file import broken, read_text, sealed_text

if TYPE_CHECKING:
    from affidavit.formats.age.recipient import Random
    from affidavit.formats.tlog.note import NoteSignature
    from affidavit.storage.interfaces import ObjectStore

KEY = "keys/witness.key"
VKEY = "keys/witness.vkey"
_TYPES = (KeyType.ED25519_COSIGNATURE, KeyType.ML_DSA_44)
_MAX_NAME_BYTES = 255
"""What an ML-DSA-44 cosignature has room for."""


class WitnessKeys:
    """What a witness signs with."""

    def __init__(self, ed25519: SigningKey, ml_dsa: SigningKey) -> None:
        self.name = ed25519.name
        self._cosigners = (Ed25519Cosigner(ed25519), MlDsa44Signer(ml_dsa))

    @classmethod
    def create(
        cls,
        store: ObjectStore,
        name: str,
        *,
        passphrase: str | None = None,
        random: Random = os.urandom,
        work_factor: int = WORK_FACTOR,
    ) -> WitnessKeys:
        """Makes and keeps new keys for the witness `name`; ConflictError (`keys-exist`) where there are any."""
        if any(store.names(KEY)):
            raise ConflictError(
                f"the key file {KEY} exists already",
                code="keys-exist",
                hint="A witness keeps its keys: policies name them. Choose another --data for another witness.",
            )
        try:
            secrets = [SigningKey(name, type_, random(SEED_BYTES)) for type_ in _TYPES]
        except LogFormatError as error:
            raise UsageError(
                f"{name[:80]!r} cannot name a witness: {error.message}", code="witness-name"
            ) from error
        if len(name.encode()) > _MAX_NAME_BYTES:
            raise UsageError(f"a witness's name has at most {_MAX_NAME_BYTES} bytes", code="witness-name")
        keys = cls(*secrets)
        text = "".join(f"{key.text()}\n" for key in secrets)
        public = "".join(f"{key}\n" for key in keys.verifier_keys)
        store.put_many(
            [
                (VKEY, public.encode()),
                (KEY, sealed_text(text, passphrase=passphrase, work_factor=work_factor)),
            ]
        )
        return keys

    @classmethod
    def open(cls, store: ObjectStore, *, passphrase: str | None = None) -> WitnessKeys:
        """The keys that `create` kept; ConfigurationError where they cannot be had (see `read_text`)."""
        lines = read_text(store, KEY, passphrase=passphrase).split()
        try:
            secrets = {key.type: key for key in map(SigningKey.parse, lines)}
        except LogFormatError:
            raise broken(KEY) from None  # the cause might quote what it could not read
        if len(lines) != len(_TYPES) or secrets.keys() != set(_TYPES):
            raise broken(KEY)
        return cls(*(secrets[type_] for type_ in _TYPES))

    @property
    def verifier_keys(self) -> tuple[str, ...]:
        """The public halves as text, in the order of the signatures."""
        return tuple(str(cosigner.key) for cosigner in self._cosigners)

    def cosign(self, text: bytes, *, time_s: int) -> list[NoteSignature]:
        """One cosignature a key over the checkpoint body `text`."""
        return [cosigner.cosign(text, time_s=time_s) for cosigner in self._cosigners]
