"""One test for each row of docs/coming-from-0.23.md, in modules named after its tables.

SPDX-License-Identifier: MIT
"""

from . import converting, evaluating, package, preprocessing, saving
from .common import ROWS, rows_of_the_page

__all__ = ["ROWS", "converting", "evaluating", "package", "preprocessing", "rows_of_the_page", "saving"]
