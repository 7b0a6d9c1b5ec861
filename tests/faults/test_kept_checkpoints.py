"""Attacks on the history of a log: kept checkpoints, timestamps, keys. Each is found, and clean data is not accused."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.running.events import okta_lines
from tests.running.in_process import Api, api_in_process, api_over
from tests.running.tsa import Tsa, new_tsa

from affidavit.assembly.directory import open_directory
from affidavit.assembly.timestamps import open_stating
from affidavit.assembly.verification import verify_directory
from affidavit.core.clock import SystemClock
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.tree import within
from affidavit.formats.rfc3161 import parse_response, request
from affidavit.formats.tlog.checkpoint import Checkpoint, parse_checkpoint
from affidavit.formats.tlog.note import parse_note
from affidavit.formats.tlog.rotation import Rotation, parse_rotation
from affidavit.formats.tlog.tree import root_from_tiles
from affidavit.keys.custody import Custody
from affidavit.keys.signing import LogKeys
from affidavit.ledger.heads import Heads
from affidavit.ledger.history import History
from affidavit.ledger.log import Log
from affidavit.ledger.tables import heads
from affidavit.storage.local import LocalStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from affidavit.evidence.report import Report

ORIGIN = "log.harborline.example/test"
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Victim:
    """A data directory, and the keys that somebody kept before anything happened to it."""

    path: Path
    kept_keys: Path
    tsa: Tsa
    old: list[LogKeys]
    """The keys before the rotation, which a thief took in time."""

    @property
    def store(self) -> LocalStore:
        """Of the tenant."""
        return LocalStore(self.path / "tenants" / DEFAULT_TENANT)

    @property
    def history(self) -> History:
        """Kept checkpoints."""
        return History(self.store)

    @property
    def size(self) -> int:
        """Of the published checkpoint."""
        return parse_checkpoint(parse_note(Log(self.store, "log/").checkpoint()).text).size

    def stamp(self) -> None:
        """Have the newest kept checkpoint stamped."""
        size = self.history.sizes()[-1]
        digest = sha256(self.history.note(size)).digest()
        self.history.stamp(size, parse_response(self.tsa.reply(request(digest, nonce=size))))

    def verify(self, *, kept_keys: bool = True) -> Report:
        """With the keys from before, or with whatever lies in the directory."""
        return verify_directory(self.path, keys_file=self.kept_keys if kept_keys else None, processes=1)

    def found(self, *, kept_keys: bool = True) -> dict[str, str]:
        """Place and code of every difference."""
        return {each.where: each.code for each in self.verify(kept_keys=kept_keys).differences}


def grow(api: Api, source: str, count: int) -> None:
    """So many records more, sealed."""
    api.sent(source, okta_lines(count))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Victim:
    """Ten records, a stamp; a rotation; ten more, a stamp."""
    folder = tmp_path_factory.mktemp("kept")
    tsa, root = new_tsa(folder / "tsa")
    (folder / "root.pem").write_bytes(root.pem)
    victim = Victim(folder / "data", folder / "kept.vkey", tsa, [])
    with api_in_process(victim.path) as api:
        grow(api, api.declare("okta"), 10)
        victim.kept_keys.write_text("\n".join(api.get("/v1/checkpoint").json()["verifier_keys"]))
    (victim.path / "affidavit.toml").write_text(f'[timestamp]\nroots = "{folder / "root.pem"}"\n')
    victim.stamp()
    victim.old.append(Custody(victim.store).current)
    with api_over(victim.path) as api:
        assert api.post("/v1/keys/rotate", {}).status_code == 200
        grow(api, "okta", 10)
    victim.stamp()
    return victim


@pytest.fixture
def victim(made: Victim, tmp_path: Path) -> Victim:
    """A copy to harm."""
    shutil.copytree(made.path, tmp_path / "data")
    shutil.copy(made.kept_keys, tmp_path / "kept.vkey")
    return Victim(tmp_path / "data", tmp_path / "kept.vkey", made.tsa, made.old)


def test_clean_data_verifies_and_says_what_is_stamped(victim: Victim) -> None:
    """Three checkpoints are kept, the handover among them; two are stamped; old and new keys lead to the same."""
    for kept_keys in (True, False):
        report = victim.verify(kept_keys=kept_keys)
        assert report.differences == []
        assert (report.size, report.kept, report.stamped, report.unbelieved) == (21, 3, 2, 0)
        assert "2 of 3 kept checkpoints are timestamped" in report.summary()
        assert "CN=Test TSA" in report.summary()
    assert victim.history.sizes() == [10, 11, 21]


def test_without_roots_no_timestamp_is_believed(victim: Victim) -> None:
    """Verify says so plainly, and still finds one that was altered; whoever verifies may bring roots."""
    (victim.path / "affidavit.toml").write_text("")
    report = victim.verify()
    assert (report.stamped, report.unbelieved, report.differences) == (0, 2, [])
    theirs = verify_directory(victim.path, roots_file=victim.tsa.folder.with_name("root.pem"), processes=1)
    assert (theirs.stamped, theirs.unbelieved, theirs.differences) == (2, 0, [])
    assert "none is believed" in report.summary()
    _swap_tokens(victim)
    assert victim.found() == {"kept checkpoint 21": "token-imprint"}


def test_log_without_timestamps_says_so(tmp_path: Path) -> None:
    """No timestamps is no difference, and no silence either."""
    with api_in_process(tmp_path / "data") as api:
        grow(api, api.declare("okta"), 1)
    report = verify_directory(tmp_path / "data", processes=1)
    assert report.differences == []
    assert "No timestamps" in report.summary()


def _name(size: int, suffix: str) -> str:
    return f"checkpoints/{size:020}.{suffix}"


def _swap_notes(victim: Victim) -> None:
    victim.store.put(_name(10, "note"), victim.history.note(11))


def _edit_note(victim: Victim) -> None:
    note = bytearray(victim.history.note(10))
    note[note.index(b"\n10\n") + 5] ^= 1  # the root
    victim.store.put(_name(10, "note"), bytes(note))


def _edit_signature(victim: Victim) -> None:
    note = victim.history.note(21)
    other = b"BBBB" if note[-40:-36] == b"AAAA" else b"AAAA"
    victim.store.put(_name(21, "note"), note[:-40] + other + note[-36:])


def _swap_tokens(victim: Victim) -> None:
    victim.store.put(_name(21, "tsr"), victim.history.answer(10))


def _edit_token(victim: Victim) -> None:
    answer = bytearray(victim.history.answer(21))
    answer[-5] ^= 1
    victim.store.put(_name(21, "tsr"), bytes(answer))


def _stamp_by_a_stranger(victim: Victim) -> None:
    tsa, _ = new_tsa(victim.path.parent / "stranger")
    digest = sha256(victim.history.note(21)).digest()
    victim.history.stamp(21, parse_response(tsa.reply(request(digest, nonce=1))))


def _delete_stamped_note(victim: Victim) -> None:
    victim.store.delete(_name(10, "note"))


def _delete_handover(victim: Victim) -> None:
    victim.store.delete(_name(11, "note"))


def _sign_fork_with_the_old_key(victim: Victim) -> None:
    """The old signing key, stolen before it was destroyed, signs another tree of today's size."""
    fork = Checkpoint(ORIGIN, 20, bytes(32))
    victim.store.put(_name(20, "note"), victim.old[0].sign(fork, time_s=1_800_000_000))


