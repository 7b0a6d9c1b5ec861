"""What a witness cosigns, and what it refuses."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.running.signed_log import ORIGIN, SignedLog
from tests.simulators.faulty import Faults, FaultyStore

from affidavit.core.clock import SystemClock
from affidavit.core.errors import StorageError, UsageError
from affidavit.formats.tlog.checkpoint import parse_checkpoint
from affidavit.formats.tlog.note import open_note, parse_note
from affidavit.formats.tlog.signing import verifier_of
from affidavit.formats.tlog.witnessing import SIZE_TYPE, AddCheckpoint, format_request
from affidavit.storage.memory import MemoryStore
from affidavit.witness.cosigning import Answer, Cosigner
from affidavit.witness.keys import WitnessKeys
from affidavit.witness.known_logs import KnownLogs, origin_hash

if TYPE_CHECKING:
    from affidavit.storage.interfaces import ObjectStore


class Witness:
    """A witness in memory that knows the log."""

    def __init__(self, store: ObjectStore | None = None) -> None:
        self.store = store or MemoryStore()
        self.logs = KnownLogs(self.store)
        self.keys = WitnessKeys.create(self.store, "witness.example/w")
        self.logs.add([str(SignedLog().signer.key)])
        self.cosigner = Cosigner(self.store, self.keys, self.logs, clock=SystemClock())
        self.add = self.cosigner.add_checkpoint

    def cosigns(self, answer: Answer, note: bytes) -> int:
        """Assert that both keys cosigned, and how large a tree."""
        assert answer.status == 200, answer
        opened = open_note(note + answer.body, [verifier_of(key) for key in self.keys.verifier_keys])
        assert [str(signed.key) for signed in opened.signed_by] == list(self.keys.verifier_keys)
        return parse_checkpoint(opened.text).size


@pytest.fixture
def witness() -> Witness:
    """A witness that has cosigned nothing yet."""
    return Witness()


def test_a_growing_log_is_cosigned_step_by_step(witness: Witness) -> None:
    """From nothing, over proofs, and again at the same size; both keys sign each time."""
    log = SignedLog()
    for old, size in ((0, 0), (0, 3), (3, 3), (3, 300), (300, 70_000)):
        assert witness.cosigns(witness.add(log.request(old, size)), log.note(size)) == size
    kept = witness.cosigner.cosigned(origin_hash(ORIGIN))
    assert kept is not None
    assert len(parse_note(kept).signatures) == 3


def test_another_old_size_is_told_the_right_one(witness: Witness) -> None:
    """409 with the size of what was cosigned last, whether the log is behind it, ahead, or new."""
    log = SignedLog()
    assert witness.add(log.request(5, 9)) == Answer(409, b"0\n", SIZE_TYPE)
    witness.add(log.request(0, 9))
    for old, size in ((0, 12), (5, 12), (10, 12), (0, 5), (5, 5)):
        assert witness.add(log.request(old, size)) == Answer(409, b"9\n", SIZE_TYPE)


def test_a_fork_is_not_cosigned(witness: Witness) -> None:
    """Signed by the log or not: another root at the same size is 409 and kept, a proof that fails is 422."""
    fork = SignedLog(salt="other ")
    witness.add(SignedLog().request(0, 9))
    assert witness.add(fork.request(9, 9)) == Answer(409, b"9\n", SIZE_TYPE)
    assert witness.add(fork.request(9, 12)).status == 422
    assert witness.add(format_request(AddCheckpoint(9, (), SignedLog().note(12)))).status == 422
    assert [witness.store.read(name) for name in witness.store.names("conflicts/")] == [fork.note(9)]
    assert witness.add(SignedLog().request(9, 12)).status == 200


def test_a_proof_from_nothing_is_refused(witness: Witness) -> None:
    """The proof from size 0 is empty, or the request is 422."""
    assert witness.add(format_request(AddCheckpoint(0, (b"h" * 32,), SignedLog().note(3)))).status == 422


def test_strangers_are_refused(witness: Witness) -> None:
    """404 for a log that is not known, 403 for a known one under another key, or with its signature changed."""
    assert witness.add(SignedLog(origin="example.com/other").request(0, 3)).status == 404
    assert witness.add(SignedLog(seed=b"X").request(0, 3)).status == 403
    changed = SignedLog().request(0, 3).replace(b"\n3\n", b"\n4\n")
    assert witness.add(changed).status == 403
    assert list(witness.store.names("cosigned/")) == []


def test_a_log_is_added_and_its_key_replaced_while_serving(witness: Witness) -> None:
    """A new key is trusted beside the old one, or instead of it; the history goes on."""
    new = SignedLog(seed=b"N")
    witness.add(SignedLog().request(0, 3))
    witness.logs.add([str(new.signer.key)])
    assert witness.add(SignedLog().request(3, 4)).status == 200
    assert witness.add(new.request(4, 5)).status == 200
    witness.logs.add([str(new.signer.key)], replace=True)
    assert witness.add(SignedLog().request(5, 6)).status == 403
    assert witness.add(new.request(5, 6)).status == 200
    with pytest.raises(UsageError):
        witness.logs.add([str(new.signer.key), str(SignedLog(origin="example.com/other").signer.key)])
    with pytest.raises(UsageError):
        witness.logs.add(["nonsense"])


@pytest.mark.parametrize(
    "body", [b"", b"old 0\n\n", b"old 0\n\nnote\n", SignedLog().request(0, 3)[:-1], SignedLog().request(4, 3)]
)
def test_what_is_no_request_is_400(witness: Witness, body: bytes) -> None:
    """Bytes that are no request, and an old size beyond the checkpoint."""
    assert witness.add(body).status == 400


def test_concurrent_requests_never_roll_back(witness: Witness) -> None:
    """Of requests from one size one wins; whatever was cosigned, the stored size is the largest of it."""
    log = SignedLog()
    witness.add(log.request(0, 1))
    requests = [log.request(1, size) for size in range(2, 34)]
    barrier = threading.Barrier(8)

    def send(body: bytes) -> int:
        barrier.wait()
        return witness.add(body).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, requests))
    assert sorted(statuses) == [200] + [409] * (len(requests) - 1)
    kept = witness.cosigner.cosigned(origin_hash(ORIGIN))
    assert kept is not None
    assert parse_checkpoint(parse_note(kept).text).size == statuses.index(200) + 2


def test_many_logs_do_not_mix(witness: Witness) -> None:
    """Each log has its own keys and its own history."""
    other = SignedLog(seed=b"O", origin="example.com/other", salt="o")
    witness.logs.add([str(other.signer.key)])
    assert witness.add(SignedLog().request(0, 3)).status == 200
    assert witness.add(other.request(0, 7)).status == 200
    assert witness.add(SignedLog().request(3, 4)).status == 200
    stolen = SignedLog(seed=b"O", origin=ORIGIN)
    assert witness.add(stolen.request(4, 5)).status == 403


@pytest.mark.parametrize("persisted", [False, True])
def test_no_cosignature_leaves_before_its_checkpoint_is_durable(*, persisted: bool) -> None:
    """A write that fails, taking effect or not, yields no cosignature; what follows agrees with the store."""
    faults = Faults()
    witness = Witness(FaultyStore(MemoryStore(), faults))
    log, fork = SignedLog(), SignedLog(salt="other ")
    witness.add(log.request(0, 3))
    faults.fail(at=0, persisted=persisted)
    with pytest.raises(StorageError):
        witness.add(log.request(3, 5))
    faults.heal()
    again = Cosigner(witness.store, witness.keys, witness.logs, clock=SystemClock()).add_checkpoint
    known = 5 if persisted else 3
    assert again(log.request(0, 9)) == Answer(409, b"%d\n" % known, SIZE_TYPE)
    assert again(fork.request(known, 9)).status == 422
    assert again(log.request(known, 9)).status == 200
