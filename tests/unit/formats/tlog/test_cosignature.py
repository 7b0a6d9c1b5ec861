"""Timestamped signatures of type 0x04 and 0x06."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.cosignature import (
    Ed25519CosignatureVerifier,
    Ed25519Cosigner,
    MlDsa44Signer,
    MlDsa44Verifier,
    subtree_message,
)
from affidavit.formats.tlog.ed25519 import Ed25519Verifier
from affidavit.formats.tlog.keys import KeyType, SigningKey, VerifierKey
from affidavit.formats.tlog.note import parse_signature_line

ROOT = bytes(range(32))
BODY = Checkpoint("example.com/log", 13, ROOT).body()
ED25519 = Ed25519Cosigner(SigningKey("w.example/ed", KeyType.ED25519_COSIGNATURE, b"4" * 32))
ML_DSA = MlDsa44Signer(SigningKey("w.example/ml", KeyType.ML_DSA_44, b"6" * 32))
ED25519_VERIFIER = Ed25519CosignatureVerifier(ED25519.key)
ML_DSA_VERIFIER = MlDsa44Verifier(ML_DSA.key)
VECTOR = Path(__file__).parents[3] / "vectors" / "tlog" / "subtree-signature-by-torchwood.json"


def test_a_subtree_signature_of_another_implementation() -> None:
    """A type 0x06 signature that another implementation made verifies, and only for what it signed."""
    vector = json.loads(VECTOR.read_text())
    verifier = MlDsa44Verifier(VerifierKey.parse(vector["vkey"]))
    line = parse_signature_line(f"— {verifier.key.name} {vector['signature']}")
    assert line.key_id == verifier.key.key_id
    root = b64decode(vector["root"])
    origin, start, end = vector["origin"], vector["start"], vector["end"]
    assert verifier.verify_subtree(line.signature, origin=origin, start=start, end=end, root=root) == 0
    for other in (
        {"origin": "example.com/other", "start": start, "end": end, "root": root},
        {"origin": origin, "start": start, "end": end + 1, "root": root},
        {"origin": origin, "start": start - 1, "end": end, "root": root},
        {"origin": origin, "start": start, "end": end, "root": ROOT},
    ):
        with pytest.raises(VerificationError):
            verifier.verify_subtree(line.signature, **other)


def test_the_ed25519_message_is_header_time_and_body() -> None:
    """A type 0x04 cosignature is eight bytes of time and a signature that any Ed25519 library verifies."""
    signature = ED25519.cosign(BODY, time_s=1_679_315_147).signature
    assert signature[:8] == (1_679_315_147).to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(ED25519.key.public_key).verify(
        signature[8:], b"cosignature/v1\ntime 1679315147\n" + BODY
    )


def test_the_subtree_message_is_the_specified_structure() -> None:
    """The bytes under a type 0x06 signature are label, cosigner, time, origin, range and root."""
    message = subtree_message("wit", time_s=1, origin="log", start=0, end=13, root=ROOT)
    assert message == b"subtree/v1\n\0\x03wit" + bytes(7) + b"\x01\x03log" + bytes(15) + b"\x0d" + ROOT


@pytest.mark.parametrize("time_s", [0, 1, 1_790_000_000, 2**63 - 1])
def test_cosignatures_verify_and_tell_their_time(time_s: int) -> None:
    """Either type verifies under its key and gives back the time that was signed."""
    assert ED25519_VERIFIER.verify(BODY, ED25519.cosign(BODY, time_s=time_s).signature) == time_s
    assert ML_DSA_VERIFIER.verify(BODY, ML_DSA.cosign(BODY, time_s=time_s).signature) == time_s


def test_extension_lines_are_covered_by_ed25519_only() -> None:
    """Type 0x04 covers the whole body, type 0x06 origin, size and root."""
    extended = BODY + b"extension\n"
    with pytest.raises(VerificationError):
        ED25519_VERIFIER.verify(extended, ED25519.cosign(BODY, time_s=5).signature)
    assert ML_DSA_VERIFIER.verify(extended, ML_DSA.cosign(BODY, time_s=5).signature) == 5


@given(st.integers(0, 2431), st.integers(1, 255))
def test_any_flipped_byte_is_refused(at: int, flip: int) -> None:
    """A signature with one byte changed, time included, does not verify."""
    for verifier, line in (
        (ED25519_VERIFIER, ED25519.cosign(BODY, time_s=1_790_000_000)),
        (ML_DSA_VERIFIER, ML_DSA_LINE),
    ):
        broken = bytearray(line.signature)
        broken[at % len(broken)] ^= flip
        with pytest.raises(VerificationError) as caught:
            verifier.verify(BODY, bytes(broken))
        assert caught.value.code == "note-bad-signature"


ML_DSA_LINE = ML_DSA.cosign(BODY, time_s=1_790_000_000)


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_garbage_is_refused_with_our_error(text: bytes, signature: bytes) -> None:
    """Bytes that nobody signed never verify, whether or not they are a checkpoint."""
    for verifier in (ED25519_VERIFIER, ML_DSA_VERIFIER):
        for body, made in ((text, signature), (BODY, signature), (text, ML_DSA_LINE.signature)):
            with pytest.raises(VerificationError):
                verifier.verify(body, made)


def test_only_checkpoints_are_cosigned() -> None:
    """A cosigner does not sign text that is no checkpoint, nor a time that no signature can state."""
    for signer in (ED25519, ML_DSA):
        with pytest.raises(LogFormatError):
            signer.cosign(b"hello\n", time_s=1)
        with pytest.raises(LogFormatError):
            signer.cosign(BODY, time_s=2**63)
        with pytest.raises(LogFormatError):
            signer.cosign(BODY, time_s=-1)


@pytest.mark.parametrize(
    ("cosigner", "origin", "start", "end", "time_s", "root"),
    [
        ("", "log", 0, 1, 0, ROOT),
        ("w" * 256, "log", 0, 1, 0, ROOT),
        ("w", "", 0, 1, 0, ROOT),
        ("w", "ü" * 128, 0, 1, 0, ROOT),
        ("w", "log", 2, 1, 0, ROOT),
        ("w", "log", 1, 2, 1, ROOT),
        ("w", "log", 0, 2**64, 0, ROOT),
        ("w", "log", 0, 1, 0, ROOT[1:]),
    ],
)
def test_what_has_no_subtree_message(
    cosigner: str, origin: str, start: int, end: int, time_s: int, root: bytes
) -> None:
    """Names that do not fit, ranges that run backward and timed partial ranges cannot be signed."""
    with pytest.raises(LogFormatError):
        subtree_message(cosigner, time_s=time_s, origin=origin, start=start, end=end, root=root)


def test_keys_serve_only_their_type() -> None:
    """No key signs or verifies a type that is not its own: the id would not match."""
    plain = SigningKey("w", KeyType.ED25519, b"s" * 32)
    for make in (
        lambda: Ed25519Cosigner(plain),
        lambda: MlDsa44Signer(plain),
        lambda: Ed25519CosignatureVerifier(plain.verifier_key()),
        lambda: MlDsa44Verifier(plain.verifier_key()),
        lambda: Ed25519Verifier(ED25519.key),
    ):
        with pytest.raises(LogFormatError) as caught:
            make()
        assert caught.value.code == "key-type"
