"""Age files as a whole: round trips, random access, tampering, and exchange with the age program."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from affidavit.core.errors import AgeError
from affidavit.formats.age.armor import decode_armor, encode_armor
from affidavit.formats.age.file import AgeReader, decrypt, encrypt, plaintext_size, unlock
from affidavit.formats.age.header import Stanza, encode_header, parse_header
from affidavit.formats.age.scrypt import ScryptIdentity, ScryptRecipient
from affidavit.formats.age.stream import CHUNK_BYTES, TAG_BYTES
from affidavit.formats.age.x25519 import X25519Identity

if TYPE_CHECKING:
    from pathlib import Path

    from affidavit.formats.age.recipient import Random, Recipient

ALICE = X25519Identity(b"a" * 32)
BOB = X25519Identity(b"b" * 32)
EVE = X25519Identity(b"e" * 32)
DATA = bytes(os.urandom(300_000))
SIZES = st.one_of(
    st.integers(0, 300),
    st.integers(CHUNK_BYTES - 2, CHUNK_BYTES + 2),
    st.integers(2 * CHUNK_BYTES - 2, 2 * CHUNK_BYTES + 2),
    st.integers(0, len(DATA)),
)
needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the age program is not installed")


def open_reader(file: bytes, asked: list[tuple[int, int]] | None = None) -> AgeReader:
    """A reader over `file` that notes what it reads in `asked`."""

    def read(start: int, end: int) -> bytes:
        if asked is not None:
            asked.append((start, end))
        return file[start:end]

    return AgeReader.open(read, file_bytes=len(file), identities=[ALICE])


@given(SIZES)
@settings(deadline=None)
def test_files_read_back(size: int) -> None:
    """Each recipient opens the file; its plaintext length is known without a key."""
    file = encrypt(DATA[:size], [ALICE.recipient, BOB.recipient])
    assert decrypt(file, [EVE, BOB]) == decrypt(file, [ALICE]) == DATA[:size]
    assert plaintext_size(file[:1000], file_bytes=len(file)) == size
    with pytest.raises(AgeError) as caught:
        decrypt(file, [EVE])
    assert caught.value.code == "age-no-match"


@given(SIZES, st.lists(st.tuples(st.integers(-10, 300_010), st.integers(-10, 300_010)), max_size=6))
@settings(deadline=None)
def test_random_access_is_slicing(size: int, ranges: list[tuple[int, int]]) -> None:
    """Any range of the plaintext, in any order, is what a slice of the whole would be."""
    reader = open_reader(encrypt(DATA[:size], [ALICE.recipient]))
    assert reader.size_bytes == size
    for start, end in ranges:
        assert reader.read(start, end) == DATA[:size][max(start, 0) : max(end, 0)]


def test_random_access_reads_only_the_chunks_it_needs() -> None:
    """A read of a few bytes costs one chunk, of the tail nothing, and neighbours share a chunk."""
    file = encrypt(DATA, [ALICE.recipient])
    asked: list[tuple[int, int]] = []
    reader = open_reader(file, asked)
    sealed = CHUNK_BYTES + TAG_BYTES
    payload = len(file) - len(DATA) - 5 * TAG_BYTES
    assert asked == [(0, 1024), (payload + 4 * sealed, len(file))]
    asked.clear()
    assert reader.read(len(DATA) - 9, len(DATA)) == DATA[-9:]
    assert asked == []
    assert reader.read(CHUNK_BYTES + 5, CHUNK_BYTES + 9) == DATA[CHUNK_BYTES + 5 : CHUNK_BYTES + 9]
    assert reader.read(CHUNK_BYTES + 9, CHUNK_BYTES + 99) == DATA[CHUNK_BYTES + 9 : CHUNK_BYTES + 99]
    assert asked == [(payload + sealed, payload + 2 * sealed)]
    asked.clear()
    assert reader.read(CHUNK_BYTES - 1, len(DATA) - 1) == DATA[CHUNK_BYTES - 1 : -1]
    assert asked == [(payload, payload + 4 * sealed)]


def test_long_reads_go_in_runs() -> None:
    """A range over dozens of chunks is fetched piece by piece and is still the slice."""
    data = DATA * 9
    file = encrypt(data, [ALICE.recipient])
    asked: list[tuple[int, int]] = []
    reader = open_reader(file, asked)
    assert len(data) > 40 * CHUNK_BYTES
    for start, end in (
        (0, len(data)),
        (1, len(data) - 1),
        (70_000, 33 * CHUNK_BYTES),
        (CHUNK_BYTES, 17 * CHUNK_BYTES),
    ):
        assert reader.read(start, end) == data[start:end]
    assert max(end - start for start, end in asked) == 16 * (CHUNK_BYTES + TAG_BYTES)


@given(st.integers(0, 140_000), st.integers(1, 255))
@settings(deadline=None)
def test_any_flipped_byte_is_noticed(at: int, flip: int) -> None:
    """A file with one byte changed is refused, read whole or at random."""
    at %= len(FILE)
    broken = FILE[:at] + bytes([FILE[at] ^ flip]) + FILE[at + 1 :]
    with pytest.raises(AgeError):
        decrypt(broken, [ALICE])
    with pytest.raises(AgeError):
        open_reader(broken).read(0, 140_000)


@given(st.integers(0, 140_000))
@settings(deadline=None)
def test_any_truncation_is_noticed_on_opening(kept: int) -> None:
    """A file that lost its end is refused before any plaintext is given out."""
    cut = FILE[: kept % len(FILE)]
    with pytest.raises(AgeError):
        decrypt(cut, [ALICE])
    with pytest.raises(AgeError):
        open_reader(cut)


FILE = encrypt(DATA[:135_000], [ALICE.recipient])


def test_swapped_chunks_are_noticed() -> None:
    """Chunks are bound to their place."""
    start = len(FILE) - 135_000 - 3 * TAG_BYTES
    sealed = CHUNK_BYTES + TAG_BYTES
    first, second = FILE[start : start + sealed], FILE[start + sealed : start + 2 * sealed]
    with pytest.raises(AgeError) as caught:
        decrypt(FILE[:start] + second + first + FILE[start + 2 * sealed :], [ALICE])
    assert caught.value.code == "age-payload"


def test_a_file_that_shrinks_while_it_is_read_is_our_error() -> None:
    """A read that returns too little is reported, not passed on as plaintext."""
    stored = [FILE]
    reader = AgeReader.open(lambda start, end: stored[0][start:end], file_bytes=len(FILE), identities=[ALICE])
    stored[0] = FILE[:5000]
    with pytest.raises(AgeError) as caught:
        reader.read(0, 10)
    assert caught.value.code == "age-payload"


@given(st.binary())
def test_garbage_raises_only_our_error(data: bytes) -> None:
    """No bytes that are no age file make anything but our error."""
    header = FILE[: len(FILE) - 135_000 - 3 * TAG_BYTES - 16]
    for file in (data, b"age-encryption.org/v1\n" + data, header[:-50] + data, header + data):
        with pytest.raises(AgeError):
            decrypt(file, [ALICE])
        with pytest.raises(AgeError):
            open_reader(file)


def test_every_file_has_its_own_keys() -> None:
    """The same plaintext to the same recipient never gives the same file."""
    assert encrypt(b"x", [ALICE.recipient]) != encrypt(b"x", [ALICE.recipient])
    fixed = encrypt(b"x", [ALICE.recipient], random=bytes)
    assert fixed == encrypt(b"x", [ALICE.recipient], random=bytes)


def test_a_header_of_many_recipients_is_read_in_steps() -> None:
    """Random access copes with headers longer than its first read, and shorter than its second."""
    file = encrypt(DATA[:100], [*[BOB.recipient] * 40, ALICE.recipient])
    assert open_reader(file).read(0, 100) == DATA[:100]
    for recipients in range(7, 13):  # the header ends around the edge of the first read
        file = encrypt(DATA[:100], [*[BOB.recipient] * recipients, ALICE.recipient])
        assert open_reader(file).read(0, 100) == DATA[:100]


def test_an_endless_header_is_refused() -> None:
    """A header without an end costs a bounded read."""
    asked: list[tuple[int, int]] = []
    with pytest.raises(AgeError) as caught:
        open_reader(b"age-encryption.org/v1\n" + b"-> x\n\n" * 100_000, asked)
    assert caught.value.code == "age-header"
    assert max(end for _, end in asked) <= 1 << 16


def test_who_can_open_a_file_is_stated() -> None:
    """A file has a recipient, and a passphrase is never mixed with others."""
    phrase = ScryptRecipient("correct horse", work_factor=1)
    refused: list[list[Recipient]] = [[], [phrase, ALICE.recipient], [phrase, phrase]]
    for recipients in refused:
        with pytest.raises(AgeError) as caught:
            encrypt(b"x", recipients)
        assert caught.value.code == "age-key"


def test_passphrases_read_back() -> None:
    """The passphrase opens the file, another does not."""
    file = encrypt(b"secret", [ScryptRecipient("correct horse ü", work_factor=4)])
    assert decrypt(file, [ALICE, ScryptIdentity("correct horse ü")]) == b"secret"
    with pytest.raises(AgeError) as caught:
        decrypt(file, [ScryptIdentity("wrong")])
    assert caught.value.code == "age-no-match"


def test_costly_passphrase_files_are_refused() -> None:
    """A file that asks for more work than allowed is refused before any is done."""
    file = encrypt(b"secret", [ScryptRecipient("p", work_factor=5)])
    with pytest.raises(AgeError, match="work factor 5 exceeds 4"):
        decrypt(file, [ScryptIdentity("p", max_work_factor=4)])


@pytest.mark.parametrize("passphrase", ["", "\ud800"])
def test_passphrases_that_are_none(passphrase: str) -> None:
    """An empty passphrase, or one that UTF-8 cannot spell, is refused."""
    with pytest.raises(AgeError):
        ScryptRecipient(passphrase)
    with pytest.raises(AgeError):
        ScryptIdentity(passphrase)


def test_impossible_work_factors_are_our_error() -> None:
    """A work factor that scrypt does not know is refused with our error."""
    for work_factor in (0, 90):
        with pytest.raises(AgeError):
            encrypt(b"x", [ScryptRecipient("p", work_factor=work_factor)])


@given(st.binary(max_size=500))
def test_armor_reads_back(data: bytes) -> None:
    """Armoring and unarmoring are inverse, and other bytes are refused."""
    assert decode_armor(encode_armor(data)) == data
    with pytest.raises(AgeError) as caught:
        decode_armor(data)
    assert caught.value.code == "age-armor"


class Padding:
    """A recipient of a type that nobody knows."""

    def __init__(self, size: int) -> None:
        self._stanza = Stanza(("unknown", "x" * size), b"")

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """Always the same."""
        return self._stanza


def test_the_payload_key_follows_from_file_key_and_nonce() -> None:
    """As the specification has it: HKDF of the file key, salted with the 16 bytes behind the header."""
    file = encrypt(b"secret", [ALICE.recipient], random=lambda count: b"r" * count)
    nonce = file[-6 - 16 - 16 : -6 - 16]
    assert nonce == b"r" * 16
    key = HKDF(hashes.SHA256(), 32, nonce, b"payload").derive(b"r" * 16)
    assert ChaCha20Poly1305(key).decrypt(bytes(11) + b"\x01", file[-22:], None) == b"secret"


def test_how_much_is_read_for_a_header() -> None:
    """A kibibyte, four times as much while the header does not end in it, and the nonce where that was cut off."""
    least = len(encrypt(b"", [Padding(1), ALICE.recipient])) - 16 - 16 - 1
    for header in (*range(1005, 1028), 4090, 4096, 4097, 5000):
        file = encrypt(DATA[:9000], [Padding(header - least), ALICE.recipient])
        asked: list[tuple[int, int]] = []
        assert open_reader(file, asked).read(0, 9000) == DATA[:9000]
        steps = [(0, 1024), (0, 4096), (0, len(file))]
        meant = steps[: 1 + (header > 1024) + (header > 4096)]
        if header <= meant[-1][1] < header + 16:
            meant.append((0, header + 16))
        assert asked == [*meant, (header + 16, len(file))], header


def test_a_file_that_ends_in_its_nonce() -> None:
    """Is refused by name, read whole or at random, as is one without any payload."""
    file = encrypt(b"", [ALICE.recipient])
    for cut in (17, 24, 32):
        for read in (lambda data: decrypt(data, [ALICE]), open_reader):
            with pytest.raises(AgeError, match="nonce") as caught:
                read(file[:-cut])
            assert caught.value.code == "age-header"
    with pytest.raises(AgeError, match="inside a chunk"):
        decrypt(file[:-16], [ALICE])


def test_a_passphrase_stanza_stands_alone() -> None:
    """A file that was encrypted to a key and a passphrase was made by no honest program."""
    key = b"k" * 16
    phrase, own = (
        ScryptRecipient("p", work_factor=1).wrap(key, os.urandom),
        ALICE.recipient.wrap(key, os.urandom),
    )
    for stanzas in ([phrase, own], [own, phrase], [phrase, phrase]):
        header = parse_header(encode_header(stanzas, key))
        for identity in (ALICE, ScryptIdentity("p")):
            with pytest.raises(AgeError, match="does not stand alone") as caught:
                unlock(header, [identity])
            assert caught.value.code == "age-header"
    assert unlock(parse_header(encode_header([phrase], key)), [ScryptIdentity("p")]) == key
    assert unlock(parse_header(encode_header([own, own], key)), [EVE, ALICE]) == key


def test_an_altered_header_opens_nothing() -> None:
    """Though the stanza opens, the MAC has to be that of its file key."""
    key = b"k" * 16
    own = ALICE.recipient.wrap(key, os.urandom)
    with pytest.raises(AgeError) as caught:
        unlock(parse_header(encode_header([own], b"x" * 16)), [ALICE])
    assert caught.value.code == "age-hmac"


@needs_age
def test_the_age_program_opens_our_files(tmp_path: Path) -> None:
    """Whoever holds the key needs only the age program to read what is stored."""
    (tmp_path / "key").write_text(f"{ALICE.text()}\n")
    for size in (0, 1, CHUNK_BYTES, len(DATA)):
        (tmp_path / "file.age").write_bytes(encrypt(DATA[:size], [BOB.recipient, ALICE.recipient]))
        command = ["age", "--decrypt", "--identity", str(tmp_path / "key"), str(tmp_path / "file.age")]
        assert subprocess.run(command, check=True, capture_output=True).stdout == DATA[:size]


@needs_age
@pytest.mark.parametrize("armor", [False, True])
def test_we_open_files_of_the_age_program(tmp_path: Path, armor: bool) -> None:
    """Files that the age program makes for our recipients open here, armored or not."""
    (tmp_path / "plain").write_bytes(DATA)
    form = ["--armor"] if armor else []
    paths = ["--output", str(tmp_path / "file.age"), str(tmp_path / "plain")]
    subprocess.run(
        ["age", "--recipient", str(ALICE.recipient), *form, *paths], check=True, capture_output=True
    )
    file = (tmp_path / "file.age").read_bytes()
    assert decrypt(decode_armor(file) if armor else file, [ALICE]) == DATA


@needs_age
def test_the_age_program_knows_our_keys_as_its_own(tmp_path: Path) -> None:
    """Keys made by age-keygen parse here, to the recipient that it prints, and are written the same again."""
    made = subprocess.run(["age-keygen"], check=True, capture_output=True, text=True)
    secret = next(line for line in made.stdout.splitlines() if line.startswith("AGE-SECRET-KEY-1"))
    identity = X25519Identity.parse(secret)
    assert identity.text() == secret
    assert f"# public key: {identity.recipient}" in made.stdout


def answer(command: str, answers: list[str]) -> bytes:
    """What `command` prints on a terminal of its own where each question gets the next of `answers`."""
    program = subprocess.Popen(
        ["script", "--quiet", "--return", "--command", command, "/dev/null"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    with program:
        assert program.stdin is not None
        assert program.stdout is not None
        for text in answers:
            asked = b""
            while not asked.endswith(b": "):
                more = program.stdout.read(1)
                assert more, asked
                asked += more
            program.stdin.write(f"{text}\n".encode())
        printed = program.stdout.read()
    assert program.returncode == 0, printed
    return printed


@needs_age
@pytest.mark.skipif(shutil.which("script") is None, reason="no program to give age a terminal")
def test_passphrase_files_of_the_age_program(tmp_path: Path) -> None:
    """What is wrapped with a passphrase here opens there, and the other way round."""
    theirs, ours, plain = tmp_path / "theirs.age", tmp_path / "ours.age", tmp_path / "plain"
    plain.write_bytes(DATA[:1000])
    answer(f"age -p -o {theirs} {plain}", ["correct horse", "correct horse"])
    assert decrypt(theirs.read_bytes(), [ScryptIdentity("correct horse")]) == DATA[:1000]
    ours.write_bytes(encrypt(DATA[:1000], [ScryptRecipient("correct horse", work_factor=10)]))
    answer(f"age -d -o {plain}.again {ours}", ["correct horse"])
    assert (tmp_path / "plain.again").read_bytes() == DATA[:1000]
