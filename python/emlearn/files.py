"""Writing files whole or not at all.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from .errors import InvalidInputError


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` (UTF-8, newline as given) to `path`: a reader sees the old file or the new one, never a part.

    Raises
    ------
    InvalidInputError
        The folder is missing, or is not a folder, or `path` is one.
    OSError
        The system refused (permissions, disk full); the old file is as it was, nothing is left behind.
    """
    target = Path(path)
    if target.is_dir():
        raise InvalidInputError(f"file={str(path)!r} is a folder: add a file name, such as {str(target / 'model.hpp')!r}")
    if not target.parent.is_dir():
        raise InvalidInputError(f"the folder of file={str(path)!r} does not exist: make it first, or choose another path")
    target = Path(os.path.realpath(target))
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    """The process's umask, without changing it where the system shows it."""
    with contextlib.suppress(OSError, StopIteration, ValueError), open("/proc/self/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith("Umask:")).split()[1], 8)
    return 0o022
