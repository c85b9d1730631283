"""Programs and libraries that a target needs: whether they are here, and what installs them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable

from .errors import ToolMissingError


@dataclasses.dataclass(frozen=True)
class Tool:
    """One thing to be installed.

    Attributes
    ----------
    name : str
        The program, or the file (of a library) that its compiler must find, or the Python module.
    install : str
        The shell command that gets it.
    compiler : tuple of str
        For a library, the compiler and flags that must find it.
    module : bool
        Whether `name` is a Python module.
    """

    name: str
    install: str
    compiler: tuple[str, ...] = ()
    module: bool = False

    def find(self) -> str | None:
        """Where it is; None where it is not installed."""
        if self.module:
            spec = importlib.util.find_spec(self.name)
            return spec.origin if spec else None
        return _library(self.compiler, self.name) if self.compiler else shutil.which(self.name)


def _library(compiler: tuple[str, ...], name: str) -> str | None:
    if shutil.which(compiler[0]) is None:
        return None
    found = subprocess.run([*compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=False).stdout.strip()
    return found if os.path.isabs(found) and os.path.exists(found) else None


def require(owner: str, tools: Iterable[Tool]) -> None:
    """Do nothing where all are installed.

    Raises
    ------
    ToolMissingError
        Names each missing one and how to get it.
    """
    missing = [tool for tool in tools if tool.find() is None]
    if missing:
        commands = list(dict.fromkeys(tool.install for tool in missing))
        raise ToolMissingError(
            f"{owner} needs {', '.join(tool.name for tool in missing)}, which is not installed (or not on the PATH): {'; '.join(commands)}"
        )
