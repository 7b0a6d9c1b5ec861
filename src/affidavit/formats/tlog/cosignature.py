r"""Timestamped signatures over checkpoints (C2SP tlog-cosignature), by witnesses and by the log itself.

    type 0x04   Ed25519 over "cosignature/v1\ntime <t>\n" and the whole checkpoint body
    type 0x06   ML-DSA-44 over the structure `subtree/v1`, which names cosigner, log, range of leaves and root

Either signature is the time as eight bytes, big-endian, then the signature proper. Type 0x06 does not cover a
checkpoint's extension lines; this log writes none.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.ed25519 import bad_signature
from affidavit.formats.tlog.keys import KeyType, SigningKey, VerifierKey
from affidavit.formats.tlog.merkle import HASH_BYTES
from affidavit.formats.tlog.note import NoteSignature
from affidavit.formats.tlog.text import MAX_SIZE

_TIME_BYTES = 8
_ED25519_BYTES = 64
_ML_DSA_44_BYTES = 2420
_SUBTREE_LABEL = b"subtree/v1\n\x00"
_MAX_NAME_BYTES = 255
_MAX_U64 = 2**64 - 1


def subtree_message(  # noqa: PLR0913 - one argument a member of the specified structure
    cosigner: str, *, time_s: int, origin: str, start: int, end: int, root: bytes
) -> bytes:
    """The bytes that a type 0x06 signature covers: these leaves of the log `origin` have this root.

    `start` is the first leaf, `end` the one after the last: for a checkpoint 0 and its size. A range that
    starts later states no time: `time_s` is 0.
    """
    if not 0 <= start <= end <= _MAX_U64 or not 0 <= time_s <= MAX_SIZE or (start and time_s):
        raise LogFormatError(f"no subtree signature covers leaves {start} to {end} at time {time_s}")
    if len(root) != HASH_BYTES:
        raise LogFormatError(f"a root has {HASH_BYTES} bytes, not {len(root)}")
    return b"".join(
        (
            _SUBTREE_LABEL,
            _short_string(cosigner),
            time_s.to_bytes(8, "big"),
            _short_string(origin),
            start.to_bytes(8, "big"),
            end.to_bytes(8, "big"),
            root,
        )
    )


class Ed25519CosignatureVerifier:
    """Checks the type 0x04 cosignatures of one key."""

    def __init__(self, key: VerifierKey) -> None:
        _check_type(key, KeyType.ED25519_COSIGNATURE)
        self._key = key
        self._public = Ed25519PublicKey.from_public_bytes(key.public_key)

    @property
    def key(self) -> VerifierKey:
        """The key whose cosignatures this checks."""
        return self._key

    def verify(self, text: bytes, signature: bytes) -> int:
        """The time that a valid cosignature of the checkpoint `text` states."""
        time_s, proper = _split(self._key, signature, _ED25519_BYTES)
        try:
            self._public.verify(proper, _cosignature_message(text, time_s))
        except (InvalidSignature, LogFormatError) as error:
            raise bad_signature(self._key) from error
        return time_s


class Ed25519Cosigner:
    """Cosigns checkpoints with one key of type 0x04, which must not serve under any other name."""

    def __init__(self, key: SigningKey) -> None:
        _check_type(key, KeyType.ED25519_COSIGNATURE)
        self.key = key.verifier_key()
        self._private = Ed25519PrivateKey.from_private_bytes(key.seed)

    def cosign(self, text: bytes, *, time_s: int) -> NoteSignature:
        """The cosignature of the checkpoint body `text` at `time_s` seconds since 1970."""
        _check_time(time_s)
        signature = self._private.sign(_cosignature_message(text, time_s))
        return NoteSignature(self.key.name, self.key.key_id, time_s.to_bytes(_TIME_BYTES, "big") + signature)


class MlDsa44Verifier:
    """Checks the type 0x06 signatures of one key."""

    def __init__(self, key: VerifierKey) -> None:
        _check_type(key, KeyType.ML_DSA_44)
        self._key = key
        self._public = MLDSA44PublicKey.from_public_bytes(key.public_key)

    @property
    def key(self) -> VerifierKey:
        """The key whose signatures this checks."""
        return self._key

    def verify(self, text: bytes, signature: bytes) -> int:
        """The time that a valid signature of the checkpoint `text` states; 0 where it states none."""
        try:
            checkpoint = parse_checkpoint(text)
        except LogFormatError as error:
            raise bad_signature(self._key) from error
        return self.verify_subtree(
            signature, origin=checkpoint.origin, start=0, end=checkpoint.size, root=checkpoint.root
        )

    def verify_subtree(self, signature: bytes, *, origin: str, start: int, end: int, root: bytes) -> int:
        """The time that a valid signature over leaves `start` to `end` of the log `origin` states."""
        time_s, proper = _split(self._key, signature, _ML_DSA_44_BYTES)
        try:
            message = subtree_message(
                self._key.name, time_s=time_s, origin=origin, start=start, end=end, root=root
            )
            self._public.verify(proper, message)
        except (InvalidSignature, LogFormatError) as error:
            raise bad_signature(self._key) from error
        return time_s


class MlDsa44Signer:
    """Signs checkpoints with one key of type 0x06, as the log or as a witness."""

    def __init__(self, key: SigningKey) -> None:
        _check_type(key, KeyType.ML_DSA_44)
        self.key = key.verifier_key()
        self._private = MLDSA44PrivateKey.from_seed_bytes(key.seed)

    def cosign(self, text: bytes, *, time_s: int) -> NoteSignature:
        """The signature of the checkpoint body `text` at `time_s` seconds since 1970."""
        _check_time(time_s)
        checkpoint = parse_checkpoint(text)
        message = subtree_message(
            self.key.name,
            time_s=time_s,
            origin=checkpoint.origin,
            start=0,
            end=checkpoint.size,
            root=checkpoint.root,
        )
        signature = time_s.to_bytes(_TIME_BYTES, "big") + self._private.sign(message)
        return NoteSignature(self.key.name, self.key.key_id, signature)


def _cosignature_message(text: bytes, time_s: int) -> bytes:
    parse_checkpoint(text)  # a cosignature over anything else would state nothing
    return b"cosignature/v1\ntime %d\n%b" % (time_s, text)


def _split(key: VerifierKey, signature: bytes, proper_bytes: int) -> tuple[int, bytes]:
    time_s = int.from_bytes(signature[:_TIME_BYTES], "big")
    if len(signature) != _TIME_BYTES + proper_bytes or time_s > MAX_SIZE:
        raise bad_signature(key)
    return time_s, signature[_TIME_BYTES:]


def _check_time(time_s: int) -> None:
    if not 0 <= time_s <= MAX_SIZE:
        raise LogFormatError(f"no signature can state the time {time_s}")


def _check_type(key: VerifierKey | SigningKey, type_: KeyType) -> None:
    if key.type is not type_:
        raise LogFormatError(f"{key.name} is no key of type {type_:#04x}", code="key-type")


def _short_string(text: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= _MAX_NAME_BYTES:
        raise LogFormatError(
            f"a name of {len(data)} bytes does not fit into a signature: 1 to {_MAX_NAME_BYTES} do"
        )
    return len(data).to_bytes(1, "big") + data
