"""The ZIP of a bundle has one reading: every field that two programs could read in two ways is refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from affidavit.core.errors import BundleError
from affidavit.formats.bundle.archive import Archive
from affidavit.formats.bundle.members import LIMITS, OPTIONAL

if TYPE_CHECKING:
    from collections.abc import Sequence

MIB = 1 << 20
NEEDED = [name for name in LIMITS if name not in OPTIONAL]


@dataclass
class Member:
    """One member, whose two headers can be made to say anything."""

    name: str
    data: bytes = b"abc"
    before: bytes = b""
    """What stands in the file before its header."""
    local: dict[str, bytes | int] = field(default_factory=dict)
    """Fields of the header before the data that are to be others."""
    central: dict[str, bytes | int] = field(default_factory=dict)
    """Fields of the directory that are to be others."""
    both: dict[str, bytes | int] = field(default_factory=dict)

    def fields(self, changed: dict[str, bytes | int]) -> dict[str, bytes | int]:
        """What a header says."""
        return {
            "version": 20, "flags": 0, "method": 0, "time": 0, "date": 33, "crc": zlib.crc32(self.data),
            "packed": len(self.data), "size": len(self.data), "name": self.name.encode(), "extra": b"", "comment": b"",
            **self.both, **changed,
        }  # fmt: skip

    def numbers(self, said: dict[str, bytes | int]) -> bytes:
        """The middle of both headers."""
        names = ("version", "flags", "method", "time", "date", "crc", "packed", "size")
        return struct.pack("<5H3I", *(said[name] for name in names))

    def header(self) -> bytes:
        """What stands before the data."""
        said = self.fields(self.local)
        name, extra = said["name"], said["extra"]
        assert isinstance(name, bytes)
        assert isinstance(extra, bytes)
        signature = said.get("signature", b"PK\x03\x04")
        assert isinstance(signature, bytes)
        return signature + self.numbers(said) + struct.pack("<2H", len(name), len(extra)) + name + extra

    def listed(self, at: int) -> bytes:
        """The line of the directory."""
        said = self.fields(self.central)
        name, extra, comment = said["name"], said["extra"], said["comment"]
        assert isinstance(name, bytes)
        assert isinstance(extra, bytes)
        assert isinstance(comment, bytes)
        lengths = struct.pack(
            "<5H2I", len(name), len(extra), len(comment), 0, 0, 0o100600 << 16, said.get("at", at)
        )
        return b"PK\x01\x02" + struct.pack("<H", 20) + self.numbers(said) + lengths + name + extra + comment


def zipped(members: Sequence[Member], *, behind: bytes = b"", **end: int) -> bytes:
    """The archive; `behind` stands before the directory, `end` are fields of the end record that are to be others."""
    file, directory = b"", b""
    for member in members:
        file += member.before
        directory += member.listed(len(file))
        file += member.header() + member.data
    file += behind
    said = {
        "disk": 0, "disk2": 0, "here": len(members), "count": len(members), "length": len(directory),
        "start": len(file), "comment": 0, **end,
    }  # fmt: skip
    return file + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", *said.values())


def with_member(changed: Member) -> list[Member]:
    """The members that a bundle needs, one of which is this."""
    return [changed if name == changed.name else Member(name) for name in NEEDED]


def refused(data: bytes, *, code: str = "bundle-archive") -> str:
    """What opening the archive is refused with."""
    with pytest.raises(BundleError) as caught:
        Archive(io.BytesIO(data))
    assert caught.value.code == code
    return caught.value.message


PLAIN = zipped([Member(name) for name in NEEDED])


def test_members_are_read_as_they_are() -> None:
    """Names in their order, sizes, digests, bytes; also those that need not be there, and of no bytes."""
    members = [Member(name, name.encode() * 2) for name in NEEDED] + [Member("end.tsr", b"")]
    archive = Archive(io.BytesIO(zipped(members)))
    assert archive.names == [*NEEDED, "end.tsr"]
    for member in members:
        assert archive.size(member.name) == len(member.data)
        assert archive.digest(member.name) == sha256(member.data).hexdigest()
        assert archive.read(member.name) == member.data
        assert archive.digest(member.name) == sha256(member.data).hexdigest()


def test_a_member_comes_in_pieces_of_four_mebibytes() -> None:
    """A member of gigabytes is never in memory as a whole."""
    member = Member("records.bin", bytes(8 * MIB + 5))
    archive = Archive(io.BytesIO(zipped(with_member(member))))
    assert [len(piece) for piece in archive.chunks("records.bin")] == [4 * MIB, 4 * MIB, 5]


def test_a_member_that_was_read_is_not_unpacked_again_for_its_digest() -> None:
    """Gigabytes are read once."""
    file = io.BytesIO(PLAIN)
    archive = Archive(file)
    archive.read("records.bin")
    read = archive.digest("records.bin")
    file.close()
    assert archive.digest("records.bin") == read


def test_a_member_that_is_not_there_is_named() -> None:
    """Also one that need not be."""
    with pytest.raises(BundleError, match=r"start\.note is missing") as caught:
        Archive(io.BytesIO(PLAIN)).read("start.note")
    assert caught.value.code == "member-missing"


@pytest.mark.parametrize("name", LIMITS)
def test_every_member_but_three_is_needed(name: str) -> None:
    """Start checkpoint and timestamps may be missing."""
    data = zipped([Member(other) for other in LIMITS if other != name])
    if name in OPTIONAL:
        assert Archive(io.BytesIO(data)).names == [other for other in LIMITS if other != name]
    else:
        assert f"{name} is missing" in refused(data, code="member-missing")


def test_what_other_programs_write_is_read() -> None:
    """Names marked as UTF-8, further fields beside the names, deflated members."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(b"x" * 500) + deflate.flush()
    both: dict[str, bytes | int] = {"flags": 0x800, "extra": b"UT\x05\x00\x01abcd"}
    members = [Member(name, both=both) for name in NEEDED]
    members[3] = Member(
        NEEDED[3],
        packed,
        both={"method": 8, "crc": zlib.crc32(b"x" * 500), "size": 500, "packed": len(packed)},
    )
    assert Archive(io.BytesIO(zipped(members))).read(NEEDED[3]) == b"x" * 500


