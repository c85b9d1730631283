"""``optimize="size"`` is no larger than ``"balanced"``, on any chip.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import pytest
from small_forests import CHIPS, small_forest

SEEDS = range(60) if os.environ.get("EMLEARN_CAMPAIGN", "0") == "1" else (1, 4)


@pytest.mark.device
@pytest.mark.parametrize("seed", SEEDS)
def test_size_is_no_larger_than_balanced(seed, installed):
    for chip in CHIPS:
        installed(chip)
    estimator, X, dtype = small_forest(seed)
    rows = emlearn.convert(estimator, input=dtype).bench(X[:1], CHIPS, optimize=["size", "balanced"]).rows
    flash = {(row.target, row.optimize): row.flash for row in rows}
    larger = {chip: (flash[chip, "size"], flash[chip, "balanced"]) for chip in CHIPS if flash[chip, "size"] > flash[chip, "balanced"]}
    assert not larger, f"{estimator}, {dtype}: {larger}"
