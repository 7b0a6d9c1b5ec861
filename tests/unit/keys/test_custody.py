"""The signing keys change hands: as safely kept as before, and in steps that can be repeated."""

from __future__ import annotations

import pytest

from affidavit.core.errors import ConfigurationError, ConflictError
from affidavit.keys.custody import Custody, sealed_rotations, verifier_keys
from affidavit.keys.keyring import Keyring
from affidavit.keys.signing import LogKeys
from affidavit.storage.memory import MemoryStore

ORIGIN = "log.harborline.example/test"
WORDS = "correct horse battery staple"


@pytest.mark.parametrize("passphrase", [None, WORDS])
def test_new_keys_are_kept_as_the_old_ones_were(passphrase: str | None) -> None:
    """Wrapped where these are wrapped, before and after they take over; plain where these are plain."""
    store = MemoryStore()
    Keyring.create(store, ORIGIN, passphrase=passphrase, work_factor=10)
    custody = Custody(store, passphrase=passphrase)
    old, new = custody.current, LogKeys.generate(ORIGIN)
    custody.prepare(new)
    waiting = custody.waiting()
    assert waiting is not None
    assert waiting.text() == new.text()
    custody.switch(size=7, statement=b"statement")
    for name in ("keys/log.key", "keys/data.agekey"):
        assert store.read(name).startswith(b"-----BEGIN AGE ENCRYPTED FILE-----") == (passphrase is not None)
    if passphrase is not None:
        with pytest.raises(ConfigurationError) as refused:
            Custody(store)
        assert refused.value.code == "passphrase-needed"
    assert Custody(store, passphrase=passphrase).current.text() == new.text() != old.text()
    assert verifier_keys(store) == new.verifier_keys
    assert sealed_rotations(store) == [(6, b"statement")]
    assert custody.waiting() is None


def test_keys_that_were_abandoned_never_sign() -> None:
    """They are gone, and there is nothing to switch to."""
    store = MemoryStore()
    Keyring.create(store, ORIGIN)
    custody = Custody(store)
    old = custody.current
    custody.prepare(LogKeys.generate(ORIGIN))
    custody.abandon()
    assert custody.waiting() is None
    with pytest.raises(ConflictError):
        custody.switch(size=1, statement=b"")
    assert Custody(store).current.text() == old.text()
