"""Where the installed package keeps its C++ headers and its CMake package.

SPDX-License-Identifier: MIT
"""

from pathlib import Path


def get_include() -> str:
    """The folder to put on the compiler's include path (``-I``); it holds ``emlearn/*.hpp``."""
    installed = Path(__file__).parent / "include"
    return str(installed if installed.is_dir() else _checkout() / "include")


def get_cmake_dir() -> str:
    """The folder to set ``emlearn_DIR`` to, for ``find_package(emlearn)``."""
    installed = Path(__file__).parent / "share" / "cmake" / "emlearn"
    return str(installed if installed.is_dir() else _checkout() / "cmake")


def _checkout() -> Path:
    """The project's root when the package runs from its source tree (an editable install)."""
    return Path(__file__).resolve().parents[2]
