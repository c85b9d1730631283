"""TensorFlow Lite networks on emulated chips, against the numpy reference, which is the interpreter to the bit.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.registry import family_of

pytest.importorskip("flatbuffers", reason="files are written with it")
from tflite_files import Maker, network

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


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("seed", range(200) if CAMPAIGN else (12, 49))
def test_layers_line_by_line_answer_as_the_reference_to_the_bit(chip, seed, installed):
    installed(chip)
    maker = network(seed, ENDS[seed % 3])
    model, rows = emlearn.convert(maker.file.write(), optimize=("balanced", "size")[seed % 2]), maker.rows(10)
    model.record = dataclasses.replace(model.record, by_line=len(model.record.strips()))
    found = targets.run(chip, model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], family_of(model.record).reference(model.record, op, rows)), op


@pytest.mark.device
@pytest.mark.parametrize("chip", ["cortex-m4f", "cortex-m55"])
@pytest.mark.parametrize("alike", [False, True], ids=["a scale each", "one scale"])
@pytest.mark.parametrize("channels", range(1, 41) if CAMPAIGN else (20, 32))
def test_channels_that_fill_vectors_and_those_left_over(channels, alike, chip, installed):
    """Dense and depthwise layers at edges and amid, in groups of 16, of eight and one by one, with one multiplier or one for each."""
    installed(chip)
    maker = Maker(channels, (5, 6, 3))
    maker.alike = alike
    maker.convolution(channels, (3, 3))
    maker.depthwise((3, 3))
    maker.depthwise((2, 3), (2, 1), 1)
    maker.convolution(6, (1, 1))
    maker.dense(5, 0)
    model, rows = emlearn.convert(maker.file.write()), maker.rows(10)
    assert all(layer.is_uniform == (alike or layer.rounded == "once") for layer in model.record.layers)
    found = targets.run(chip, model, rows)["predict"]
    assert np.array_equal(found, family_of(model.record).reference(model.record, "predict", rows))
