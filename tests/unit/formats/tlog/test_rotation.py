"""Statements by which a log changes its keys: what is signed, by whom, and what is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.canonical import encode
from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.rotation import parse_rotation, sign_rotation

ORIGIN = "log.harborline.example/test"


def _keys(seed: int, name: str = ORIGIN) -> list[SigningKey]:
    return [
        SigningKey(name, KeyType.ED25519, bytes([seed]) * 32),
        SigningKey(name, KeyType.ML_DSA_44, bytes([seed + 1]) * 32),
    ]


OLD, NEW, OTHER = _keys(1), _keys(3), _keys(5)
ROTATION = sign_rotation(old=OLD, new=NEW, size=41, time_us=1_795_424_400_000_000)
STATEMENT = ROTATION.encode()


def test_a_statement_reads_back_and_verifies() -> None:
    """The four keys, the size and the time are in it; it is canonical JSON of the specified members."""
    read = parse_rotation(STATEMENT)
    read.verify()
    assert read == ROTATION
    assert read.old == tuple(key.verifier_key() for key in OLD)
    assert read.new == tuple(key.verifier_key() for key in NEW)
    document = json.loads(STATEMENT)
    assert encode(document) == STATEMENT
    assert {name: document[name] for name in ("origin", "size", "time", "v")} == {
        "origin": ORIGIN, "size": 41, "time": 1_795_424_400_000_000, "v": 1,
    }  # fmt: skip


@pytest.mark.parametrize("at", range(4))
def test_every_one_of_the_four_keys_must_have_signed(at: int) -> None:
    """A statement that one side alone made, or one algorithm alone, is refused, and the key is named."""
    forged = sign_rotation(old=OTHER, new=_keys(7), size=41, time_us=ROTATION.time_us)
    signatures = list(ROTATION.signatures)
    signatures[at] = forged.signatures[at]
    with pytest.raises(VerificationError) as refused:
        replace(ROTATION, signatures=tuple(signatures)).verify()
    assert refused.value.code == "rotation-signature"
    assert (*ROTATION.old, *ROTATION.new)[at].key_id.hex() in str(refused.value)


@pytest.mark.parametrize(
    "changed",
    [
        replace(ROTATION, size=40),
        replace(ROTATION, time_us=ROTATION.time_us + 1),
        replace(ROTATION, new=tuple(key.verifier_key() for key in OTHER)),
        replace(ROTATION, old=tuple(key.verifier_key() for key in OTHER)),
        replace(ROTATION, old=ROTATION.new, new=ROTATION.old),
    ],
)
def test_nothing_in_it_can_be_changed(changed: object) -> None:
    """Size, time, keys and their direction are all signed."""
    read = parse_rotation(changed.encode())  # type: ignore[attr-defined]
    with pytest.raises(VerificationError):
        read.verify()


def test_what_is_signed_is_as_specified_and_never_a_note() -> None:
    """The label and the document without its signatures; the Ed25519 key signs notes too, and none has such a text."""
    signed = ROTATION.signed()
    document = {name: value for name, value in json.loads(STATEMENT).items() if name != "signatures"}
    assert signed == b"affidavit/rotation/v1\n" + encode(document)
    ed25519 = Ed25519PublicKey.from_public_bytes(ROTATION.old[0].public_key)
    ed25519.verify(base64.b64decode(json.loads(STATEMENT)["signatures"][0]), signed)
    assert not signed.endswith(b"\n")
    with pytest.raises(LogFormatError):
        parse_note(signed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, [OLD[0], NEW[1]]),
        (OLD, _keys(3, "log.harborline.example/other")),
        (OLD, NEW[::-1]),
        (OLD, NEW[:1]),
        (OLD[:1], NEW),
    ],
)
def test_keys_that_no_log_goes_over_to(old: list[SigningKey], new: list[SigningKey]) -> None:
    """Both keys change, keep the name, and are one of each algorithm in the order of the signatures."""
    with pytest.raises(LogFormatError) as refused:
        sign_rotation(old=old, new=new, size=1, time_us=1)
    assert refused.value.code == "rotation-format"


def _with(**members: object) -> bytes:
    return encode({**json.loads(STATEMENT), **members})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        STATEMENT + b"\n",
        STATEMENT.replace(b'"v":1', b'"v": 1'),
        STATEMENT[:-1],
        _with(v=2),
        _with(v=True),
        _with(more=1),
        _with(size=-1),
        _with(size="41"),
        _with(time=True),
        _with(origin="log.harborline.example/other"),
        _with(origin=None),
        _with(old=[]),
        _with(old="x"),
        _with(new=[1, 2]),
        _with(new=["x", "y"]),
        _with(signatures=[]),
        _with(signatures=["!"] * 4),
        b"[" * 40_000,
        b" " * 70_000,
        b"\xff\xfe",
    ],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    """One spelling, the members of version 1, and nothing else."""
    with pytest.raises(LogFormatError) as refused:
        parse_rotation(data)
    assert refused.value.code == "rotation-format"


def test_long_statements_are_refused_unread() -> None:
    """Above 64 KiB, whatever they hold."""
    for size_bytes, said in ((65_536, "no canonical JSON"), (65_537, "exceeds 65536")):
        with pytest.raises(LogFormatError, match=said):
            parse_rotation(b"x" * size_bytes)


@given(st.integers(0, len(STATEMENT) - 1), st.integers(0, 7))
def test_no_bit_can_be_flipped(at: int, bit: int) -> None:
    """A statement with one bit changed does not parse or does not verify."""
    flipped = bytearray(STATEMENT)
    flipped[at] ^= 1 << bit
    with pytest.raises((LogFormatError, VerificationError)):
        parse_rotation(bytes(flipped)).verify()


@given(
    st.binary(max_size=300)
    | st.dictionaries(st.text(max_size=9), st.text(), max_size=7).map(repr).map(str.encode)
)
def test_garbage_is_answered_with_our_error(data: bytes) -> None:
    """Whatever the bytes are."""
    with pytest.raises(LogFormatError):
        parse_rotation(data)