@pytest.mark.parametrize(
    "both",
    [
        {"flags": 1},
        {"flags": 8},
        {"flags": 1 << 13},
        {"flags": 1 << 12},
        {"method": 12},
        {"method": 14},
        {"method": 99},
    ],
)
def test_encrypted_streamed_and_otherwise_packed_members_are_refused(both: dict[str, bytes | int]) -> None:
    """By what both headers say, before anything is unpacked."""
    assert "encrypted, streamed or packed" in refused(zipped(with_member(Member("policy.txt", both=both))))


@pytest.mark.parametrize(
    "local",
    [
        {"flags": 8},
        {"flags": 1},
        {"method": 8},
        {"crc": 1},
        {"packed": 2},
        {"packed": 4},
        {"size": 2},
        {"size": 4},
    ],
)
def test_headers_that_differ_are_refused(local: dict[str, bytes | int]) -> None:
    """Who reads the members one behind another would read something else than who trusts the directory."""
    message = refused(zipped(with_member(Member("policy.txt", local=local))))
    assert message == "the member policy.txt is described in two ways"


@pytest.mark.parametrize(
    "local",
    [
        {"name": b"policy.tx_"},
        {"name": b"policy.txt2"},
        {"signature": b"PK\x03\x05"},
        {"signature": b"PK\x01\x02"},
    ],
)
def test_a_member_behind_the_header_of_another_is_refused(local: dict[str, bytes | int]) -> None:
    """The directory has to lead to the member that it names."""
    message = refused(zipped(with_member(Member("policy.txt", local=local))))
    assert message == "the member policy.txt begins with the header of something else"


@pytest.mark.parametrize("at", [0, 5])
def test_bytes_between_members_are_refused(at: int) -> None:
    """Nothing is hidden there."""
    members = [Member(name) for name in NEEDED]
    members[at].before = b"?"
    assert f"before {NEEDED[at]}" in refused(zipped(members))


def test_bytes_before_the_directory_are_refused() -> None:
    """Nothing is hidden there either."""
    assert "before the directory" in refused(zipped([Member(name) for name in NEEDED], behind=b"?"))


def test_members_that_share_bytes_do_not_make_room_for_hidden_ones() -> None:
    """One member lies within another, so that all lengths together are right although bytes belong to none."""
    inner = Member("verify.py")
    outer = Member("VERIFY.md", inner.header() + inner.data)
    inside = len(outer.header())
    others = [Member(name) for name in NEEDED if name not in {"verify.py", "VERIFY.md"}]
    data = zipped([*others, outer])
    at = data.index(outer.header())
    hidden = b"?" * len(outer.data)
    file = data[: at + inside + len(outer.data)] + hidden
    directory = data[at + inside + len(outer.data) : -22] + inner.listed(at + inside)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(NEEDED), len(NEEDED), len(directory), len(file), 0)
    assert "before verify.py" in refused(file + directory + end)


