"""Checkpoints: their text, and opening them with the log's keys and witnesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from affidavit.formats.tlog.cosignature import Ed25519Cosigner, MlDsa44Signer
from affidavit.formats.tlog.ed25519 import Ed25519Signer
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.signing import sign_checkpoint, verifier_of

ORIGIN = "audit.example.com/log/default"
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 70_000, ROOT)
ED25519 = Ed25519Signer(SigningKey(ORIGIN, KeyType.ED25519, b"1" * 32))
ML_DSA = MlDsa44Signer(SigningKey(ORIGIN, KeyType.ML_DSA_44, b"2" * 32))
WITNESS = Ed25519Cosigner(SigningKey("witness.example/w1", KeyType.ED25519_COSIGNATURE, b"3" * 32))
LOG_KEYS = [verifier_of(ED25519.key), verifier_of(ML_DSA.key)]
TIME_S = 1_790_000_000
NOTE = sign_checkpoint(CHECKPOINT, ed25519=ED25519, ml_dsa=ML_DSA, time_s=TIME_S)


def test_the_body_is_three_lines() -> None:
    """Origin, size and root, as C2SP tlog-checkpoint has them."""
    body = b"audit.example.com/log/default\n70000\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert CHECKPOINT.body() == body
    assert parse_checkpoint(body) == CHECKPOINT


def test_extension_lines_are_kept() -> None:
    """Lines that other logs add survive parsing and formatting."""
    body = CHECKPOINT.body() + b"one more\nand \xc3\xbcber\n"
    assert parse_checkpoint(body).extensions == ("one more", "and über")
    assert parse_checkpoint(body).body() == body


@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_checkpoints_read_back(origin: str, size: int, root: bytes) -> None:
    """Formatting and parsing are inverse."""
    assert parse_checkpoint(Checkpoint(origin, size, root).body()) == Checkpoint(origin, size, root)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("70000", "070000"),
        ("70000", "-1"),
        ("70000", "+70000"),
        ("70000", ""),
        ("70000", "7e4"),
        ("70000", "\uff17"),
        ("70000", "9223372036854775808"),
        ("70000", "9" * 5000),
        ("70000", "70000 "),
        ("70000\n", ""),
        ("Hh8=", "Hh9="),
        ("Hh8=", "Hh8"),
        ("AAEC", ""),
        ("AAEC", "AAECAAEC"),
        ("AAEC", "AA-C"),
        (ORIGIN, ""),
        ("Hh8=\n", "Hh8="),
        ("Hh8=\n", "Hh8=\n\n"),
        ("Hh8=\n", "Hh8=\nx\n\ny\n"),
        ("default", "def\tault"),
    ],
)
def test_bodies_that_are_no_checkpoint(old: str, new: str) -> None:
    """Each number and hash has one spelling, and no line is missing or empty."""
    with pytest.raises(LogFormatError):
        parse_checkpoint(CHECKPOINT.body().decode().replace(old, new).encode())


@given(st.binary())
def test_garbage_bodies_raise_only_our_error(data: bytes) -> None:
    """Bytes either are the one spelling of a checkpoint, or are refused."""
    for body in (data, CHECKPOINT.body() + data, data + CHECKPOINT.body()):
        try:
            found = parse_checkpoint(body)
        except LogFormatError:
            continue
        assert found.body() == body


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 1, ROOT, ()),
        ("a\nb", 1, ROOT, ()),
        ("a", -1, ROOT, ()),
        ("a", 2**63, ROOT, ()),
        ("a", 1, b"", ()),
        ("a", 1, ROOT, ("",)),
    ],
)
def test_values_that_no_checkpoint_can_carry(
    origin: str, size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    """Such values are refused when the checkpoint is made."""
    with pytest.raises(LogFormatError):
        Checkpoint(origin, size, root, extensions)


def test_a_lone_surrogate_is_our_error() -> None:
    """An origin that UTF-8 cannot spell is refused as a format error."""
    with pytest.raises(LogFormatError):
        Checkpoint("\ud800", 1, ROOT).body()


def test_a_signed_checkpoint_opens_with_both_keys() -> None:
    """The log's note carries one Ed25519 and one ML-DSA-44 signature under the origin, and both verify."""
    opened = open_checkpoint(NOTE, LOG_KEYS, origin=ORIGIN)
    assert opened.checkpoint == CHECKPOINT
    assert [(signed.key.type, signed.time_s) for signed in opened.signed_by] == [
        (KeyType.ED25519, None),
        (KeyType.ML_DSA_44, TIME_S),
    ]
    assert [line.name for line in parse_note(NOTE).signatures] == [ORIGIN, ORIGIN]


@pytest.mark.parametrize("kept", [0, 1])
def test_stripping_one_of_the_logs_signatures_is_noticed(kept: int) -> None:
    """Whoever asks for both signatures gets no checkpoint with one; whoever asks for one needs only that."""
    parsed = parse_note(NOTE)
    stripped = format_note(parsed.text, [parsed.signatures[kept]])
    assert open_checkpoint(stripped, [LOG_KEYS[kept]]).checkpoint == CHECKPOINT
    with pytest.raises(VerificationError) as caught:
        open_checkpoint(stripped, LOG_KEYS)
    assert caught.value.code == "note-unsigned"


def test_witnesses_may_be_missing_but_not_wrong() -> None:
    """A witness's cosignature is reported where it verifies, and condemns the note where it does not."""
    body = CHECKPOINT.body()
    lines = parse_note(NOTE).signatures
    witness = verifier_of(WITNESS.key)
    assert len(open_checkpoint(NOTE, LOG_KEYS, witnesses=[witness]).signed_by) == 2
    cosigned = format_note(body, (*lines, WITNESS.cosign(body, time_s=TIME_S + 1)))
    assert open_checkpoint(cosigned, LOG_KEYS, witnesses=[witness]).signed_by[2].time_s == TIME_S + 1
    other = WITNESS.cosign(Checkpoint(ORIGIN, 1, ROOT).body(), time_s=TIME_S)
    with pytest.raises(VerificationError, match=r"witness\.example/w1"):
        open_checkpoint(format_note(body, (*lines, other)), LOG_KEYS, witnesses=[witness])
    with pytest.raises(VerificationError):
        open_checkpoint(
            format_note(body, [WITNESS.cosign(body, time_s=TIME_S)]), LOG_KEYS, witnesses=[witness]
        )


def test_another_logs_checkpoint_is_refused() -> None:
    """A checkpoint of another origin does not pass, even under the same keys."""
    body = Checkpoint("audit.example.com/log/other", 1, ROOT).body()
    note = format_note(body, [ED25519.sign(body)])
    with pytest.raises(VerificationError) as caught:
        open_checkpoint(note, LOG_KEYS[:1], origin=ORIGIN)
    assert caught.value.code == "note-origin"


def test_a_signed_note_that_is_no_checkpoint_is_refused() -> None:
    """A valid signature over other text opens no checkpoint."""
    note = format_note(b"hello\n", [ED25519.sign(b"hello\n")])
    with pytest.raises(LogFormatError):
        open_checkpoint(note, LOG_KEYS[:1])


def test_keys_sign_only_for_the_log_they_name() -> None:
    """A key of another name never signs a checkpoint of this log."""
    other = Checkpoint("audit.example.com/log/other", 1, ROOT)
    with pytest.raises(LogFormatError):
        sign_checkpoint(other, ed25519=ED25519, ml_dsa=ML_DSA, time_s=TIME_S)
