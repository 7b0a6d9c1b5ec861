"""The log goes over to new signing keys, whenever the process dies, and verifies from the old keys on."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.simulators.faulty import Faults, FaultyStore

from affidavit.assembly.directory import Directory, open_directory
from affidavit.assembly.initialise import initialise
from affidavit.assembly.lakes import open_lake
from affidavit.assembly.layout import LOG
from affidavit.assembly.verification import verify_directory
from affidavit.assembly.writing import open_receiving, open_sealer, open_tail
from affidavit.core.errors import AffidavitError, ConflictError
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.key_history import KeyHistory
from affidavit.formats.ocsf.classes_iam import EntityManagement
from affidavit.formats.ocsf.objects import ManagedEntity
from affidavit.formats.tlog.checkpoint import open_checkpoint
from affidavit.formats.tlog.keys import VerifierKey
from affidavit.formats.tlog.signing import verifier_of
from affidavit.keys.custody import Custody, sealed_rotations, verifier_keys
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.ledger.outbox import announce
from affidavit.pipeline.own import own_metadata, own_record
from affidavit.pipeline.rotate import KeyRotation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from affidavit.ledger.outbox import OwnRecord
    from affidavit.storage.interfaces import ObjectStore
    from affidavit.storage.local import LocalStore

_NOW_US = 1_795_424_400_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty data directory."""
    initialise(tmp_path / "data", origin="log.harborline.example/test")
    return tmp_path / "data"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A data directory and what is done with it."""

    directory: Directory

    @property
    def store(self) -> LocalStore:
        """Of the tenant."""
        return self.directory.tenant_store(DEFAULT_TENANT)

    def rotation(self, store: ObjectStore | None = None) -> KeyRotation:
        """What asks for a rotation."""
        return KeyRotation(
            DEFAULT_TENANT,
            database=self.directory.database,
            store=store or self.store,
            clock=self.directory.clock,
            passphrase=lambda: None,
        )

    def say(self, count: int = 1) -> None:
        """Announce records of no importance."""
        with self.directory.database.transaction() as connection:
            announce(connection, DEFAULT_TENANT, [_said() for _ in range(count)])

    def seal(self) -> int:
        """A sealer's life; the log's size after it."""
        sealer = open_sealer(self.directory, DEFAULT_TENANT)
        tail = open_tail(self.directory, DEFAULT_TENANT, sealer)
        while sealer.step(tail):
            pass
        return sealer.head.size

    def keys(self) -> tuple[str, ...]:
        """The verifier keys that the directory names."""
        return verifier_keys(self.store)

    def published(self) -> bytes:
        """The newest checkpoint."""
        return Log(self.store, LOG).checkpoint()


def _said() -> OwnRecord:
    event = EntityManagement(
        activity_id=3,
        metadata=own_metadata("said"),
        severity_id=1,
        time=_NOW_US // 1000,
        entity=ManagedEntity(name="thing", type="test"),
    )
    return own_record("config", event, now_us=_NOW_US)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The directory, its spool tidied up."""
    directory = open_directory(path)
    open_receiving(directory, DEFAULT_TENANT).spool.close()
    yield Opened(directory=directory)
    directory.database.close()


def _signs(note: bytes, keys: tuple[str, ...]) -> bool:
    with suppress(AffidavitError):
        open_checkpoint(note, map(verifier_of, keys))
        return True
    return False


def _verified(path: Path, keys: tuple[str, ...] | None = None) -> list[str]:
    """Codes of what verify finds, with the keys that somebody kept or with those of the directory."""
    file = path.parent / "kept.vkey"
    if keys is not None:
        file.write_text("\n".join(keys))
    report = verify_directory(path, keys_file=None if keys is None else file, processes=1)
    return [difference.code for difference in report.differences]