@pytest.mark.parametrize(
    ("attack", "where", "code"),
    [
        (_swap_notes, "kept checkpoint 10", "kept-misplaced"),
        (_edit_note, "kept checkpoint 10", "note-bad-signature"),
        (_edit_signature, "kept checkpoint 21", "note-bad-signature"),
        (_swap_tokens, "kept checkpoint 21", "token-imprint"),
        (_edit_token, "kept checkpoint 21", "token-invalid"),
        (_stamp_by_a_stranger, "kept checkpoint 21", "token-untrusted"),
        (_delete_stamped_note, f"checkpoints/{10:020}.note", "kept-missing"),
        (_delete_handover, f"checkpoints/{11:020}.note", "kept-missing"),
        (_sign_fork_with_the_old_key, "kept checkpoint 20", "note-unsigned"),
    ],
)
def test_tampered_history_is_found(
    victim: Victim, attack: Callable[[Victim], None], where: str, code: str
) -> None:
    """The place is named, and nothing else is accused."""
    attack(victim)
    assert victim.found() == {where: code}


@pytest.fixture
def stating_victim(victim: Victim) -> Victim:
    """The log states that the checkpoints of sizes 10 and 11 are kept."""
    directory = open_directory(victim.path)
    open_stating(directory, DEFAULT_TENANT).state(victim.history.sizes()[-1])
    directory.database.close()
    with api_over(victim.path):
        pass  # what is announced is sealed, and the checkpoint over it kept
    victim.stamp()
    return victim


