"""Emitted headers on real compilers and emulated chips.

SPDX-License-Identifier: MIT
"""

from .catalog import TARGETS, Target
from .errors import CompileError, DeviceError, TooLargeError, ToolMissingError
from .lab import Measurement, measure, run

__all__ = ["TARGETS", "CompileError", "DeviceError", "Measurement", "Target", "TooLargeError", "ToolMissingError", "measure", "run"]
