"""Inner nodes of the log's tree, for whoever looks at every tile."""

from __future__ import annotations

import ctypes

from affidavit.formats.tlog import tree as reference
from affidavit.native.library import Held, library

_HASH_BYTES = 32


def subtree_root(hashes: bytes) -> bytes:
    """As formats.tlog.tree.subtree_root: the root above joined hashes, at most 256 of them and a power of two."""
    loaded = library()
    if loaded is not None and len(hashes) % _HASH_BYTES == 0:
        root = bytearray(_HASH_BYTES)
        with Held() as held:
            status = loaded.affidavit_subtree_root(
                ctypes.c_void_p(held.address(bytearray(hashes), writable=True)[0]),
                ctypes.c_int64(len(hashes) // _HASH_BYTES),
                ctypes.c_void_p(held.address(root, writable=True)[0]),
            )
        if status == 0:
            return bytes(root)
    return reference.subtree_root(hashes)
