"""Emitted headers on real compilers and emulated chips.

SPDX-License-Identifier: MIT
"""

from .catalog import TARGETS
from .errors import CompileError, DeviceError, TooLargeError, ToolMissingError
from .flash import Flash
from .lab import measure, run
from .measurement import Measurement
from .target import Target

__all__ = [
    "TARGETS",
    "CompileError",
    "DeviceError",
    "Flash",
    "Measurement",
    "Target",
    "TooLargeError",
    "ToolMissingError",
    "measure",
    "run",
]
