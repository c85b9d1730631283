"""Transformers that bring features into the form a device holds them in.

SPDX-License-Identifier: MIT
"""

from .quantizer import Quantizer

__all__ = ["Quantizer"]
