"""From keys to what verifies with them, and the two signatures that this log puts on a checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import LogFormatError
from affidavit.formats.tlog.cosignature import Ed25519CosignatureVerifier, MlDsa44Signer, MlDsa44Verifier
from affidavit.formats.tlog.ed25519 import Ed25519Signer, Ed25519Verifier
from affidavit.formats.tlog.keys import KeyType, VerifierKey
from affidavit.formats.tlog.note import Verifier, format_note

if TYPE_CHECKING:
    from affidavit.formats.tlog.checkpoint import Checkpoint


def verifier_of(key: VerifierKey | str) -> Verifier:
    """What checks the signatures of `key`, given as such or as its verifier key text."""
    if isinstance(key, str):
        key = VerifierKey.parse(key)
    match key.type:
        case KeyType.ED25519:
            return Ed25519Verifier(key)
        case KeyType.ED25519_COSIGNATURE:
            return Ed25519CosignatureVerifier(key)
        case KeyType.ML_DSA_44:
            return MlDsa44Verifier(key)


def sign_checkpoint(
    checkpoint: Checkpoint, *, ed25519: Ed25519Signer, ml_dsa: MlDsa44Signer, time_s: int
) -> bytes:
    """The note with the log's own two signatures, Ed25519 first; both keys are named like the origin.

    `time_s` is when the log signs, in seconds since 1970; it stands in the ML-DSA-44 signature.
    """
    for signer in (ed25519, ml_dsa):
        if signer.key.name != checkpoint.origin:
            raise LogFormatError(f"the key of {signer.key.name!r} cannot sign for {checkpoint.origin!r}")
    return _signed(checkpoint, ed25519, ml_dsa, time_s)


def sign_statement(
    statement: Checkpoint, *, ed25519: Ed25519Signer, ml_dsa: MlDsa44Signer, time_s: int
) -> bytes:
    """The note with the log's two signatures over another statement of its: one in the form of a checkpoint.

    Its origin is the kind of statement and never the name of a log, so that it cannot be taken for a tree.
    """
    if statement.origin in (ed25519.key.name, ml_dsa.key.name):
        raise LogFormatError(f"a statement cannot bear the name of the log {statement.origin!r}")
    return _signed(statement, ed25519, ml_dsa, time_s)


def _signed(checkpoint: Checkpoint, ed25519: Ed25519Signer, ml_dsa: MlDsa44Signer, time_s: int) -> bytes:
    body = checkpoint.body()
    return format_note(body, (ed25519.sign(body), ml_dsa.cosign(body, time_s=time_s)))
