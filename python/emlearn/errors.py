"""The two errors of the package; both say what to do next.

SPDX-License-Identifier: MIT
"""


class UnsupportedError(NotImplementedError):
    """The estimator, or an option of it, cannot be converted (yet)."""


class InvalidInputError(ValueError):
    """An argument has a value that cannot be right; the message names it and the remedy."""
