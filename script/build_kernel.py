#!/usr/bin/env python3
"""Compile src/affidavit/native/*.c beside their sources, with the machine's C compiler or else with zig's.

usage: script/build_kernel.py      also run by hatchling for wheels and editable installs

Without any compiler it says so and succeeds: Affidavit then does the same in Python. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parent.parent / "src" / "affidavit" / "native"
ENDING = {"darwin": ".dylib", "win32": ".dll"}.get(sys.platform, ".so")
LIBRARY = SOURCES / f"kernel{ENDING}"
FLAGS = ["-std=c11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-Wall", "-Wextra"]


def compilers() -> list[list[str]]:
    """The commands that may compile C here, the one to try first in front."""
    named = [[name] for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and shutil.which(name)]
    return [*named[:1], [sys.executable, "-m", "ziglang", "cc"]]


def build(*, flags: list[str] | None = None, to: Path = LIBRARY) -> Path | None:
    """Compile the library; None where no compiler does."""
    sources = [str(path) for path in sorted(SOURCES.glob("*.c"))]
    for compiler in compilers():
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / to.name
            environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder}
            done = subprocess.run(
                [*compiler, *(flags or FLAGS), "-o", str(made), *sources],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
            if done.returncode == 0:
                # A process may have the old one mapped: it keeps the file that it opened.
                shutil.copyfile(made, to.with_suffix(".new"))
                to.with_suffix(".new").replace(to)
                return to
            sys.stderr.write(f"{' '.join(compiler)}: {done.stderr.strip()}\n")
    return None


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script, by a Python that builds nothing else
    pass
else:

    class KernelHook(BuildHookInterface):  # type: ignore[misc, type-arg]
        """Builds the library into wheels, which are then for one platform, whatever the Python."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - its interface
            """Called by hatchling before it collects the files."""
            if self.target_name != "wheel":
                return
            made = build()
            if made is not None:
                platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
                build_data["pure_python"] = False
                build_data["tag"] = f"py3-none-{platform}"
                build_data["artifacts"].append(f"src/affidavit/native/{made.name}")


if __name__ == "__main__":
    library = build()
    print(library or "no C compiler: Affidavit will hash and search in Python")
