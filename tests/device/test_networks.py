"""Integer networks of convolutions on emulated chips, against the numpy reference.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from emlearn import targets
from emlearn.families.networks.build import Builder
from emlearn.registry import family_of
from random_networks import integers, model_of, raw_rows

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f", "cortex-m55"])
@pytest.mark.parametrize("seed", range(100 if CAMPAIGN else 2))
def test_chips_answer_as_the_reference_to_the_bit(chip, seed, installed):
    installed(chip)
    model, rows = integers(seed, 10)
    if chip.startswith("avr") and model.input.dtype == "float64":
        pytest.skip("double has 32 bits on AVR, which headers refuse")
    found = targets.run(chip, model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], family_of(model.record).reference(model.record, op, rows))


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("seed", range(100) if CAMPAIGN else (4, 12))
def test_layers_line_by_line_answer_as_the_reference_to_the_bit(chip, seed, installed):
    installed(chip)
    model, rows = integers(seed, 10)
    if chip.startswith("avr") and model.input.dtype == "float64":
        pytest.skip("double has 32 bits on AVR, which headers refuse")
    model.record = dataclasses.replace(model.record, by_line=len(model.record.strips()))
    found = targets.run(chip, model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], family_of(model.record).reference(model.record, op, rows))


@pytest.mark.device
@pytest.mark.parametrize("chip", ["cortex-m4f", "cortex-m55"])
@pytest.mark.parametrize("numeric", ["int8", "int16"])
@pytest.mark.parametrize("channels", range(1, 41) if CAMPAIGN else (7, 19))
def test_channels_that_fill_vectors_and_those_left_over(channels, numeric, chip, installed):
    """Depthwise sums at edges and amid, padding that is a number, dilated taps, then a dense layer at each place."""
    installed(chip)
    rng = np.random.default_rng(channels)
    builder = Builder((5, 6, channels))
    builder.depthwise("one", rng.normal(0, 0.4, (3, 2, channels, 1)), rng.normal(0, 0.3, channels), (1, 1), (1, 2), "same")
    builder.activate("below zero", "identity")
    builder.depthwise("two", rng.normal(0, 0.4, (3, 3, channels, 1)), rng.normal(0, 0.3, channels), (2, 1), (1, 1), "same")
    builder.activate("clipped", "clipped", 1.5)
    builder.convolution("three", rng.normal(0, 0.3, (5, 1, 1, channels)), rng.normal(0, 0.3, 5))
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.1, (3, builder.plane[2])), np.zeros(3))
    record = builder.finish((5, 6, channels))
    rows = raw_rows(record, "int16", 8, channels)
    model = model_of(record, "int16", numeric, "speed", rows)
    found = targets.run(chip, model, rows)["predict"]
    assert np.array_equal(found, family_of(model.record).reference(model.record, "predict", rows))


@pytest.mark.device
@pytest.mark.parametrize("numeric", ["int8", "int16"])
@pytest.mark.parametrize("channels", range(3, 36) if CAMPAIGN else (6, 16))
def test_pools_and_windows_at_edges(channels, numeric, installed):
    """Largest values and means by vectors of four channels and one by one, after a convolution that copies lines with padding."""
    installed("cortex-m55")
    rng = np.random.default_rng(channels)
    builder = Builder((7, 6, 1))
    builder.convolution("lines", rng.normal(0, 0.4, (channels, 4, 3, 1)), rng.normal(0, 0.3, channels), (1, 1), (1, 1), "same")
    builder.activate("below zero", "identity")
    builder.pool("largest", "largest", (3, 2), (2, 1), "same")
    builder.depthwise("steps", rng.normal(0, 0.4, (2, 2, channels, 1)), rng.normal(0, 0.3, channels), (1, 1), (1, 1), "same")
    builder.pool("mean", "mean", (2, 3), (1, 2), "same")
    builder.convolution("last lines", rng.normal(0, 0.2, (5, 2, 2, channels)), rng.normal(0, 0.3, 5), (1, 1), (2, 1), "same")
    builder.pool_all("all", "mean")
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.3, (3, builder.plane[2])), np.zeros(3))
    record = builder.finish((7, 6, 1))
    rows = raw_rows(record, "int16", 8, channels)
    model = model_of(record, "int16", numeric, "speed", rows)
    found = targets.run("cortex-m55", model, rows)["predict"]
    assert np.array_equal(found, family_of(model.record).reference(model.record, "predict", rows))


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
@pytest.mark.parametrize("numeric", ["int8", "int16"])
def test_raw_values_of_all_their_range_are_taken_in_alike(numeric, chip, installed):
    """Channels with ranges of their own, least and largest values, and those beside them, in the unit that has most bits."""
    installed(chip)
    rng = np.random.default_rng(7)
    builder = Builder((1, 24, 3))
    builder.convolution("conv", rng.normal(0, 0.3, (4, 1, 4, 3)), rng.normal(0, 0.3, 4), (1, 2), (1, 1), "valid")
    builder.activate("activation", "relu")
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.1, (2, builder.plane[2])), np.zeros(2))
    record = builder.finish((24, 3))
    rows = np.clip(np.rint(rng.normal(0, [15000, 9000, 20000], (40, 24, 3))), -32768, 32767).astype(np.int16)
    rows[0, :6, 0] = [-32768, -32767, -1, 0, 32766, 32767]
    rows = rows.reshape(40, -1)
    model = model_of(record, "int16", numeric, "balanced", rows)
    assert model.record.intake.kind == "scaled" and model.record.intake.shift == 16
    for by_line in (0, 1):
        model.record = dataclasses.replace(model.record, by_line=by_line)
        found = targets.run(chip, model, rows[:6])["predict"]
        assert np.array_equal(found, family_of(model.record).reference(model.record, "predict", rows[:6]))


#: What the calls of a network take beside its working memory: registers saved, addresses, sums of a tile.
BESIDE = {"avr-atmega2560": 160, "cortex-m0plus": 260, "cortex-m4f": 272, "cortex-m55": 320}


@pytest.mark.device
@pytest.mark.parametrize("chip", BESIDE)
@pytest.mark.parametrize("seed", range(1, 30) if CAMPAIGN else (2, 5))
def test_the_planned_memory_is_what_the_chip_uses(chip, seed, installed):
    """The header's constant, the report's, and the stack that was written to: the first two are equal, the third has some words more."""
    installed(chip)
    model, rows = integers(seed, 6)
    if chip.startswith("avr") and model.input.dtype == "float64":
        pytest.skip("double has 32 bits on AVR, which headers refuse")
    planned = model.record.plan().size * model.record.bits // 8
    assert f"working_bytes() {{ return {planned}; }}" in model.save(name="net")
    assert model.describe()["working memory"] == f"{planned} B"
    stack = targets.measure(chip, model, rows, ["predict"])["predict"].stack
    print(f"{chip}: network {seed}, planned {planned} B, stack {stack} B")
    assert planned <= stack <= planned + BESIDE[chip]
