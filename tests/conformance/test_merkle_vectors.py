"""Conformance with the proof vectors of transparency-dev/merkle: valid proofs, and forgeries by name."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from affidavit.core.errors import LogFormatError, VerificationError
from affidavit.formats.tlog.merkle import verify_consistency, verify_inclusion

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors" / "merkle"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the shared test vectors are not beside this checkout"
)


def names(kind: str) -> list[str]:
    """The vectors of one kind, by their path below it."""
    folder = FOLDER / kind
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.json"))]


def load(kind: str, name: str) -> dict[str, Any]:
    """One vector, its hashes decoded."""
    fields: dict[str, Any] = json.loads((FOLDER / kind / name).read_text())
    for key in ("root", "root1", "root2", "leafHash"):
        if key in fields:
            fields[key] = b64decode(fields[key] or "")
    fields["proof"] = [b64decode(value) for value in fields["proof"] or ()]
    return fields


def check_inclusion(fields: dict[str, Any]) -> None:
    """Verify one inclusion vector."""
    verify_inclusion(
        index=fields["leafIdx"],
        size=fields["treeSize"],
        leaf_hash=fields["leafHash"],
        proof=fields["proof"],
        root=fields["root"],
    )


def check_consistency(fields: dict[str, Any]) -> None:
    """Verify one consistency vector."""
    verify_consistency(
        size1=fields["size1"],
        size2=fields["size2"],
        root1=fields["root1"],
        root2=fields["root2"],
        proof=fields["proof"],
    )


@pytest.mark.parametrize("name", names("inclusion"))
def test_inclusion_vector(name: str) -> None:
    """An inclusion proof verifies exactly where the vector says so."""
    fields = load("inclusion", name)
    if fields["wantErr"]:
        with pytest.raises((VerificationError, LogFormatError)):
            check_inclusion(fields)
    else:
        check_inclusion(fields)


@pytest.mark.parametrize("name", names("consistency"))
def test_consistency_vector(name: str) -> None:
    """A consistency proof verifies exactly where the vector says so."""
    fields = load("consistency", name)
    if fields["wantErr"]:
        with pytest.raises((VerificationError, LogFormatError)):
            check_consistency(fields)
    else:
        check_consistency(fields)


def test_vectors_are_complete() -> None:
    """All published vectors are run, not a subset that happens to be found."""
    assert (len(names("inclusion")), len(names("consistency"))) == (98, 98)
