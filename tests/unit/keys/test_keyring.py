"""Keys are made once, opened at each start, private, and of use without this program."""

from __future__ import annotations

import pickle
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit.core.errors import AgeError, ConfigurationError, ConflictError, UsageError
from affidavit.formats.age.armor import decode_armor
from affidavit.formats.age.file import decrypt, encrypt
from affidavit.formats.age.scrypt import ScryptIdentity
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.note import open_note
from affidavit.formats.tlog.signing import sign_checkpoint, verifier_of
from affidavit.keys.keyring import Keyring, KeyTexts
from affidavit.storage.local import LocalStore
from affidavit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "audit.example.com/log"
CHEAP = 4
"""A work factor for tests; the real one takes a second a key."""
SECRETS = ["keys/data.agekey", "keys/log.key"]


def _same(one: Keyring, other: Keyring) -> bool:
    return one.texts() == other.texts() and one.verifier_keys == other.verifier_keys


def test_what_was_made_is_opened() -> None:
    """The keys of a later start are those of the first, and do what they are for."""
    store = MemoryStore()
    made = Keyring.create(store, origin=ORIGIN)
    opened = Keyring.open(store)
    assert _same(made, opened)
    assert opened.origin == ORIGIN
    assert opened.open_object(encrypt(b"data", [made.recipient])) == b"data"
    note = sign_checkpoint(
        Checkpoint(origin=ORIGIN, size=0, root=bytes(32)),
        ed25519=opened.log_signer,
        ml_dsa=opened.log_cosigner,
        time_s=1,
    )
    public = store.read("keys/log.vkey").decode().splitlines()
    assert public == list(made.verifier_keys)
    assert len(open_note(note, map(verifier_of, public)).signed_by) == 2


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Every key file is 0600 in a folder that is 0700."""
    Keyring.create(LocalStore(tmp_path), origin=ORIGIN)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {"keys": 0o700, "data.agekey": 0o600, "log.key": 0o600, "log.vkey": 0o600}


def test_keys_are_never_replaced() -> None:
    """While any secret of an older keyring is there, none is made; and what is there stays."""
    for kept in SECRETS:
        store = MemoryStore()
        store.put(kept, b"precious")
        with pytest.raises(ConflictError) as caught:
            Keyring.create(store, origin=ORIGIN)
        assert caught.value.code == "keys-exist"
        assert [(name, store.read(name)) for name in store.names()] == [(kept, b"precious")]


def test_tenants_have_their_own() -> None:
    """Keyrings in two folders of one store do not know each other."""
    store = MemoryStore()
    first = Keyring.create(store, origin="one", folder="tenants/one/keys")
    second = Keyring.create(store, origin="two", folder="tenants/two/keys")
    assert _same(Keyring.open(store, folder="tenants/one/keys"), first)
    with pytest.raises(AgeError):
        second.open_object(encrypt(b"data", [first.recipient]))


def test_a_passphrase_wraps_the_secrets() -> None:
    """With a passphrase no secret lies open; each file is an age file that it opens."""
    store = MemoryStore()
    made = Keyring.create(store, origin=ORIGIN, passphrase="correct horse", work_factor=CHEAP)
    texts = made.texts()
    for name, text in zip(SECRETS, (texts.identity, texts.log), strict=True):
        data = store.read(name)
        assert b"SECRET" not in data
        assert b"PRIVATE" not in data
        assert decrypt(decode_armor(data), [ScryptIdentity("correct horse")]) == text.encode()
    assert _same(Keyring.open(store, passphrase="correct horse"), made)


def test_a_passphrase_that_is_not_needed_is_no_error() -> None:
    """Plain keys open whether a passphrase is given or not."""
    store = MemoryStore()
    made = Keyring.create(store, origin=ORIGIN)
    assert _same(Keyring.open(store, passphrase="whatever"), made)


@pytest.mark.parametrize(
    ("passphrase", "code"), [(None, "passphrase-needed"), ("wrong", "passphrase-wrong"), ("", "key-file")]
)
def test_without_the_passphrase_nothing_opens(passphrase: str | None, code: str) -> None:
    """A missing or wrong passphrase is said, with how to give it, and is not repeated."""
    store = MemoryStore()
    Keyring.create(store, origin=ORIGIN, passphrase="right", work_factor=CHEAP)
    with pytest.raises(ConfigurationError) as caught:
        Keyring.open(store, passphrase=passphrase)
    assert caught.value.code == code
    assert caught.value.hint
    assert "wrong" not in caught.value.message


def test_a_passphrase_is_not_empty() -> None:
    """An empty passphrase would protect nothing and is refused; nothing is kept."""
    store = MemoryStore()
    with pytest.raises(ConfigurationError):
        Keyring.create(store, origin=ORIGIN, passphrase="")
    assert list(store.names()) == []


@pytest.mark.parametrize("missing", SECRETS)
def test_missing_keys_say_what_to_do(missing: str) -> None:
    """A data directory without its keys is a ConfigurationError that names the file."""
    store = MemoryStore()
    Keyring.create(store, origin=ORIGIN)
    store.delete(missing)
    with pytest.raises(ConfigurationError, match=missing) as caught:
        Keyring.open(store)
    assert caught.value.code == "no-keys"
    assert "affidavit init" in caught.value.hint


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "x" * 256, "\ud800"])
def test_other_origins_are_refused(origin: str) -> None:
    """What cannot name a log is refused before anything is kept."""
    store = MemoryStore()
    with pytest.raises(UsageError):
        Keyring.create(store, origin=origin)
    assert list(store.names()) == []


@settings(max_examples=60, deadline=None)
@given(
    garbage=st.one_of(
        st.binary(),
        st.text().map(lambda text: text.encode(errors="ignore")),
        st.binary().map(lambda data: b"-----BEGIN AGE ENCRYPTED FILE-----\n" + data),
        st.sampled_from([b"AGE-SECRET-KEY-1", b"PRIVATE+KEY+a+00000000+AA==", b"age1x", b"\n\n"]),
    )
)
def test_garbage_in_a_key_file_is_a_configuration_error(garbage: bytes) -> None:
    """Whatever a key file holds, only ConfigurationError comes out, and it shows nothing of the file."""
    for name in SECRETS:
        store = MemoryStore()
        Keyring.create(store, origin=ORIGIN)
        store.put(name, garbage)
        with pytest.raises(ConfigurationError) as caught:
            Keyring.open(store, passphrase="p")
        assert caught.value.code == "key-file"
        assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, AgeError)


def test_two_keys_of_other_logs_are_refused() -> None:
    """A file that mixes the keys of two logs, or holds one twice, signs nothing."""
    one, other = (Keyring.create(MemoryStore(), origin=name).texts() for name in ("one", "other"))
    first, second = one.log.splitlines()
    for lines in ([first], [first, first], [first, other.log.splitlines()[1]], [first, second, second]):
        with pytest.raises(ConfigurationError):
            Keyring.parse(KeyTexts(identity=one.identity, log="\n".join(lines)))
    with pytest.raises(ConfigurationError):
        Keyring.parse(KeyTexts(identity=one.identity * 2, log=one.log))


def test_a_worker_is_given_the_keys() -> None:
    """The secrets travel to a worker as one value whose repr shows none of them."""
    made = Keyring.create(MemoryStore(), origin=ORIGIN)
    texts = pickle.loads(pickle.dumps(made.texts()))  # noqa: S301 - written a moment ago
    assert _same(Keyring.parse(texts), made)
    assert "SECRET" not in repr(texts)
    assert "PRIVATE" not in repr(texts)


@pytest.mark.skipif(shutil.which("age") is None, reason="Debian's age is not installed")
def test_age_reads_the_identity(tmp_path: Path) -> None:
    """Debian's age decrypts with the key file as it lies, so that no data is captive of this program."""
    store = LocalStore(tmp_path)
    made = Keyring.create(store, origin=ORIGIN)
    (tmp_path / "data.age").write_bytes(encrypt(b"plain", [made.recipient]))
    key = tmp_path / "keys" / "data.agekey"
    done = subprocess.run(
        ["age", "-d", "-i", str(key), str(tmp_path / "data.age")], capture_output=True, check=True
    )
    assert done.stdout == b"plain"


@pytest.mark.skipif(
    shutil.which("age") is None or shutil.which("script") is None, reason="Debian's age is not installed"
)
def test_age_opens_a_wrapped_key(tmp_path: Path) -> None:
    """Debian's age opens a wrapped key file when the passphrase is typed."""
    store = LocalStore(tmp_path)
    made = Keyring.create(store, origin=ORIGIN, passphrase="correct horse", work_factor=CHEAP)
    plain, key = tmp_path / "plain", tmp_path / "keys" / "data.agekey"
    subprocess.run(
        ["script", "-qec", f"age -d -o {plain} {key}", "/dev/null"],
        input=b"correct horse\n",
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert plain.read_text() == made.texts().identity
