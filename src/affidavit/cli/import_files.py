"""Files on this machine as batches of whole lines, or of one document each."""

from __future__ import annotations

import gzip
import hashlib
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from affidavit.core.errors import OperationalError, UsageError

BATCH_BYTES = 2 * 1024 * 1024
_ENDINGS = (".gz", ".zst")
_STDIN = "-"


class Batch(NamedTuple):
    """A piece of a file."""

    body: bytes
    key: str
    """Follows from all bytes of the file up to the end of this batch."""
    lines_before: int
    bytes_before: int
    read_bytes: int
    """How far this moved the file on disk."""


def found(names: list[str]) -> Iterator[Path | None]:
    """The files that are named, those of folders at any depth included, in order; None is standard input."""
    for name in names:
        path = Path(name)
        if name == _STDIN:
            yield None
        elif path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{name}: no such file or folder", code="no-such-file")


def batches(path: Path | None) -> Iterator[Batch]:
    """The file's batches: whole lines, about BATCH_BYTES each, or the whole file where it is one document."""
    name = "standard input" if path is None else str(path)
    try:
        with _opened(path) as (stream, position):
            yield from _cut(stream, position)
    except (OSError, EOFError, zlib.error) as error:
        raise OperationalError(f"{name} cannot be read: {error}", code="unreadable-file") from error


def _cut(stream: IO[bytes], position: _Position) -> Iterator[Batch]:
    chain = hashlib.sha256(b"affidavit/import/v1\n")
    lines = sent = read = 0
    rest = b""
    beginning = True
    while True:
        more = stream.read(BATCH_BYTES)
        if beginning and _is_document(more):
            more += stream.read()
            block, rest = more, b""
        else:
            cut = more.rfind(b"\n") + 1
            if more and not cut:
                rest += more
                continue
            block, rest = rest + more[:cut], more[cut:]
            if not more:
                block, rest = rest + block, b""
        beginning = False
        if block:
            chain.update(block)
            here = position()
            yield Batch(block, f"import-{chain.hexdigest()}", lines, sent, here - read)
            lines += block.count(b"\n")
            sent += len(block)
            read = here
        if not more:
            return


def _is_document(beginning: bytes) -> bool:
    """Whether this is one JSON document over many lines, which must not be cut between them."""
    first, _, others = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not first[:1] in (b"{", b"["):  # noqa: E713 - reads better here
        return False
    return (
        first[:1] == b"["
        or (bool(others) and not first.rstrip().endswith(b"}"))
        or b'"Records"' in first[:64]
    )


class _Position:
    """Bytes read from the file on disk, compressed as it may be."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __call__(self) -> int:
        return self._file.tell() if self._file.seekable() else 0


class _opened:  # noqa: N801 - used like a function
    """The file's bytes, decompressed by its ending, and how far it was read."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __enter__(self) -> tuple[IO[bytes], _Position]:
        path = self._path
        if path is None:
            self._file: IO[bytes] = sys.stdin.buffer
            return self._file, _Position(self._file)
        self._file = path.open("rb")
        if path.suffix == ".gz":
            return gzip.GzipFile(fileobj=self._file), _Position(self._file)  # type: ignore[return-value]
        if path.suffix == ".zst":
            import zstandard

            reader = zstandard.ZstdDecompressor().stream_reader(self._file, read_across_frames=True)
            return reader, _Position(self._file)
        return self._file, _Position(self._file)

    def __exit__(self, *_: object) -> None:
        if self._path is not None:
            self._file.close()
