"""Integer networks of convolutions on emulated chips, against the numpy reference.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from emlearn import targets
from emlearn.registry import family_of
from random_networks import integers

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("seed", range(40 if CAMPAIGN else 2))
def test_chips_answer_as_the_reference_to_the_bit(chip, seed, installed):
    installed(chip)
    model, rows = integers(seed, 10)
    if chip.startswith("avr") and model.input.dtype == "float64":
        pytest.skip("double has 32 bits on AVR, which headers refuse")
    found = targets.run(chip, model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], family_of(model.record).reference(model.record, op, rows))