def test_what_is_stated_is_reported(stating_victim: Victim) -> None:
    """Untouched, it verifies, and says how many of the kept checkpoints cannot be taken away any more."""
    report = stating_victim.verify()
    assert report.differences == []
    assert (report.size, report.kept, report.stated) == (22, 4, 2)
    assert "2 are stated in the log" in report.summary()
    assert report.as_dict()["stated"] == 2


def _delete_with_its_token(victim: Victim) -> None:
    victim.store.delete(_name(10, "note"))
    victim.store.delete(_name(10, "tsr"))


def _delete_token(victim: Victim) -> None:
    victim.store.delete(_name(10, "tsr"))


def _stamp_anew(victim: Victim) -> None:
    """The true authority stamps the true note once more, later."""
    digest = sha256(victim.history.note(10)).digest()
    victim.history.stamp(10, parse_response(victim.tsa.reply(request(digest, nonce=99))))


def _stamp_one_that_was_not(victim: Victim) -> None:
    digest = sha256(victim.history.note(11)).digest()
    victim.history.stamp(11, parse_response(victim.tsa.reply(request(digest, nonce=99))))


def _sign_anew(victim: Victim) -> None:
    """The same tree, signed with the true keys at another time."""
    note = victim.history.note(11)
    signed = parse_checkpoint(parse_note(note).text)
    old, new = (
        keys.sign(signed, time_s=1_800_000_000) for keys in (victim.old[0], Custody(victim.store).current)
    )
    victim.store.put(_name(11, "note"), old + new.partition(b"\n\n")[2])


def _keep_one_more(victim: Victim) -> None:
    """The log's true tree of 5 entries, signed by the keys of that time."""
    root = root_from_tiles(5, within(Log(victim.store, "log/").read_tile, victim.size))
    victim.store.put(_name(5, "note"), victim.old[0].sign(Checkpoint(ORIGIN, 5, root), time_s=1_700_000_000))


@pytest.mark.parametrize(
    ("attack", "where", "code"),
    [
        (_delete_with_its_token, f"checkpoints/{10:020}.note", "kept-missing"),
        (_delete_handover, f"checkpoints/{11:020}.note", "kept-missing"),
        (_delete_token, f"checkpoints/{10:020}.tsr", "kept-missing"),
        (_stamp_anew, "kept checkpoint 10", "kept-differs"),
        (_stamp_one_that_was_not, "kept checkpoint 11", "kept-differs"),
        (_sign_anew, "kept checkpoint 11", "kept-differs"),
        (_keep_one_more, f"checkpoints/{5:020}.note", "kept-unstated"),
    ],
)
def test_what_is_stated_cannot_be_taken_away(
    stating_victim: Victim, attack: Callable[[Victim], None], where: str, code: str
) -> None:
    """Nor changed, nor stamped at another time, nor added to; whoever does it has every key."""
    attack(stating_victim)
    assert stating_victim.found()[where] == code


def test_newest_checkpoint_replaced_by_an_older_one(victim: Victim) -> None:
    """A kept checkpoint is newer than what is published: rolled back."""
    Log(victim.store, "log/").publish(victim.history.note(11))
    assert victim.found()["kept checkpoint 21"] == "rolled-back"


