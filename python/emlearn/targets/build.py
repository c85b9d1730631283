"""Compiles a few source files to one program; equal builds are done once.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..paths import get_include
from .errors import CompileError

#: Builds that nobody asked for in this time are removed.
KEEP_SECONDS = 7 * 24 * 3600


def build(files: Mapping[str, str], command: Sequence[str], outputs: Sequence[str] = ("program",), *, bundled: bool = False) -> Path:
    """The folder that holds `outputs` of running `command` among `files`.

    The folder is keyed by the texts, the command, the compiler and the library's headers, so it is never stale; it appears
    whole or not at all, whoever else builds the same.

    Parameters
    ----------
    files : mapping of str to str
        Texts by file name.
    command : sequence of str
        Names files relative to the build folder.
    outputs : sequence of str
        The files to keep.
    bundled : bool
        Whether the texts need none of the library's headers: then it may change without a new build.

    Raises
    ------
    CompileError
        Holds the compiler's output and the folder, which is kept.
    """
    root = _root()
    done = root / _key(files, command, outputs, bundled)
    if done.is_dir():
        with contextlib.suppress(OSError):
            os.utime(done)
        return done
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=root))
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if outcome.returncode != 0:
        raise CompileError(shlex.join(command), outcome.stdout + outcome.stderr, str(folder))
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in outputs:
            path.unlink()
    try:
        folder.rename(done)
    except OSError:  # another process was faster
        shutil.rmtree(folder)
        if not done.is_dir():
            raise
    _sweep(root)
    return done


def _key(files: Mapping[str, str], command: Sequence[str], outputs: Sequence[str], bundled: bool) -> str:
    compiler = shutil.which(command[0]) or command[0]
    with contextlib.suppress(OSError):
        about = os.stat(os.path.realpath(compiler))
        compiler += f" {about.st_size} {about.st_mtime_ns}"
    parts = [compiler, *command, *outputs, "" if bundled else _library_hash()]
    for name in sorted(files):
        parts += [name, files[name]]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def _library_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(get_include()).rglob("*.hpp")):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _fallback() -> tempfile.TemporaryDirectory[str]:
    """Where the user's cache cannot be written: a folder that goes with the process."""
    return tempfile.TemporaryDirectory(prefix="emlearn-builds-")


def _root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    root = Path(base) / "emlearn" / "builds"
    try:
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    except OSError:
        pass
    return Path(_fallback().name)


@functools.cache  # once per process: a folder of thousands of builds takes longer to look through than a build
def _sweep(root: Path) -> None:
    limit = time.time() - KEEP_SECONDS
    for folder in root.iterdir():
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
