"""Operators of TensorFlow Lite that are functions of single values: all 256 of them, as the interpreter has them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import numpy as np
import pytest
from emlearn import Model
from emlearn.families.tflite.model import load
from emlearn.families.tflite.reference import reference

pytest.importorskip("flatbuffers", reason="files are written with it")
from tflite_files import FUNCTIONS, SHARES, Maker

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"
ALL = (*FUNCTIONS, "LOGISTIC")


def around(name: str, seed: int) -> tuple[bytes, np.ndarray]:
    """A file of a layer that passes bytes on, the function, and a layer behind it; rows of all bytes."""
    maker = Maker(seed, (1, 256, 1))
    rng = np.random.default_rng([seed, len(name)])
    maker.pool("MAX", (1, 1), (1, 1), 0)
    scale = float(np.float32(10 ** rng.uniform(-2.5, -0.5)))
    maker.file.last.scale = maker.file.tensors[0].scale = [scale]
    maker.units["scale"] = [scale]
    if name == "LOGISTIC":
        maker.file.add(name, type(maker.file.last)(maker.file.last.shape, **SHARES))
    elif seed % 4 == 0:
        maker.function(name, alpha=0.1)
    else:
        out = scale if name in ("RELU", "LEAKY_RELU", "HARD_SWISH") else 1 / 100
        maker.function(name, float(np.float32(out * rng.uniform(0.6, 1.5))), int(rng.integers(-128, 128)), float(rng.uniform(0, 0.5)))
    maker.pool("MAX", (1, 1), (1, 1), 0)
    return maker.file.write(), ((np.arange(256) - 128 - maker.units["zero"][0]) * np.float32(scale)).astype(np.float32)[None]


@pytest.mark.parametrize("seed", range(200 if CAMPAIGN else 5))
@pytest.mark.parametrize("name", ALL)
def test_all_bytes_become_what_the_interpreter_makes_of_them(name, seed):
    pytest.importorskip("ai_edge_litert", reason="the interpreter: pip install ai-edge-litert")
    data, X = around(name, seed)
    model = load(data)
    (op,) = model.record.ops
    expected = model.ask(op, X).reshape(1, -1)
    assert expected.shape == (1, 256)
    assert np.array_equal(reference(model.record, op, X), expected)
    assert np.array_equal(emlearn.convert(data).predict(X).reshape(1, -1), expected)


def between(name: str, same_units: bool) -> Model:
    """A convolution, the function, and a dense layer."""
    maker = Maker(1, (4, 5, 2))
    maker.convolution(4, (2, 2))
    if same_units:
        maker.function(name, alpha=0.3)
    else:
        maker.function(name, maker.file.last.scale[0] * 0.8, -20, 0.3)
    maker.dense(3, 0)
    return emlearn.convert(maker.file.write())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_between_layers_are_tables_and_cuts_belong_to_the_layer_before(name):
    cuts = name.startswith("RELU")
    assert [layer.source.kind for layer in between(name, True).record.layers] == ["dense", *(() if cuts else ("table",)), "dense"]
    model = between(name, False)
    assert [layer.source.kind for layer in model.record.layers] == ["dense", "table", "dense"]
    X = np.random.default_rng(0).normal(0, 60 * model.record.scale, (50, 40)).astype(np.float32)
    assert np.array_equal(model.predict(X), reference(model.record, "predict", X).reshape(50, -1))


def test_a_network_of_functions_is_the_interpreter_on_all_rows():
    pytest.importorskip("ai_edge_litert", reason="the interpreter: pip install ai-edge-litert")
    for same in (True, False):
        for name in FUNCTIONS:
            model = between(name, same)
            X = np.random.default_rng(1).normal(0, 60 * model.record.scale, (50, 40)).astype(np.float32)
            assert model.verify(X).ok, (name, same)


@pytest.mark.parametrize("alpha", [-0.5, float("nan"), float("inf")])
def test_a_slope_that_has_no_kernel_is_refused(alpha):
    maker = Maker(1, (6,))
    maker.dense(4, 0)
    maker.function("LEAKY_RELU", alpha=alpha)
    with pytest.raises(emlearn.UnsupportedError, match=r"operator 1 \(LEAKY_RELU\) has alpha=.*; nearest supported: 0 and more"):
        emlearn.convert(maker.file.write())


@pytest.mark.parametrize("name", ["RELU", "HARD_SWISH"])
def test_units_that_leave_the_range_of_products_are_refused(name):
    maker = Maker(1, (6,))
    maker.dense(4, 0)
    maker.function(name, maker.file.last.scale[0] * 2.0**-24)
    with pytest.raises(emlearn.UnsupportedError, match=rf"operator 1 \({name}\) answers in units .* nearest supported"):
        emlearn.convert(maker.file.write())