def _resign(victim: Victim, keys: LogKeys) -> None:
    """Everything that the directory's owner can do: keys, published checkpoint, head and kept checkpoints anew."""
    log = Log(victim.store, "log/")
    note = keys.sign(parse_checkpoint(parse_note(log.checkpoint()).text), time_s=1_800_000_000)
    log.publish(note)
    victim.store.put("keys/log.key", keys.text().encode())
    victim.store.put("keys/log.vkey", "\n".join(keys.verifier_keys).encode())
    directory = open_directory(victim.path)
    with directory.database.transaction() as connection:
        connection.execute(heads.update().values(checkpoint=note.decode()))
    assert Heads(directory.database).get(DEFAULT_TENANT)
    directory.database.close()
    for name in list(victim.store.names("checkpoints/")):
        victim.store.delete(name)


def test_re_sealed_with_a_new_key_is_refused(victim: Victim) -> None:
    """A log that other keys sign, and that no statement leads to, does not verify with the keys from before.

    Nor does it once the statements that do not fit are removed.
    """
    _resign(victim, LogKeys.generate(ORIGIN))
    assert victim.found() == {"checkpoint and keys": "note-unsigned"}
    assert victim.found(kept_keys=False) == {"checkpoint and keys": "keys-unrelated"}
    for name in list(victim.store.names("keys/rotations/")):
        victim.store.delete(name)
    assert victim.found() == {"checkpoint and keys": "note-unsigned"}


def test_new_key_that_states_its_own_succession_is_refused(victim: Victim) -> None:
    """A statement without the old keys' signatures, or from other old keys, leads nowhere."""
    thief, new = LogKeys.generate(ORIGIN), LogKeys.generate(ORIGIN)
    own = thief.rotate_to(new, size=10, time_us=1)
    (name,) = victim.store.names("keys/rotations/")
    true = parse_rotation(victim.store.read(name))
    _resign(victim, new)
    victim.store.put(name, own.encode())
    assert victim.found() == {"checkpoint and keys": "keys-unrelated"}
    forged = Rotation(
        origin=ORIGIN, old=true.old, new=new.keys, size=10, time_us=1, signatures=own.signatures
    )
    victim.store.put(name, forged.encode())
    assert victim.found() == {"checkpoint and keys": "rotation-signature"}


def test_a_stolen_key_states_a_succession_that_was_never_sealed(victim: Victim) -> None:
    """The old keys' own signatures are not enough: the statement has to stand in the log."""
    thief = LogKeys.generate(ORIGIN)
    current = Custody(victim.store).current
    statement = current.rotate_to(thief, size=15, time_us=1_900_000_000_000_000).encode()
    _resign(victim, thief)
    victim.store.put(f"keys/rotations/{18:020}.json", statement)
    found = victim.found()
    assert found["record 17"] == "rotation-unsealed"
    assert found[f"checkpoints/{18:020}.note"] == "kept-missing"


def test_back_dated_records_are_found(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is set back by a day and records are added: they contradict the checkpoints before them."""
    now_us = SystemClock.now_us
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now_us", lambda self: now_us(self) - DAY_US)
        with api_over(victim.path) as api:
            grow(api, "okta", 3)
    found = victim.found()
    assert set(found.values()) == {"time-contradicts"}
    assert {"record 21", "kept checkpoint 24"} <= found.keys()


def test_records_dated_ahead_are_found_once_stamped(victim: Victim, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a stamped checkpoint covers cannot have come a day after the stamp."""
    now_us = SystemClock.now_us
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now_us", lambda self: now_us(self) + DAY_US)
        with api_over(victim.path) as api:
            grow(api, "okta", 3)
    assert victim.found() == {}
    victim.stamp()
    assert victim.found() == {"record 21": "time-contradicts", "kept checkpoint 24": "time-contradicts"}


def test_truncated_and_continued_log_is_found(victim: Victim, tmp_path: Path) -> None:
    """Another history of the same size: the kept checkpoints are of trees that it does not have."""
    with api_in_process(tmp_path / "other") as api:
        grow(api, api.declare("okta"), 21)
    for name in LocalStore(tmp_path / "other/tenants/default").names("log/tile/"):
        victim.store.put(name, LocalStore(tmp_path / "other/tenants/default").read(name))
    found = victim.found()
    assert all(found[f"kept checkpoint {size}"] == "root-differs" for size in (10, 11, 21))
