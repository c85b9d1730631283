"""Hidden layers of bytes by the kernel of the DSP instructions: every shift, both widths of biases, odd and even fours, any place.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from emlearn import Model
from emlearn.families.mlp.proof import prove
from emlearn.families.networks.build import Builder
from emlearn.registry import family_of
from emlearn.targets import catalog, device, lab
from emlearn.targets.elf import Elf
from emlearn.targets.sources import program
from random_networks import model_of, raw_rows


def convolution(size: int, channels: int, n_out: int, padding: str) -> tuple[Model, np.ndarray]:
    """One convolution with relu over a plane large enough for the kernel, and a dense end."""
    rng = np.random.default_rng([size, channels, n_out])
    builder = Builder((12, 12, channels))
    n_values = size * size * channels
    builder.convolution("conv", rng.normal(0, n_values**-0.5, (n_out, size, size, channels)), rng.normal(0, 0.3, n_out), padding=padding)
    builder.activate("activation", "relu")
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.1, (3, builder.plane[2])), np.zeros(3))
    builder.activate("output", "softmax")
    record = builder.finish((12, 12, channels))
    rows = raw_rows(record, "int16", 40, size)
    return model_of(record, "int16", "int8", rows=rows), rows[:5]


def changed(model: Model, shift: int, bias: int) -> Model:
    """The convolution with another shift, factors to match, and `bias` added to one output's."""
    first = model.record.layers[0]
    n = first.arithmetic
    factor = np.clip(np.rint(n.factor * 2.0 ** (shift - n.shift)), 1, 0xFFFF).astype(np.uint16)
    biases = n.bias + np.where(np.arange(n.n_out) == 0, bias, 0).astype(np.int32)
    proof = prove(n.weights, biases, model.record.intake.top)
    assert proof.largest * int(factor.max()) < 1 << 31
    numbers = dataclasses.replace(n, factor=factor, shift=shift, bias=biases, proof=proof, wide=False)
    layers = (dataclasses.replace(first, numbers=numbers), *model.record.layers[1:])
    model.record = dataclasses.replace(model.record, layers=layers)
    return model


@pytest.mark.device
@pytest.mark.parametrize(
    ("size", "channels", "n_out", "padding", "shift", "bias"),
    [
        (3, 1, 8, "same", 16, 0),
        (3, 4, 6, "valid", 8, 0),
        (2, 3, 5, "same", 16, 70000),
        (1, 8, 16, "valid", 8, 70000),
        (1, 4, 16, "valid", 24, 0),
    ],
)
def test_a_convolution_is_the_reference_to_the_bit(size, channels, n_out, padding, shift, bias, installed):
    installed("cortex-m4f")
    model, rows = convolution(size, channels, n_out, padding)
    factor = model.record.layers[0].arithmetic.factor
    if shift == 24:  # so small answers that they are zero at another shift
        numbers = dataclasses.replace(model.record.layers[0].arithmetic, factor=np.minimum(factor, 7), shift=16)
        first = dataclasses.replace(model.record.layers[0], numbers=numbers)
        model.record = dataclasses.replace(model.record, layers=(first, *model.record.layers[1:]))
    model = changed(model, shift, bias)
    target, ops = catalog.find("cortex-m4f"), lab.operations(model, None)
    built = lab.compiled(target, program(model, ops, target.port))
    assert any("dsp_layer" in name for name in Elf.read(built).symbols())
    records = device.step(target, target.emulators[0], built, rows, ops, device.LIMIT, 300)
    for op in ops:
        assert np.array_equal(records[op.name]["answer"], family_of(model.record).reference(model.record, op.name, rows))
