"""What an attacker does to a .tlog-proof, each named; nobody may believe any of the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Attack = Callable[[bytes], bytes]


def _without_line(proof: bytes, start: bytes) -> bytes:
    """The line after the one that starts so is cut out."""
    lines = proof.split(b"\n")
    at = next(number for number, line in enumerate(lines) if line.startswith(start)) + 1
    return b"\n".join(lines[:at] + lines[at + 1 :])


def _moved(proof: bytes) -> bytes:
    index = proof.split(b"\nindex ", 1)[1].split(b"\n", 1)[0]
    return proof.replace(b"\nindex %b\n" % index, b"\nindex %d\n" % (int(index) ^ 1), 1)


def _grown(proof: bytes) -> bytes:
    head, note = proof.split(b"\n\n", 1)
    origin, size, rest = note.split(b"\n", 2)
    return b"%b\n\n%b\n%d\n%b" % (head, origin, int(size) + 1, rest)


def _other_root(proof: bytes) -> bytes:
    head, note = proof.split(b"\n\n", 1)
    origin, size, root, rest = note.split(b"\n", 3)
    other = (b"B" if root[:1] == b"A" else b"A") + root[1:]
    return head + b"\n\n" + b"\n".join((origin, size, other, rest))


ALTERED_PROOFS: Mapping[str, Attack] = {
    "moved-record": _moved,
    "removed-hash": lambda proof: _without_line(proof, b"index "),
    "doubled-hash": lambda proof: proof.replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1),
    "grown-tree": _grown,
    "other-root": _other_root,
    "no-signature": lambda proof: proof[: proof.index("— ".encode())],
    "truncated": lambda proof: proof[: len(proof) // 4],
    "empty": lambda _: b"",
    "garbage": lambda _: bytes(range(256)),
}
