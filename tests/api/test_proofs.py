"""Proofs over the API: what a stranger gets to check one entry, and that the log only grew."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from tests.running.events import okta_lines

from affidavit.core.errors import VerificationError
from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.merkle import leaf_hash, verify_consistency
from affidavit.formats.tlog.proof import parse_proof, verify_proof
from affidavit.formats.tlog.signing import verifier_of

if TYPE_CHECKING:
    from tests.running.in_process import Api


def test_a_proof_file_proves_its_entry_and_no_other(api: Api) -> None:
    """The answer is a tlog-proof that verifies with the log's keys for this leaf only."""
    index = api.sent(api.declare("proof-file"), okta_lines(5))["first_index"] + 2
    proof = parse_proof(api.get(f"/v1/records/{index}/proof").content)
    verifiers = [verifier_of(key) for key in api.get("/v1/checkpoint").json()["verifier_keys"]]
    leaf = bytes.fromhex(api.get(f"/v1/records/{index}").json()["leaf"])
    other = bytes.fromhex(api.get(f"/v1/records/{index + 1}").json()["leaf"])
    assert proof.index == index
    assert verify_proof(proof, leaf_hash=leaf, verifiers=verifiers).checkpoint.size > index
    with pytest.raises(VerificationError):
        verify_proof(proof, leaf_hash=other, verifiers=verifiers)


def test_an_earlier_checkpoint_is_a_prefix_and_a_fork_is_not(api: Api) -> None:
    """The consistency proof leads from a kept checkpoint to a newer one; another earlier root is refused."""
    verifiers = [verifier_of(key) for key in api.get("/v1/checkpoint").json()["verifier_keys"]]
    api.sent(api.declare("kept"), okta_lines(3))
    kept = open_checkpoint(api.get("/v1/checkpoint").json()["note"].encode(), verifiers).checkpoint
    api.sent(api.declare("grown"), okta_lines(300))
    said = api.get(f"/v1/consistency?from={kept.size}").json()
    newer = open_checkpoint(said["checkpoint"].encode(), verifiers).checkpoint
    hashes = [base64.b64decode(node) for node in said["hashes"]]
    assert said["to"] == newer.size > kept.size
    assert (said["from_root"], said["to_root"]) == (kept.root.hex(), newer.root.hex())
    verify_consistency(kept.size, size2=newer.size, root1=kept.root, root2=newer.root, proof=hashes)
    with pytest.raises(VerificationError):
        verify_consistency(kept.size, size2=newer.size, root1=bytes(32), root2=newer.root, proof=hashes)


def test_any_two_sizes_are_joined(api: Api) -> None:
    """Also sizes at which no checkpoint was published: all consistent with each other, and no other root is."""
    api.sent(api.declare("any"), okta_lines(600))
    size = api.get("/v1/checkpoint").json()["size"]
    for size1, size2 in ((1, 2), (7, 20), (255, 256), (256, 257), (300, size), (512, 513), (size, size)):
        said = api.get(f"/v1/consistency?from={size1}&to={size2}").json()
        hashes = [base64.b64decode(node) for node in said["hashes"]]
        root1, root2 = bytes.fromhex(said["from_root"]), bytes.fromhex(said["to_root"])
        verify_consistency(size1, size2=size2, root1=root1, root2=root2, proof=hashes)
        if size1 < size2:
            with pytest.raises(VerificationError):
                verify_consistency(size1, size2=size2, root1=root2, root2=root2, proof=hashes)


@pytest.mark.parametrize("query", ["", "?from=0", "?from=x", "?from=2&to=1", "?from=1&to=999999999"])
def test_sizes_that_prove_nothing_are_refused(api: Api, query: str) -> None:
    """From the empty tree, backwards, or beyond the log there is no proof."""
    api.sent(api.declare("sizes"), okta_lines(2))
    assert api.get(f"/v1/consistency{query}").status_code == 400


def test_a_proof_of_what_is_not_sealed_is_refused_by_name(api: Api) -> None:
    """An index that no checkpoint covers is 404, and the problem says from where an index is known."""
    answer = api.get("/v1/records/999999999/proof")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-sealed")
    assert "receipt" in answer.json()["hint"]


def test_a_proof_may_hold_its_entry(api: Api) -> None:
    """With `extra=entry` the file is verified from itself and the keys; other extras are refused."""
    index = api.sent(api.declare("alone"), okta_lines(2))["first_index"]
    verifiers = [verifier_of(key) for key in api.get("/v1/checkpoint").json()["verifier_keys"]]
    proof = parse_proof(api.get(f"/v1/records/{index}/proof?extra=entry").content)
    assert proof.extra is not None
    verify_proof(proof, leaf_hash=leaf_hash(proof.extra), verifiers=verifiers)
    assert api.get(f"/v1/records/{index}/proof?extra=raw").status_code == 400
