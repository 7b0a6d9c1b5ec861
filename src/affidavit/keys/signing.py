"""The two keys that sign a log's checkpoints, Ed25519 and ML-DSA-44, both named like the log's origin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.cosignature import MlDsa44Signer
from affidavit.formats.tlog.ed25519 import Ed25519Signer
from affidavit.formats.tlog.keys import SEED_BYTES, KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.rotation import sign_rotation
from affidavit.formats.tlog.signing import sign_checkpoint

if TYPE_CHECKING:
    from affidavit.formats.age.recipient import Random
    from affidavit.formats.tlog.checkpoint import Checkpoint
    from affidavit.formats.tlog.rotation import Rotation

MAX_ORIGIN_BYTES = 255
"""What an ML-DSA-44 signature has room for."""


class LogKeys:
    """The signing keys of one log; `text()` is their file."""

    def __init__(self, ed25519: SigningKey, ml_dsa: SigningKey) -> None:
        if ed25519.name != ml_dsa.name:
            raise LogFormatError("the two signing keys of a log have one name", code="key-name")
        if len(ed25519.name.encode()) > MAX_ORIGIN_BYTES:
            raise LogFormatError(f"a log's origin has at most {MAX_ORIGIN_BYTES} bytes", code="key-name")
        self.origin = ed25519.name
        self.signer = Ed25519Signer(ed25519)
        self.cosigner = MlDsa44Signer(ml_dsa)
        self.keys = (self.signer.key, self.cosigner.key)
        """The public halves, in the order of the signatures on a checkpoint."""
        self._keys = (ed25519, ml_dsa)

    @classmethod
    def generate(cls, origin: str, *, random: Random = os.urandom) -> LogKeys:
        """New keys for the log `origin`; LogFormatError where that cannot be a log's name."""
        return cls(
            SigningKey(origin, KeyType.ED25519, random(SEED_BYTES)),
            SigningKey(origin, KeyType.ML_DSA_44, random(SEED_BYTES)),
        )

    @classmethod
    def parse(cls, text: str) -> LogKeys:
        """The keys in the text, one a line; LogFormatError, without any secret, for other text."""
        lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
        keys = {key.type: key for key in map(SigningKey.parse, lines)}
        if len(lines) != 2 or keys.keys() != {KeyType.ED25519, KeyType.ML_DSA_44}:  # noqa: PLR2004 - two keys
            raise LogFormatError("a log has one Ed25519 and one ML-DSA-44 signing key", code="key-type")
        return cls(keys[KeyType.ED25519], keys[KeyType.ML_DSA_44])

    @property
    def verifier_keys(self) -> tuple[str, str]:
        """`keys` as text."""
        return str(self.keys[0]), str(self.keys[1])

    def sign(self, checkpoint: Checkpoint, *, time_s: int, with_: LogKeys | None = None) -> bytes:
        """The checkpoint signed by both keys, and where `with_` is given by its two as well: a handover."""
        note = sign_checkpoint(checkpoint, ed25519=self.signer, ml_dsa=self.cosigner, time_s=time_s)
        if with_ is None:
            return note
        other = with_.sign(checkpoint, time_s=time_s)
        return format_note(checkpoint.body(), (*parse_note(note).signatures, *parse_note(other).signatures))

    def has_signed(self, note: bytes) -> bool:
        """Whether these keys stand on the note; the signatures are not verified."""
        stand = {(line.name, line.key_id) for line in parse_note(note).signatures}
        return {(key.name, key.key_id) for key in self.keys} <= stand

    def rotate_to(self, new: LogKeys, *, size: int, time_us: int) -> Rotation:
        """The statement, signed by both sets, that the log goes over to `new`."""
        return sign_rotation(old=self._keys, new=new._keys, size=size, time_us=time_us)

    def text(self) -> str:
        """Both secret keys, a line each."""
        return "".join(f"{key.text()}\n" for key in self._keys)