def test_keys_rotate_twice_and_every_set_verifies_the_log(path: Path) -> None:
    """From the first, the middle and the newest keys alike; only the newest sign now."""
    with opened(path) as at:
        sets = [at.keys()]
        at.say(3)
        at.seal()
        for _ in range(2):
            at.rotation().announce(name="owner", uid="local")
            at.say(2)  # what follows the statement waits for the next step, under the new keys
            assert at.seal()
            sets.append(at.keys())
        at.say()
        at.seal()
        newest, handovers = at.published(), [index + 1 for index, _ in sealed_rotations(at.store)]
        assert handovers == [4, 7]
        assert [_signs(newest, keys) for keys in sets] == [False, False, True]
        for handover, old, new in zip(handovers, sets, sets[1:], strict=False):
            note = History(at.store).note(handover)
            assert _signs(note, (*old, *new))
        lake = open_lake(at.directory, DEFAULT_TENANT)
        statements = [(index, lake.rows(index, index + 1)[0].raw) for index, _ in sealed_rotations(at.store)]
        assert statements == sealed_rotations(at.store)
        history = KeyHistory.follow(map(VerifierKey.parse, sets[0]), statements)
        assert [tuple(map(str, keys)) for keys in history.sets()] == sets
    assert _verified(path) == []
    for keys in sets:
        assert _verified(path, keys) == []


def test_the_old_secret_keys_are_deleted(path: Path) -> None:
    """No file of the directory holds them once the new ones sign; the verifier keys stay known."""
    with opened(path) as at:
        old = at.store.read("keys/log.key").decode().split()
        public = at.keys()
        at.rotation().announce(name="owner", uid="local")
        at.seal()
        held = b"\n".join(at.store.read(name) for name in at.store.names())
        assert not any(secret.split("+", 4)[4].encode() in held for secret in old)
        statement = sealed_rotations(at.store)[0][1].decode()
        assert all(key in statement for key in public)
    for file in path.glob("tenants/*/keys/**/*"):
        assert file.is_dir() or file.stat().st_mode & 0o777 == 0o600


def test_two_rotations_at_once_are_refused(path: Path) -> None:
    """The second is told to wait, and the first is carried out."""
    with opened(path) as at:
        keys = at.rotation().announce(name="owner", uid="local")
        with pytest.raises(ConflictError) as refused:
            at.rotation().announce(name="owner", uid="local")
        assert refused.value.code == "rotating"
        at.seal()
        assert at.keys() == keys.verifier_keys


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("write", range(6))
def test_a_crash_at_any_write_of_a_switch_ends_in_the_new_keys(
    path: Path, write: int, monkeypatch: pytest.MonkeyPatch, *, persisted: bool
) -> None:
    """Once the statement is sealed the switch is completed by the next start, wherever the last one died."""
    with opened(path) as at:
        old = at.keys()
        at.say(2)
        at.seal()
        new = at.rotation().announce(name="owner", uid="local")
        faults = Faults()
        switch = Custody.switch

        def faulty(custody: Custody, **arguments: object) -> None:
            custody._store = FaultyStore(at.store, faults)
            faults.fail(at=write, persisted=persisted, lasting=True)
            switch(custody, **arguments)  # type: ignore[arg-type]

        with monkeypatch.context() as patch, suppress(AffidavitError):
            patch.setattr(Custody, "switch", faulty)
            at.seal()
        assert _verified(path) == []  # as it lies there, before anybody repairs it
        at.say()
        at.seal()
        assert at.keys() == new.verifier_keys
        assert _signs(at.published(), new.verifier_keys)
        assert not _signs(at.published(), old)
        assert [index for index, _ in sealed_rotations(at.store)] == [2]
        assert not list(at.store.names("keys/log.next"))
    assert _verified(path, old) == _verified(path, new.verifier_keys) == []


def _dies_before_announcing(at: Opened) -> None:
    """The keys are there and the statement is not."""
    Custody(at.store).prepare(Custody(at.store).current.generate("log.harborline.example/test"))


def _loses_its_keys(at: Opened) -> None:
    """The statement is there and the keys are not."""
    at.rotation().announce(name="owner", uid="local")
    Custody(at.store).abandon()


@pytest.mark.parametrize("crash", [_dies_before_announcing, _loses_its_keys])
def test_a_rotation_that_cannot_be_carried_out_leaves_the_old_keys(
    path: Path, crash: Callable[[Opened], None]
) -> None:
    """Nothing is sealed for it, the log goes on under the old keys, and a new rotation may begin."""
    with opened(path) as at:
        old = at.keys()
        crash(at)
        at.say()
        assert at.seal() == 1
        assert at.keys() == old
        assert _signs(at.published(), old)
        at.rotation().announce(name="owner", uid="local")
        assert at.seal() == 2
        assert at.keys() != old
    assert _verified(path, old) == []
