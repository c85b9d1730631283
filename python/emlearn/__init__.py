"""Machine learning on the sensor itself: scikit-learn estimators to C++ headers for microcontrollers.

SPDX-License-Identifier: MIT
"""

from typing import Any

from . import compat
from .convert import convert
from .debounce import Debounce
from .errors import InvalidInputError, UnsupportedError
from .model import Model
from .novelty import Novelty, calibrate_threshold
from .paths import get_cmake_dir, get_include
from .version import __version__

__all__ = [
    "Debounce",
    "InvalidInputError",
    "Model",
    "Novelty",
    "UnsupportedError",
    "__version__",
    "calibrate_threshold",
    "convert",
    "get_cmake_dir",
    "get_include",
]


def __getattr__(name: str) -> Any:
    return compat.old_attribute(name)
