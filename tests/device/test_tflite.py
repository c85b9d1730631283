"""TensorFlow Lite networks on emulated chips, against the numpy reference, which is the interpreter to the bit.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.registry import family_of

pytest.importorskip("flatbuffers", reason="files are written with it")
from tflite_files import network

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"
ENDS = ("", "SOFTMAX", "LOGISTIC")


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("seed", range(200 if CAMPAIGN else 3))
def test_chips_answer_as_the_reference_to_the_bit(chip, seed, installed):
    installed(chip)
    maker = network(seed + 13, ENDS[seed % 3])
    model, rows = emlearn.convert(maker.file.write(), optimize=("balanced", "size")[seed % 2]), maker.rows(10)
    found = targets.run(chip, model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], family_of(model.record).reference(model.record, op, rows)), op
