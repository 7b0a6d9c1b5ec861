"""PyIceberg's way to the sealed files: each written whole when its stream closes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile, OutputStream

from affidavit.lake.sealed_files import SealedFiles, name_of

if TYPE_CHECKING:
    from collections.abc import Callable


class SealedFileIO(FileIO):
    """The FileIO of a lake's table."""

    def __init__(self, files: SealedFiles) -> None:
        super().__init__()
        self._files = files

    def new_input(self, location: str) -> InputFile:
        """The file at `location`, to read."""
        return _Input(location, self._files)

    def new_output(self, location: str) -> OutputFile:
        """The file at `location`, durable once its stream is closed."""
        return Output(location, lambda data: self._files.put_many([(name_of(location), data)]))

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """The file is gone."""
        self._files.delete(name_of(location if isinstance(location, str) else location.location))


class _Input(InputFile):
    def __init__(self, location: str, files: SealedFiles) -> None:
        super().__init__(location)
        self._files = files

    def __len__(self) -> int:
        return self._files.open(name_of(self.location)).size_bytes

    def exists(self) -> bool:
        return self._files.exists(name_of(self.location))

    def open(self, seekable: bool = True) -> InputStream:  # noqa: FBT001, FBT002, ARG002 - PyIceberg's signature
        return BytesIO(self._files.read(name_of(self.location)))


class Output(OutputFile):
    """A file written into memory and handed over whole on closing."""

    def __init__(self, location: str, hand_over: Callable[[bytes], None]) -> None:
        super().__init__(location)
        self._hand_over = hand_over
        self._size_bytes = 0

    def __len__(self) -> int:
        return self._size_bytes

    def exists(self) -> bool:
        """Every name is new."""
        return False

    def to_input_file(self) -> InputFile:
        """Not readable before it is handed over."""
        raise OSError(f"{self.location} is still being written")

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: FBT001, FBT002, ARG002 - PyIceberg's signature
        """The stream to write to."""
        return _Stream(self._close)

    def _close(self, data: bytes) -> None:
        self._size_bytes = len(data)
        self._hand_over(data)


class _Stream(BytesIO):
    def __init__(self, done: Callable[[bytes], None]) -> None:
        super().__init__()
        self._done = done

    def close(self) -> None:
        if not self.closed:
            data = self.getvalue()
            super().close()
            self._done(data)
