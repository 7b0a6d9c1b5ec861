"""A kept checkpoint holds only if its signatures, its tree and its timestamp do."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.running.tsa import Tsa, new_tsa

from affidavit.core.errors import NotFoundError
from affidavit.evidence.kept import check_kept
from affidavit.evidence.key_history import KeyHistory
from affidavit.evidence.tree import within
from affidavit.formats.rfc3161 import parse_response, request
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.rotation import parse_rotation
from affidavit.formats.tlog.tiles import Tile
from affidavit.formats.tlog.tree import Frontier
from affidavit.keys.signing import LogKeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

ORIGIN = "log.harborline.example/test"
OLD, NEW = LogKeys.generate(ORIGIN), LogKeys.generate(ORIGIN)
SIZE, WHOLE = 300, 700
HANDOVER = 600


def _grown(size: int) -> tuple[dict[Tile, bytes], bytes]:
    leaves = b"".join(sha256(str(index).encode()).digest() for index in range(size))
    frontier, tiles = Frontier.empty().append(leaves)
    return dict(tiles), frontier.root()


TILES = _grown(WHOLE)[0]
ROOT = _grown(SIZE)[1]
STATEMENT = OLD.rotate_to(NEW, size=500, time_us=1).encode()
KEYS = KeyHistory.follow(OLD.keys, [(HANDOVER - 1, STATEMENT)])
NOTE = OLD.sign(Checkpoint(ORIGIN, SIZE, ROOT), time_s=1_795_424_400)


class Authority(NamedTuple):
    """Who stamps, and the root that vouches for it."""

    tsa: Tsa
    root: x509.Certificate

    def token(self, note: bytes) -> bytes:
        """Over the note."""
        return parse_response(self.tsa.reply(request(sha256(note).digest(), nonce=1)))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A real one."""
    tsa, root = new_tsa(tmp_path_factory.mktemp("tsa") / "tsa")
    return Authority(tsa, root.certificate)


def _codes(
    note: bytes, token: bytes | None = None, *, size: int = SIZE, roots: Sequence[x509.Certificate] = ()
) -> list[str]:
    kept, differences = check_kept(
        size, note, token, keys=KEYS, read_tile=within(TILES.__getitem__, WHOLE), roots=roots
    )
    assert (kept is None) == bool(differences)
    assert all(difference.where == f"kept checkpoint {size}" for difference in differences)
    return [difference.code for difference in differences]


def test_one_that_holds_says_when_it_was_signed_and_stamped(authority: Authority) -> None:
    """The time of the ML-DSA-44 signature; the stamp only under roots that vouch for it."""
    token = authority.token(NOTE)
    read_tile = within(TILES.__getitem__, WHOLE)
    kept, _ = check_kept(SIZE, NOTE, token, keys=KEYS, read_tile=read_tile, roots=[authority.root])
    assert kept is not None
    assert (kept.size, kept.signed_us) == (SIZE, 1_795_424_400_000_000)
    assert kept.stamp is not None
    assert kept.stamp.tsa == "CN=Test TSA"
    kept, _ = check_kept(SIZE, NOTE, token, keys=KEYS, read_tile=read_tile, roots=())
    assert kept is not None
    assert kept.stamp is None
    assert _codes(NOTE) == []


def test_a_log_whose_signature_has_no_time_says_none() -> None:
    """Ed25519 states none; the ML-DSA-44 signature beside it does, be it the first second of 1970."""
    read_tile = within(TILES.__getitem__, WHOLE)
    for keys, time_s in ((OLD.keys[:1], 5), (OLD.keys, 0)):
        note = OLD.sign(Checkpoint(ORIGIN, SIZE, ROOT), time_s=time_s)
        kept, _ = check_kept(SIZE, note, None, keys=KeyHistory(tuple(keys)), read_tile=read_tile, roots=())
        assert kept is not None
        assert kept.signed_us == 0


def test_each_size_has_its_keys() -> None:
    """Old keys up to the handover, both at it, new ones behind it; nothing less is enough."""
    for size, signer, other, code in (
        (HANDOVER - 1, OLD, None, None),
        (HANDOVER - 1, NEW, None, "note-unsigned"),
        (HANDOVER, OLD, NEW, None),
        (HANDOVER, OLD, None, "note-unsigned"),
        (HANDOVER, NEW, None, "note-unsigned"),
        (HANDOVER + 1, NEW, None, None),
        (HANDOVER + 1, OLD, None, "note-unsigned"),
    ):
        root = _grown(size)[1]
        note = signer.sign(Checkpoint(ORIGIN, size, root), time_s=1, with_=other)
        assert _codes(note, size=size) == ([] if code is None else [code]), (size, code)
    assert parse_rotation(STATEMENT).new == NEW.keys


def test_another_tree_another_place_and_missing_tiles() -> None:
    """A fork's root, a note under another size, and a tree whose tiles are gone."""
    assert _codes(OLD.sign(Checkpoint(ORIGIN, SIZE, bytes(32)), time_s=1)) == ["root-differs"]
    assert _codes(NOTE, size=SIZE + 1) == ["kept-misplaced"]
    assert _codes(b"no note") == ["log-format"]

    def gone(tile: Tile) -> bytes:
        raise NotFoundError(tile.path)

    kept, differences = check_kept(SIZE, NOTE, None, keys=KEYS, read_tile=gone, roots=())
    assert kept is None
    assert [difference.code for difference in differences] == ["not-found"]


def test_timestamps_that_do_not_hold(authority: Authority) -> None:
    """Another note's, an altered one, a stranger's, garbage; altered ones are found without roots too."""
    token = authority.token(NOTE)
    altered = token[:-3] + bytes([token[-3] ^ 1]) + token[-2:]
    for roots in ((), [authority.root]):
        assert _codes(NOTE, token, roots=roots) == []
        assert _codes(NOTE, authority.token(b"another"), roots=roots) == ["token-imprint"]
        assert _codes(NOTE, altered, roots=roots) == ["token-invalid"]
        assert _codes(NOTE, b"garbage", roots=roots) == ["timestamp-format"]


def test_tiles_of_smaller_trees_are_read_out_of_the_newest() -> None:
    """A partial tile that somebody left beside the newest one decides nothing."""
    asked: list[Tile] = []

    def read(tile: Tile) -> bytes:
        asked.append(tile)
        return TILES[tile]

    read_tile = within(read, WHOLE)
    assert read_tile(Tile(0, 1, 44)) == TILES[Tile(0, 1)][: 44 * 32]
    assert read_tile(Tile(0, 2, 1)) == TILES[Tile(0, 2, WHOLE - 512)][:32]
    assert asked == [Tile(0, 1), Tile(0, 2, WHOLE - 512)]
    with pytest.raises(KeyError):
        read_tile(Tile(0, 2, 200))  # of a larger tree than there is
