"""Measures of a model's cost, for choosing among models while training.

SPDX-License-Identifier: MIT
"""

from . import pareto, trees

__all__ = ["pareto", "trees"]
