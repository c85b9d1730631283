"""Dense layers in float on chips with vector loads: blocks of inputs, rests of inputs and of outputs, every type of row.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.registry import family_of
from mlp_networks import network

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"

#: Inputs: no block of 16, some, with rests of no four and of one; outputs: with rests of four.
SHAPES = [[61, 18], [16, 9], [7, 4]]
MORE = [[n, 5 + n % 4] for n in (*range(3, 20), 31, 32, 33, 35, 47, 64)]


@pytest.mark.device
@pytest.mark.parametrize(
    "chip", ["cortex-m4f", "cortex-m55", *(["cortex-m7", "cortex-m33", "cortex-m3", "cortex-m0plus"] if CAMPAIGN else [])]
)
@pytest.mark.parametrize("sizes", SHAPES + MORE if CAMPAIGN else SHAPES, ids=str)
def test_sums_that_are_exact_are_exact_in_every_type(sizes, chip, installed):
    """Weights are eighths and rows whole numbers, small enough that no sum needs more than 24 bits: no order or fusion may show."""
    installed(chip)
    rng = np.random.default_rng(sizes)
    estimator = network("regressor of several", "relu", sizes, seed=0)
    for values in (*estimator.coefs_, *estimator.intercepts_):
        values[...] = rng.integers(-16, 17, values.shape) / 8
    rows = rng.integers(-9, 10, (12, sizes[0]))
    expected = estimator.predict(rows.astype(float))
    for dtype in ("float32", "int16", "float64"):
        found = targets.run(chip, emlearn.convert(estimator, input=dtype), rows.astype(dtype))["predict"]
        assert np.array_equal(found, expected), dtype


@pytest.mark.device
@pytest.mark.parametrize("chip", ["cortex-m4f", "cortex-m55"])
def test_whole_numbers_give_the_bits_of_floats(chip, installed):
    installed(chip)
    estimator = network("regressor of several", "relu", [61, 18], seed=1)
    rows = np.random.default_rng(0).integers(-32768, 32768, (12, 61))
    one, other = (targets.run(chip, emlearn.convert(estimator, input=t), rows.astype(t))["predict"] for t in ("float32", "int16"))
    assert one.tobytes() == other.tobytes()


@pytest.mark.device
@pytest.mark.parametrize("numeric", ["int8", "int16"])
@pytest.mark.parametrize("sizes", [*SHAPES, [20, 12, 5], *(MORE if CAMPAIGN else [])], ids=str)
def test_vectors_of_integers_answer_as_the_reference_to_the_bit(sizes, numeric, installed):
    """Vectors that inputs fill, do not fill or not even begin; biases of 16 and 32 bits; with and without factors for each input."""
    installed("cortex-m55")
    shifts = set()
    for kind, low, high in (("classifier", 0, 255), ("regressor of several", -32768, 32767), ("regressor of several", -20, 20)):
        estimator = network(kind, "relu", sizes, seed=2)
        rows = np.random.default_rng(sizes).integers(low, high, (24, sizes[0])).astype(np.int16)
        model = emlearn.convert(estimator, input="int16", input_scale=1 / high, numeric=numeric, calibration=rows[:12])
        rows[12:] = np.clip(rows[12:].astype(int) * 2 - 10, -32768, 32767)  # beyond what was calibrated
        for op, found in targets.run("cortex-m55", model, rows).items():
            assert np.array_equal(found, family_of(model.record).reference(model.record, op, rows)), (kind, op)
        shifts |= {(layer.shift, layer.bias.max() > 0x7FFF, model.record.intake.kind) for layer in model.record.layers}
    print(sizes, numeric, sorted(shifts))


@pytest.mark.device
@pytest.mark.parametrize("often", [False, True])
def test_avr_layers_with_biases_of_24_bits_answer_as_the_reference_to_the_bit(often, installed):
    """Biases of the first layer beyond 16 bits, sums that fit 24; with and without inputs that are often zero."""
    installed("avr-atmega2560")
    estimator = network("classifier", "relu", [20, 12], seed=4)
    estimator.intercepts_[0] += np.resize([20, -2], 12)
    rng = np.random.default_rng(5)
    rows = (rng.integers(1, 250, (40, 20)) * (rng.random((40, 20)) < 0.6 if often else 1)).astype(np.int16)
    model = emlearn.convert(estimator, input="int16", input_scale=1 / 25, numeric="int8", calibration=rows)
    first = model.record.layers[0]
    assert first.proof.total == 24 and np.abs(first.bias).max() > 0x7FFF and (first.zeros > 0.2) == often
    rows[20:] = np.clip(rows[20:].astype(int) + rng.integers(-300, 300, (20, 20)), -32768, 32767)
    for op, found in targets.run("avr-atmega2560", model, rows).items():
        assert np.array_equal(found, family_of(model.record).reference(model.record, op, rows)), op
