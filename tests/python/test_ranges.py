"""Ranges of whole numbers: of least error among those that are tried, wide where rows are few, zero at one place under padding.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from emlearn.families.mlp import intake
from emlearn.families.mlp.ranges import ends
from hypothesis import given
from hypothesis import strategies as st

seeds = st.integers(0, 2**32 - 1)


def error(x: np.ndarray, low: float, high: float, top: int) -> float:
    """The sum of squares that whole numbers 0..top leave of x."""
    step = (high - low) / top
    return float(np.sum(np.square(np.clip(np.rint((x - low) / step), 0, top) * step + low - x)))


@given(seeds, st.sampled_from([31, 100, 255]))
def test_no_wider_range_has_less_error(seed: int, top: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_t(rng.uniform(1.5, 8), (4000, 3)) * rng.uniform(0.01, 100, 3)
    low, high = 1.1 * x.min(axis=0), 1.1 * x.max(axis=0)
    found_low, found_high = ends(x, low, high, top, np.zeros(3))
    assert np.all(low <= found_low) and np.all(found_low < 0) and np.all(found_high > 0) and np.all(found_high <= high)
    for j in range(3):
        narrow, wide = (error(x[:, j], a[j], b[j], top) for a, b in ((found_low, found_high), (low, high)))
        # The step's error is taken for even, and one row is added.
        assert narrow <= 1.1 * wide + 1.1 * max(low[j] ** 2, high[j] ** 2)


def test_a_tail_is_cut_off_and_what_is_even_is_not() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.laplace(size=20000), rng.uniform(-1, 1, 20000), rng.exponential(size=20000)])
    low, high = x.min(axis=0), x.max(axis=0)
    low[2] = 0
    found_low, found_high = ends(x, low, high, 31, np.zeros(3))
    assert np.all(found_high[[0, 2]] < 0.8 * high[[0, 2]]) and found_low[0] > 0.8 * low[0]
    assert found_high[1] == high[1] and found_low[1] == low[1] and found_low[2] == 0


def test_few_rows_keep_the_widest_range() -> None:
    x = np.random.default_rng(0).normal(size=(12, 4))
    low, high = 1.1 * x.min(axis=0), 1.1 * x.max(axis=0)
    found = ends(x, low, high, 255, np.zeros(4))
    assert np.array_equal(found[0], low) and np.array_equal(found[1], high)


@given(seeds, st.sampled_from(["float32", "int16", "uint16", "int8", "uint8"]), st.sampled_from([255, 8191]))
def test_padding_is_the_same_whole_number_for_all_features(seed: int, dtype: str, top: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_t(3, (50, 3)) * 10.0 ** rng.uniform(1, 4, 3)
    if dtype != "float32":
        limits = np.iinfo(dtype)
        x = np.clip(np.rint(x), limits.min, limits.max)
    rows = x.astype(dtype)
    taken = intake.choose(dtype, rows, top, padded=True)
    zero = intake.apply(taken, np.zeros((1, 3), dtype))[0]
    assert np.all(zero == zero[0])
    assert np.all(np.abs(taken.scale * zero + taken.offset) <= 0.01 * taken.scale) or dtype != "float32"
    one_sided = intake.choose(dtype, np.abs(rows.astype(np.int64)).clip(max=127).astype(dtype), top, padded=True)
    assert np.all(intake.apply(one_sided, np.zeros((1, 3), dtype)) == 0)