def test_a_second_directory_is_refused() -> None:
    """One directory for programs that know ZIP64, another for those that do not: two bundles in one file."""
    directory = PLAIN[PLAIN.index(b"PK\x01\x02") : -22]
    start = len(PLAIN) - 22 - len(directory)
    shown = start + len(directory)
    count = len(NEEDED)
    wide = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(directory), shown
    ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, shown + len(directory), 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, 2 * len(directory) + len(wide), start, 0)
    assert "before the directory" in refused(PLAIN[:start] + directory + directory + wide + end)


@pytest.mark.parametrize("name", ["disk", "disk2", "here", "count", "length", "start", "comment"])
def test_an_end_that_says_something_else_is_refused(name: str) -> None:
    """Disks, counts, length and place of the directory, a comment: there is one form of it."""
    values = {
        "disk": 0,
        "disk2": 0,
        "here": len(NEEDED),
        "count": len(NEEDED),
        "length": 0,
        "start": 0,
        "comment": 0,
    }
    if name in {"length", "start"}:
        at = PLAIN.index(b"PK\x01\x02")
        values |= {"length": len(PLAIN) - 22 - at, "start": at}
    changed: dict[str, Any] = {name: values[name] + 1}
    refused(zipped([Member(name) for name in NEEDED], **changed))


def test_comments_are_refused() -> None:
    """Text that a ZIP program shows and nobody signed."""
    assert "comment" in refused(zipped(with_member(Member("policy.txt", central={"comment": b"hello"}))))
    file = io.BytesIO(PLAIN)
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b"hello"
    assert "does not end with its directory" in refused(file.getvalue())


@pytest.mark.parametrize(
    "name", ["extra.txt", "../policy.txt", "policy.txt\0.exe", "policy.txt/", "POLICY.TXT"]
)
def test_other_names_are_refused(name: str) -> None:
    """Also one that a program which stops at a zero byte would take for a member."""
    refused(
        zipped([*[Member(each) for each in NEEDED if each != "policy.txt"], Member(name)]),
        code="member-unknown",
    )


def test_a_name_that_stands_twice_is_refused() -> None:
    """Programs differ in which of the two they show."""
    members = [*[Member(name) for name in NEEDED], Member("policy.txt", b"other")]
    refused(zipped(members), code="member-twice")


def sized(name: str, *, size: int, packed: int) -> bytes:
    """An archive with a member that says how long it is."""
    data = bytes(packed)
    return zipped(with_member(Member(name, data, both={"method": 8, "size": size})))


@pytest.mark.parametrize("name", [name for name in NEEDED if LIMITS[name] < 1 << 32])
def test_a_member_has_at_most_the_bytes_of_its_kind(name: str) -> None:
    """By what it says, before it is unpacked."""
    limit = LIMITS[name]
    packed = min(limit // 1000, 20_000)
    data = sized(name, size=min(limit, 1100 * packed), packed=packed)
    assert name in Archive(io.BytesIO(data)).names
    if limit < 1100 * packed:
        refused(sized(name, size=limit + 1, packed=packed), code="member-size")


def test_a_member_that_says_more_than_deflate_can_pack_is_refused() -> None:
    """1100 bytes for each that is there and one more: what says so is a bomb, or a lie."""
    assert (
        Archive(io.BytesIO(sized("records.bin", size=1100 * 11, packed=10))).size("records.bin") == 1100 * 11
    )
    refused(sized("records.bin", size=1100 * 11 + 1, packed=10), code="member-size")


@pytest.mark.parametrize(
    "both",
    [{"crc": 1}, {"size": 4}, {"size": 2}, {"method": 8}],
)
def test_a_member_that_is_not_what_it_says_is_refused(both: dict[str, bytes | int]) -> None:
    """Another checksum, more bytes or fewer than stated, no deflate stream."""
    archive = Archive(io.BytesIO(zipped(with_member(Member("policy.txt", both=both)))))
    with pytest.raises(BundleError) as caught:
        archive.read("policy.txt")
    assert caught.value.code == "bundle-archive"
    assert "policy.txt" in caught.value.message


def test_why_a_file_is_no_archive_is_told() -> None:
    """In the words of what tried to read it."""
    assert "File is not a zip file" in refused(b"no archive at all")
    assert "no ZIP archive" in refused(b"")


def test_a_file_that_cannot_be_read_is_told() -> None:
    """A disk that fails is no traceback."""

    class Failing(io.BytesIO):
        fails = False

        def read(self, size: int | None = -1, /) -> bytes:
            if self.fails:
                raise OSError(5, "Input/output error")
            return super().read(size)

    file = Failing(PLAIN)
    archive = Archive(file)
    file.fails = True
    with pytest.raises(BundleError, match="Input/output error"):
        archive.read("records.bin")
