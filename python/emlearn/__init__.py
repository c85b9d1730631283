"""Machine learning on the sensor itself: scikit-learn estimators to C++ headers for microcontrollers.

SPDX-License-Identifier: MIT
"""

from typing import Any

from . import compat
from .convert import convert
from .errors import InvalidInputError, UnsupportedError
from .model import Model
from .paths import get_cmake_dir, get_include
from .version import __version__

__all__ = [
    "InvalidInputError",
    "Model",
    "UnsupportedError",
    "__version__",
    "convert",
    "get_cmake_dir",
    "get_include",
]


def __getattr__(name: str) -> Any:
    return compat.old_attribute(name)
