"""Files that no record is read from: each must still be what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.core.errors import AffidavitError, LogFormatError
from affidavit.evidence.report import Difference
from affidavit.formats.age.file import decrypt
from affidavit.formats.tlog.tiles import TILE_WIDTH, Tile, level_hashes, parse_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from affidavit.formats.age.recipient import Identity

HASH_BYTES = 32


def check_object(name: str, data: bytes, identities: Sequence[Identity]) -> list[Difference]:
    """An encrypted file opens, so that not a bit of it was changed."""
    try:
        decrypt(data, identities)
    except AffidavitError as error:
        return [Difference("file-altered", name, str(error))]
    return []


def check_partial(path: str, data: bytes, size: int, read_tile: Callable[[Tile], bytes]) -> list[Difference]:
    """A partial tile that is kept for readers of an older checkpoint is the beginning of the newest one."""
    try:
        tile = parse_path(path)
    except LogFormatError as error:
        return [Difference("tile-unknown", path, str(error))]
    if not isinstance(tile, Tile) or tile.width == TILE_WIDTH:
        return []
    newest = min(TILE_WIDTH, level_hashes(tile.level, size=size) - tile.index * TILE_WIDTH)
    if tile.width > newest:
        return []  # written ahead of the checkpoint
    try:
        whole = read_tile(Tile(tile.level, tile.index, newest))
    except AffidavitError:
        return []  # reported as missing already
    if data != whole[: tile.width * HASH_BYTES]:
        return [Difference("tile-differs", path, "is not the beginning of the newest tile")]
    return []


def check_head(
    stated: tuple[int, bytes] | None,
    seqs: Mapping[str, int],
    size: int,
    root: bytes,
    sources: Mapping[str, int],
) -> list[Difference]:
    """The state database against the log; it may be ahead of the checkpoint by the step in progress."""
    if stated is None:
        return [Difference("head-missing", "state database", "knows no head of this log")]
    if stated[0] < size:
        return [
            Difference(
                "rolled-back", "state database", f"knows {stated[0]} entries, but {size} were published"
            )
        ]
    if stated[0] > size:
        return []
    differences = []
    if stated[1] != root:
        differences.append(Difference("head-differs", "state database", "has another root"))
    begun = {source: seq for source, seq in seqs.items() if seq}  # of some sources every line was refused
    if begun != dict(sources):
        differences.append(
            Difference("sequences-differ", "state database", f"says {begun}, the lake says {dict(sources)}")
        )
    return differences
