"""Golden rows for models that bring none: made up, and two of them that are worth a compiler's time.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from .cpp import Golden

#: Beyond this many multiplications a compiler takes long over a golden row, or stops at its limit of steps.
MOST_PRODUCTS = 20_000


def small_rows(dtype: str, n_features: int) -> np.ndarray:
    """64 rows of small whole numbers, of growing size, the same each time: exact in every type."""
    size = np.minimum(2 ** (np.arange(64) // 8), 100)[:, None]
    rows = np.random.default_rng(0).integers(-size, size + 1, size=(64, n_features))
    return (np.abs(rows) if dtype.startswith("u") else rows).astype(dtype)


def of_two_answers(rows: np.ndarray, answers: np.ndarray, sure: np.ndarray) -> tuple[Golden, ...]:
    """The first of the rows that are `sure`, and the first of these with another answer; fewer where there are not so many."""
    _, first = np.unique(answers[sure], return_index=True)
    chosen = np.flatnonzero(sure)[np.sort(first)[:2]]
    return tuple(Golden(rows[k], int(answers[k])) for k in chosen)
