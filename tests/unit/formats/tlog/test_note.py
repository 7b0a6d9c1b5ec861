"""Keys and signed notes, with the known answers of Go's sumdb and of the C2SP specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.ed25519 import Ed25519Signer, Ed25519Verifier
from affidavit.formats.tlog.keys import KeyType, SigningKey, VerifierKey
from affidavit.formats.tlog.note import (
    Note,
    NoteSignature,
    SignedBy,
    format_note,
    open_note,
    parse_note,
    parse_signature_line,
)
from affidavit.formats.tlog.signing import verifier_of

VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = (
    b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
LINE = f"— PeterNeumann {SIGNATURE}\n"
PETER = Ed25519Signer(SigningKey.parse(SKEY))
ENOCH = Ed25519Signer(SigningKey("EnochRoot", KeyType.ED25519, b"e" * 32))


def test_the_known_note_of_go() -> None:
    """Go's published key and text give Go's published note, byte for byte, and it opens."""
    note = format_note(TEXT, [PETER.sign(TEXT)])
    assert note == TEXT + b"\n" + LINE.encode()
    opened = open_note(note, [verifier_of(VKEY)])
    assert opened.text == TEXT
    assert opened.signed_by == (SignedBy(VerifierKey.parse(VKEY), None),)


@pytest.mark.parametrize(
    ("text", "key_id", "type_"),
    [
        (VKEY, "c74f20a3", KeyType.ED25519),
        (
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
            "33d7b496",
            KeyType.ED25519,
        ),
        (
            "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
            "da77ade7",
            KeyType.ED25519_COSIGNATURE,
        ),
    ],
)
def test_published_verifier_keys(text: str, key_id: str, type_: KeyType) -> None:
    """Keys of other implementations parse to the id they state, and are spelled the same again."""
    key = VerifierKey.parse(text)
    assert (key.key_id.hex(), key.type, str(key)) == (key_id, type_, text)
    assert verifier_of(text).key == key


@pytest.mark.parametrize("type_", list(KeyType))
def test_signing_keys_read_back(type_: KeyType) -> None:
    """A stored signing key is the key that was made, and names the id of its public half."""
    key = SigningKey("audit.example.com/log", type_, bytes(range(32)))
    text = key.text()
    assert SigningKey.parse(text) == key
    assert text.split("+")[3] == key.verifier_key().key_id.hex() == str(key.verifier_key()).split("+")[1]


def test_the_secret_stays_out_of_reprs_and_messages() -> None:
    """Neither a log line nor an error shows the seed."""
    key = SigningKey.parse(SKEY)
    assert key.seed.hex() not in repr(key)
    assert str(key.seed) not in repr(key)
    with pytest.raises(LogFormatError) as caught:
        SigningKey.parse(SKEY.replace("c74f20a3", "c74f20a4"))
    assert "AYEK" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (VKEY.replace("c74f20a3", "c74f20a4"), "key-id"),
        (VKEY.replace("c74f20a3", "C74F20A3"), "key-id"),
        (VKEY.replace("c74f20a3", "c74f20"), "key-id"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "key-type"),
        ("PeterNeumann+c74f20a3+", "key-type"),
        (VKEY[:-4], "log-format"),
        (VKEY + "=", "log-format"),
        (VKEY.replace("/", "_"), "log-format"),
        (VKEY.replace("PeterNeumann", "Peter Neumann"), "log-format"),
        (VKEY.replace("PeterNeumann", ""), "log-format"),
        (VKEY.replace("PeterNeumann", "Peter\u00a0Neumann"), "log-format"),
        ("PeterNeumann+c74f20a3", "log-format"),
        ("", "log-format"),
    ],
)
def test_verifier_keys_that_are_none(text: str, code: str) -> None:
    """A mistyped, mangled or unsupported key is refused for what is wrong with it."""
    with pytest.raises(LogFormatError) as caught:
        VerifierKey.parse(text)
    assert caught.value.code == code


@given(
    st.text() | st.from_regex(r"\A(PRIVATE\+KEY\+)?[a-z\u2014\s]{0,3}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{0,60}\Z")
)
def test_garbage_keys_raise_only_our_error(text: str) -> None:
    """No text that is not a key becomes one."""
    with pytest.raises(LogFormatError):
        VerifierKey.parse(text)
    with pytest.raises(LogFormatError):
        SigningKey.parse(text)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT,
        TEXT + b"\n",
        TEXT + b"\n\n",
        TEXT + LINE.encode(),
        b"\n" + LINE.encode(),
        (TEXT.decode() + "\n" + LINE).encode()[:-1],
        (TEXT.decode() + "\n" + LINE + "\n").encode(),
        (TEXT.decode() + "\n" + LINE + "tail\n").encode(),
        (TEXT.decode() + "\n" + LINE.replace("— ", "- ")).encode(),
        (TEXT.decode() + "\n" + LINE.replace("— ", "—")).encode(),
        (TEXT.decode() + "\n" + LINE.replace("PeterNeumann ", "PeterNeumann  ")).encode(),
        (TEXT.decode() + "\n" + LINE.replace("PeterNeumann", "Peter+Neumann")).encode(),
        (TEXT.decode() + "\n" + LINE.replace("PeterNeumann ", "")).encode(),
        (TEXT.decode() + "\n" + LINE.replace("M=", "N=")).encode(),
        (TEXT.decode() + "\n" + LINE.replace("M=", "M")).encode(),
        "text\n\n— PeterNeumann x08gow==\n".encode(),
        (TEXT.decode() + "\n" + LINE).replace("\n", "\r\n").encode(),
        (TEXT.decode() + "\0\n\n" + LINE).encode(),
        b"\xff\n\n" + LINE.encode(),
        (TEXT.decode() + "\n" + LINE * 129).encode(),
        b"a" * (1 << 20) + b"\n\n" + LINE.encode(),
    ],
)
def test_notes_that_are_none(note: bytes) -> None:
    """Bytes that break any rule of the format are refused before a signature is looked at."""
    with pytest.raises(LogFormatError):
        parse_note(note)


@given(st.binary() | st.text().map(str.encode))
def test_garbage_notes_raise_only_our_errors(data: bytes) -> None:
    """No bytes make the parser fail with anything but our errors, nor open without a signature."""
    with pytest.raises((LogFormatError, VerificationError)):
        open_note(data, [verifier_of(VKEY)])
    for tail in (data, b"\n" + LINE.encode() + data):
        with pytest.raises((LogFormatError, VerificationError)):
            open_note(TEXT + b"x\n" + tail, [verifier_of(VKEY)])


@given(
    st.text(st.characters(exclude_characters="\r", min_codepoint=32, exclude_categories=["Cs"])),
    st.lists(
        st.tuples(st.sampled_from(["a", "ü/b"]), st.binary(min_size=4, max_size=4), st.binary(min_size=1)),
        min_size=1,
    ),
)
def test_notes_read_back(text: str, lines: list[tuple[str, bytes, bytes]]) -> None:
    """Formatting and parsing are inverse, empty lines in the text included."""
    body = f"{text}\n\n{text}\n".encode()
    signatures = tuple(NoteSignature(*line) for line in lines)
    assert parse_note(format_note(body, signatures)) == Note(body, signatures)


@pytest.mark.parametrize("text", [b"no newline", b"control \x07\n", b"\xff\n"])
def test_text_that_no_note_can_carry(text: bytes) -> None:
    """Such text is refused when the note is made, not when it is read."""
    with pytest.raises(LogFormatError):
        format_note(text, [PETER.sign(text)])


def test_signature_lines_read_back() -> None:
    """A line by itself, as a witness returns it, reads like one inside a note."""
    assert parse_signature_line(LINE[:-1]).line() == LINE


def test_altered_text_is_refused() -> None:
    """A known key's signature over other text condemns the note."""
    note = format_note(TEXT, [PETER.sign(TEXT)]).replace(b"cryptography", b"steganograph")
    with pytest.raises(VerificationError) as caught:
        open_note(note, [verifier_of(VKEY)])
    assert caught.value.code == "note-bad-signature"


