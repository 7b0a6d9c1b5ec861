"""Lines out of a stream: every byte is in one piece, wherever the chunks are cut."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from affidavit.intake.framing import Piece, Rejected, lines

texts = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\r", b" ", b"a", b"bc", b"\xef\xbb\xbf", b"\xff", b"x" * 9]),
    max_size=40,
).map(b"".join)
cuts = st.lists(st.integers(0, 200), max_size=12)


def _cut(body: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@given(texts, cuts, st.integers(1, 12), st.integers(1, 12))
def test_every_byte_is_in_one_piece_or_separates(
    body: bytes, cuts: list[int], line_bytes: int, piece_bytes: int
) -> None:
    """Pieces stand at their offset and line, do not overlap, and leave only white space and the mark out."""
    at = 0
    for piece in lines(_cut(body, cuts), line_bytes=line_bytes, piece_bytes=piece_bytes):
        assert piece.offset >= at
        between = body[at : piece.offset]
        assert not between.removeprefix(b"\xef\xbb\xbf" if at == 0 else b"").strip()
        assert body[piece.offset : piece.offset + len(piece.data)] == piece.data
        assert piece.line == 1 + body.count(b"\n", 0, piece.offset)
        if isinstance(piece, Piece):
            assert len(piece.data) <= line_bytes
            assert b"\n" not in piece.data
        else:
            assert 0 < len(piece.data) <= piece_bytes
        at = piece.offset + len(piece.data)
    assert not body[at:].removeprefix(b"\xef\xbb\xbf" if at == 0 else b"").strip()


@given(texts, cuts, st.integers(1, 12))
def test_chunks_do_not_show(body: bytes, cuts: list[int], line_bytes: int) -> None:
    """The lines, good and refused, are the same however the body is cut."""

    def kept(chunks: list[bytes]) -> list[tuple[int, bytes, bool]]:
        found: list[tuple[int, bytes, bool]] = []
        for piece in lines(chunks, line_bytes=line_bytes):
            refused = isinstance(piece, Rejected)
            if refused and found and found[-1][0] == piece.line:
                found[-1] = (piece.line, found[-1][1] + piece.data, True)
            else:
                found.append((piece.line, piece.data, refused))
        return found

    assert kept(_cut(body, cuts)) == kept([body])


def test_lf_and_crlf_end_lines_and_blank_ones_are_skipped() -> None:
    """Line and offset say where each begins; the last line needs no end."""
    body = b"\xef\xbb\xbfone\r\n\n  \ntwo\nthree"
    assert list(lines([body])) == [Piece(b"one", 1, 3), Piece(b"two", 4, 12), Piece(b"three", 5, 16)]


def test_only_the_blanks_of_json_are_nothing() -> None:
    """A line of other control characters is an event like any: it has to be accounted for."""
    assert list(lines([b" \t\n\x0b\n\x0c \n\x00"])) == [
        Piece(b"\x0b", 2, 3),
        Piece(b"\x0c ", 3, 5),
        Piece(b"\x00", 4, 8),
    ]


def test_an_overlong_line_is_refused_in_pieces_and_the_next_is_good() -> None:
    """All of its bytes are kept, in order; `last` marks the end."""
    found = list(lines([b"ok\n" + b"x" * 25, b"y\r\nok"], line_bytes=10))
    refused = [piece for piece in found if isinstance(piece, Rejected)]
    assert found[0] == Piece(b"ok", 1, 0)
    assert found[-1] == Piece(b"ok", 3, 31)
    assert b"".join(piece.data for piece in refused) == b"x" * 25 + b"y"
    assert [piece.last for piece in refused] == [False, False, True]
    assert {piece.code for piece in refused} == {"line-too-long"}
    assert [piece.offset for piece in refused] == [3, 13, 23]


def test_a_line_that_just_fits_is_good_with_crlf() -> None:
    """The terminator does not count."""
    assert list(lines([b"x" * 10 + b"\r", b"\n"], line_bytes=10)) == [Piece(b"x" * 10, 1, 0)]


def test_an_endless_line_takes_the_memory_of_two() -> None:
    """A body of 64 MiB without a line feed is refused as it comes."""
    tracemalloc.start()
    total = 0
    for piece in lines((bytes(65_536) for _ in range(1024)), line_bytes=1 << 20):
        assert isinstance(piece, Rejected)
        assert len(piece.data) <= 1 << 20
        total += len(piece.data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 64 << 20
    assert peak < 6 << 20
