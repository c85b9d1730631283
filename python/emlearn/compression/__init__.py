"""Trees made smaller after the fit, within a stated loss.

SPDX-License-Identifier: MIT
"""

from .search import Compression, CompressionStep, compress

__all__ = ["Compression", "CompressionStep", "compress"]
