"""Offline proof files."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.ed25519 import Ed25519Signer
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.merkle import leaf_hash, leaf_hashes
from affidavit.formats.tlog.note import format_note
from affidavit.formats.tlog.proof import TlogProof, format_proof, parse_proof, verify_proof
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.tree import Frontier, inclusion_proof

SIGNER = Ed25519Signer(SigningKey("example.com/log", KeyType.ED25519, b"p" * 32))
H1, H2 = sha256(b"hash1").digest(), sha256(b"hash2").digest()
B1, B2 = b64encode(H1).decode(), b64encode(H2).decode()


@pytest.mark.parametrize(
    ("proof", "text"),
    [
        (TlogProof(5, (H1, H2), b"note\n"), f"c2sp.org/tlog-proof@v1\nindex 5\n{B1}\n{B2}\n\nnote\n"),
        (TlogProof(9, (H1,), b"n\n", b"hi"), f"c2sp.org/tlog-proof@v1\nextra aGk=\nindex 9\n{B1}\n\nn\n"),
        (TlogProof(0, (), b"a\n\nb\n"), "c2sp.org/tlog-proof@v1\nindex 0\n\na\n\nb\n"),
        (TlogProof(0, (), b"", b""), "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n"),
    ],
)
def test_proof_files(proof: TlogProof, text: str) -> None:
    """Header, extra data where there is any, index, hashes, an empty line and the note, verbatim."""
    assert format_proof(proof) == text.encode()
    assert parse_proof(text.encode()) == proof


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex x\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex -5\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 05\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex  5\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n!!\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra !!\nindex 0\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra aGk=\n\nnote\n",
        "c2sp.org/tlog-proof@v1\nextra aGl=\nindex 0\n\nnote\n",
        f"c2sp.org/tlog-proof@v1\r\nindex 0\r\n{B1}\r\n\r\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n" + f"{B1}\n" * 64 + "\nnote\n",
        "c2sp.org/tlog-proof@v1\nindex ٣\n\nnote\n",
    ],
)
def test_files_that_are_no_proof(text: str) -> None:
    """Any deviation from the format is refused."""
    with pytest.raises(LogFormatError):
        parse_proof(text.encode())


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.binary(),
    st.none() | st.binary(),
)
def test_proofs_read_back(index: int, hashes: list[bytes], checkpoint: bytes, extra: bytes | None) -> None:
    """Formatting and parsing are inverse."""
    proof = TlogProof(index, tuple(hashes), checkpoint, extra)
    assert parse_proof(format_proof(proof)) == proof


@given(st.binary())
def test_garbage_raises_only_our_errors(data: bytes) -> None:
    """No bytes make parsing or verifying fail with anything but our errors."""
    for file in (data, b"c2sp.org/tlog-proof@v1\n" + data, b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + data):
        with pytest.raises((LogFormatError, VerificationError)):
            verify_proof(parse_proof(file), leaf_hash=bytes(32), verifiers=[verifier_of(SIGNER.key)])


@pytest.mark.parametrize(
    "proof", [TlogProof(-1, (), b""), TlogProof(0, (b"short",), b""), TlogProof(0, (H1,) * 64, b"")]
)
def test_values_that_no_proof_can_carry(proof: TlogProof) -> None:
    """Such values are refused when the file is made."""
    with pytest.raises(LogFormatError):
        format_proof(proof)


def test_a_proof_proves_its_entry_and_no_other() -> None:
    """With the log's key, the file and the entry, anyone can verify; with another entry nobody can."""
    entries = [b"entry %d" % number for number in range(300)]
    frontier, tiles = Frontier.empty().append(leaf_hashes(entries))
    body = Checkpoint("example.com/log", frontier.size, frontier.root()).body()
    note = format_note(body, [SIGNER.sign(body)])
    hashes = tuple(inclusion_proof(77, frontier.size, dict(tiles).__getitem__))
    proof = parse_proof(format_proof(TlogProof(77, hashes, note)))
    keys = [verifier_of(SIGNER.key)]
    opened = verify_proof(proof, leaf_hash=leaf_hash(entries[77]), verifiers=keys, origin="example.com/log")
    assert opened.checkpoint.size == 300
    with pytest.raises(VerificationError):
        verify_proof(proof, leaf_hash=leaf_hash(entries[78]), verifiers=keys)
    with pytest.raises(VerificationError):
        verify_proof(proof, leaf_hash=leaf_hash(entries[77]), verifiers=keys, origin="example.com/other")
