"""Checkpoints are kept and stamped by a real authority over HTTP, whatever the authority does meanwhile."""

from __future__ import annotations

import logging
import os
import subprocess
from functools import cache
from hashlib import sha256
from threading import Event
from typing import TYPE_CHECKING

import pytest
from tests.running.tsa import authority, new_tsa, over_http

from affidavit.core.errors import NotFoundError, OperationalError, TimestampError, VerificationError
from affidavit.formats.rfc3161 import verify_token
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.signing import sign_checkpoint
from affidavit.keys.signing import LogKeys
from affidavit.ledger.history import History
from affidavit.ledger.keeping import Keeping
from affidavit.ledger.log import Log
from affidavit.ledger.stamping import Stamper
from affidavit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "log.harborline.example/test"
KEYS = LogKeys.generate(ORIGIN)


@cache
def note(size: int) -> bytes:
    """A signed checkpoint of that size; signatures with ML-DSA-44 differ each time."""
    checkpoint = Checkpoint(ORIGIN, size, bytes(31) + bytes([size]))
    return sign_checkpoint(checkpoint, ed25519=KEYS.signer, ml_dsa=KEYS.cosigner, time_s=1_800_000_000)


def test_kept_notes_are_listed_by_size_and_read_back() -> None:
    """Sizes ascend as numbers do; what is not kept is not found, and a note without a token has none."""
    store = MemoryStore()
    history = History(store)
    for size in (100, 9, 23):
        history.keep(size, note(size))
    assert history.sizes() == [9, 23, 100]
    assert history.note(23) == note(23)
    assert history.token(23) is None
    assert next(iter(store.names("checkpoints/0"))) == f"checkpoints/{9:020}.note"
    with pytest.raises(NotFoundError):
        history.note(24)


def test_published_checkpoints_are_stamped_so_that_openssl_agrees(tmp_path: Path) -> None:
    """The kept answer verifies with `openssl ts -verify` over the kept note, and its token with our own code."""
    tsa, root = new_tsa(tmp_path / "tsa")
    store = MemoryStore()
    log, history = Log(store, "log/"), History(store)
    with over_http(tsa) as (url, _):
        keeping = Keeping(log, history, Stamper(url, roots=[root.certificate]))
        assert keeping.round()
        assert history.sizes() == []  # nothing is published yet
        log.publish(note(3))
        assert keeping.round()
        assert keeping.round()
        assert tsa.asked == 1  # nothing new, nothing asked
        log.publish(note(5))
        assert keeping.round()
    assert history.sizes() == [3, 5]
    for size in (3, 5):
        token = history.token(size)
        assert token is not None
        verify_token(token, sha256(note(size)).digest(), roots=[root.certificate])
    (tmp_path / "5.note").write_bytes(history.note(5))
    (tmp_path / "5.tsr").write_bytes(history.answer(5))
    (tmp_path / "root.pem").write_bytes(root.pem)
    command = ["openssl", "ts", "-verify", "-data", "5.note", "-in", "5.tsr", "-CAfile", "root.pem"]
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode == 0


def test_a_failing_authority_is_logged_once_and_only_the_newest_is_stamped_afterwards(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While it fails checkpoints are kept all the same; one line says that it fails, one that it works again."""
    tsa, root = new_tsa(tmp_path / "tsa")
    store = MemoryStore()
    log, history = Log(store, "log/"), History(store)
    caplog.set_level(logging.WARNING, "affidavit")
    with over_http(tsa) as (url, behaviour):
        keeping = Keeping(log, history, Stamper(url, roots=[root.certificate]))
        behaviour.status, behaviour.answer = 503, b"later"
        for size in (1, 2):
            log.publish(note(size))
            assert not keeping.round()
        assert len(caplog.records) == 1
        assert "503" in caplog.text
        assert "[timestamp] url" in caplog.text  # the remedy
        behaviour.status, behaviour.answer = 200, None
        assert keeping.round()
    assert history.sizes() == [1, 2]
    assert [history.stamped(size) for size in (1, 2)] == [False, True]
    assert len(caplog.records) == 2


def test_after_each_round_the_newest_kept_size_is_told() -> None:
    """Whether it was stamped or not; 0 as long as nothing is kept."""
    store, told, stop = MemoryStore(), list[int](), Event()

    def tell(size: int) -> None:
        told.append(size)
        log.publish(note(size + 3))
        if len(told) == 3:
            stop.set()

    log = Log(store, "log/")
    Keeping(log, History(store), told=tell).follow(stop, interval_s=0)
    assert told == [0, 3, 6]


def test_a_token_that_does_not_hold_is_not_kept(tmp_path: Path) -> None:
    """An authority that no root vouches for, another digest's token, garbage, silence: none of it is kept."""
    tsa, root = new_tsa(tmp_path / "tsa")
    stranger = authority("Somebody else")
    with over_http(tsa) as (url, behaviour):
        with pytest.raises(VerificationError) as untrusted:
            Stamper(url, roots=[stranger.certificate]).stamp(note(1))
        assert untrusted.value.code == "token-untrusted"
        asked = Stamper(url, roots=[root.certificate], nonce=lambda: 7)
        token, _ = asked.stamp(note(1))
        behaviour.answer = (tmp_path / "tsa" / "reply.tsr").read_bytes()
        with pytest.raises(VerificationError) as other:
            asked.stamp(note(2))
        assert other.value.code == "token-imprint"
        with pytest.raises(VerificationError) as replayed:
            Stamper(url, roots=[root.certificate], nonce=lambda: 8).stamp(note(1))
        assert replayed.value.code == "token-nonce"
        for garbage in (b"", os.urandom(300), b"0" * 300_000, token):
            behaviour.answer = garbage
            with pytest.raises(TimestampError):
                asked.stamp(note(1))
    with pytest.raises(OperationalError) as silent:
        Stamper(url, roots=[root.certificate]).stamp(note(1))
    assert silent.value.code == "timestamp-unreachable"


def test_a_note_that_is_stamped_never_changes() -> None:
    """A later note of the same size replaces one without a token, and never one with a token."""
    history = History(MemoryStore())
    history.keep(4, note(4))
    history.keep(4, note(4) + b"\n")
    assert history.note(4) == note(4) + b"\n"
    history.stamp(4, b"0\x00")
    history.keep(4, note(4))
    assert history.note(4) == note(4) + b"\n"