def test_unknown_keys_are_ignored() -> None:
    """Signatures of unknown keys, be it under a known name or a known id, neither help nor harm."""
    same_name = Ed25519Signer(SigningKey("PeterNeumann", KeyType.ED25519, b"x" * 32)).sign(TEXT)
    same_id = NoteSignature("Other", PETER.key.key_id, b"garbage")
    others = [ENOCH.sign(TEXT), same_name, same_id]
    assert len(open_note(format_note(TEXT, [*others, PETER.sign(TEXT)]), [verifier_of(VKEY)]).signed_by) == 1
    with pytest.raises(VerificationError) as caught:
        open_note(format_note(TEXT, others), [verifier_of(VKEY)])
    assert caught.value.code == "note-unsigned"


def test_one_bad_signature_condemns_a_note_with_a_good_one() -> None:
    """A failing signature of a known key is not outvoted by others."""
    bad = NoteSignature("EnochRoot", ENOCH.key.key_id, bytes(64))
    both = [verifier_of(VKEY), Ed25519Verifier(ENOCH.key)]
    with pytest.raises(VerificationError, match="EnochRoot"):
        open_note(format_note(TEXT, [PETER.sign(TEXT), bad]), both)


def test_a_hundred_signatures_are_accepted() -> None:
    """A note may carry many witnesses' signatures; each known one is reported."""
    signers = [
        Ed25519Signer(SigningKey(f"w{number}", KeyType.ED25519, bytes([number]) * 32))
        for number in range(100)
    ]
    note = format_note(TEXT, [signer.sign(TEXT) for signer in signers])
    opened = open_note(note, [Ed25519Verifier(signer.key) for signer in signers])
    assert [signed.key for signed in opened.signed_by] == [signer.key for signer in signers]


def test_ambiguous_known_keys_are_refused() -> None:
    """Two different known keys of one name and id would make the outcome depend on their order."""
    fake = VerifierKey.parse(VKEY)
    clash = VerifierKey.parse(
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    )

    class Clashing(Ed25519Verifier):
        """A verifier whose key claims the name and id of another."""

        @property
        def key(self) -> VerifierKey:
            """A key equal in name and id only."""
            return Collision(fake.name, fake.type, clash.public_key)

    class Collision(VerifierKey):
        """A key with the id of another."""

        @property
        def key_id(self) -> bytes:
            """The other's id."""
            return fake.key_id

    with pytest.raises(LogFormatError, match="share"):
        open_note(TEXT + b"\n" + LINE.encode(), [verifier_of(VKEY), Clashing(fake)])


def test_keys_serve_only_their_type() -> None:
    """An Ed25519 key of another type does not verify or sign plain notes."""
    other = SigningKey("w", KeyType.ED25519_COSIGNATURE, b"s" * 32)
    for make in (lambda: Ed25519Signer(other), lambda: Ed25519Verifier(other.verifier_key())):
        with pytest.raises(LogFormatError) as caught:
            make()
        assert caught.value.code == "key-type"
