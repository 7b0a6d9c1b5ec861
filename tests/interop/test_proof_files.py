"""Proof files and checkpoints that leave the server, in the hands of other projects' verifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.running.served_log import Served, run
from tests.running.server import AFFIDAVIT

from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.proof import TlogProof, format_proof, parse_proof

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bare(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proof without the cosignatures: only the log's own word."""
    proof = parse_proof(served.proof.read_bytes())
    note = parse_note(proof.checkpoint)
    origin = note.text.decode().split("\n", 1)[0]
    own = format_note(note.text, [signature for signature in note.signatures if signature.name == origin])
    assert len(own) < len(proof.checkpoint)
    file = tmp_path_factory.mktemp("bare") / "bare.tlog-proof"
    file.write_bytes(format_proof(TlogProof(proof.index, proof.hashes, own)))
    return file


def altered(file: Path, folder: Path, old: bytes, new: bytes) -> Path:
    """A copy in which the first `old` is `new`."""
    data = file.read_bytes()
    assert old in data
    copy = folder / "altered.tlog-proof"
    copy.write_bytes(data.replace(old, new, 1))
    return copy


def test_the_proof_holds_what_its_policy_asks_for(served: Served, bare: Path) -> None:
    """Published with the witness's cosignatures, it carries them; cut out, they are missed."""
    words = ("proof", "verify", "--entry", served.entry, "--policy", served.policy)
    done = run(AFFIDAVIT, *words, served.proof)
    assert done.returncode == 0, done.stderr
    assert run(AFFIDAVIT, *words, bare).returncode == 3


def test_go_reads_the_proof(served: Served, bare: Path, tlogverify: Path, tmp_path: Path) -> None:
    """Of this entry and no other, at this index and no other; with the witness's cosignature where asked."""
    command = (tlogverify, "-key", served.keys)
    done = run(*command, "proof", served.proof, served.entry)
    assert done.returncode == 0, done.stderr
    assert run(*command, "proof", served.proof, served.keys).returncode != 0
    moved = altered(served.proof, tmp_path, b"\nindex 300\n", b"\nindex 301\n")
    assert run(*command, "proof", moved, served.entry).returncode != 0
    assert run(*command, "proof", bare, served.entry).returncode == 0
    asked = (*command, "-witness", served.witness)
    done = run(*asked, "proof", served.proof, served.entry)
    assert done.returncode == 0, done.stderr
    assert run(*asked, "proof", bare, served.entry).returncode != 0


def test_go_reads_the_consistency_proof(served: Served, tlogverify: Path) -> None:
    """The hashes that the server gave join the two checkpoints, in their order only."""
    command = (tlogverify, "-key", served.keys, "consistency")
    done = run(*command, served.earlier, served.later, served.consistency)
    assert done.returncode == 0, done.stderr
    assert run(*command, served.later, served.earlier, served.consistency).returncode != 0
    assert run(*command, served.later, served.later, served.consistency).returncode != 0


def test_proofbundle_reads_the_proof(served: Served, bare: Path, proofbundle: Path, tmp_path: Path) -> None:
    """The log's Ed25519 signature, both kinds of cosignature, the inclusion; and none of them altered."""
    command = (proofbundle, "verify-proof", "--log-vkey", served.ed25519.read_text())
    done = run(*command, "--payload-file", served.entry, served.proof)
    assert done.returncode == 0, done.stdout
    witnesses = ("--witness-vkey", served.witness.read_text(), "--witness-vkey", served.ml_dsa_witness)
    asked = (*command, *witnesses, "--threshold", "1", "--payload-file", served.entry)
    done = run(*asked, served.proof)
    assert done.returncode == 0, done.stdout
    assert run(*asked, bare).returncode != 0
    moved = altered(served.proof, tmp_path, b"\nindex 300\n", b"\nindex 301\n")
    assert run(*asked, moved).returncode != 0
