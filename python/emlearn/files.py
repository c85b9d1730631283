"""Writing files whole or not at all.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import InvalidInputError

_PREFIX, _SUFFIX = ".emlearn-", ".tmp"
_STALE_SECONDS = 600


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` (UTF-8, newline as given) to `path`: a reader sees the old file or the new one, never a part.

    The text is written to a file without a name where the system has such (``O_TMPFILE``, Linux), which vanishes when the
    process is killed, and gets its name once it is on the disk. Only where an old file must be replaced does the new one
    have a hidden name, ``.emlearn-*.tmp``, between two system calls, because no system renames a nameless file over another.
    Elsewhere it is written under such a name; what a killed process leaves of it, the next writer sweeps up.

    An existing file keeps its permissions, a link keeps pointing to it.

    Raises
    ------
    InvalidInputError
        The folder is missing, or is not a folder, or `path` is one, or no ordinary file.
    OSError
        The system refused (permissions, disk full); the old file is as it was, nothing is left behind.
    """
    target = _check(Path(path))
    data = text.encode("utf-8")
    try:
        _sweep(target.parent)
        if not _write_nameless(target, data):
            _write_hidden(target, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _check(path: Path) -> Path:
    """The real path behind links, if a file may be written there."""
    if path.is_dir():
        raise InvalidInputError(f"file={str(path)!r} is a folder: add a file name, such as {str(path / 'model.hpp')!r}")
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise InvalidInputError(f"the folder of file={str(path)!r} does not exist: make it first, or choose another path")
    if target.exists():
        if not target.is_file():
            raise InvalidInputError(f"file={str(path)!r} is no ordinary file (a device or a pipe): choose another path")
        if not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "the file there is write-protected", str(path))
    return target


def _write_nameless(target: Path, data: bytes) -> bool:
    """Write through a nameless file; False where the system or the file system has none."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return False
    try:
        handle = os.open(target.parent, flag | os.O_WRONLY | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        return False
    with os.fdopen(handle, "wb") as stream:
        _fill(stream.fileno(), data)
        if not target.exists() and _name(stream.fileno(), target):
            return True
        _copy_mode(target, stream.fileno())
        hidden = _hidden_name(target.parent)
        with _removed_on_error(hidden):
            if not _name(stream.fileno(), hidden):
                return False
            os.replace(hidden, target)
    return True


def _name(handle: int, path: Path) -> bool:
    """Give a nameless file its name; False where that cannot be (the name is taken by now, or /proc is missing)."""
    try:
        # Without a folder's descriptor Python calls link(), which would link the symbolic link in /proc itself.
        os.link(f"/proc/self/fd/{handle}", path, src_dir_fd=handle, follow_symlinks=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return False
    return True


def _write_hidden(target: Path, data: bytes) -> None:
    """Write under a hidden name next to the target, then rename."""
    hidden = _hidden_name(target.parent)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(hidden, flags, 0o666)
    with _removed_on_error(hidden):
        with os.fdopen(handle, "wb") as stream:
            _fill(stream.fileno(), data)
            if target.exists():
                _copy_mode(target, stream.fileno())
        os.replace(hidden, target)


def _fill(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)


def _copy_mode(target: Path, handle: int) -> None:
    """Give the new file the permissions and, where the system allows it, the owner of the old one."""
    if not hasattr(os, "fchmod"):
        return
    with contextlib.suppress(FileNotFoundError):
        old = target.stat()
        with contextlib.suppress(OSError):
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _hidden_name(folder: Path) -> Path:
    return folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"


@contextlib.contextmanager
def _removed_on_error(hidden: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            hidden.unlink()
        raise


def _sweep(folder: Path) -> None:
    """Remove what killed processes left: no living one keeps a hidden file for ten minutes without writing to it."""
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                    left.unlink()
