"""TensorFlow Lite files: answers equal to the interpreter's to the bit, over random networks, by the reference and by the kernels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import numpy as np
import pytest
from emlearn.errors import InvalidInputError
from emlearn.families.tflite import passes
from emlearn.families.tflite.fixed import exponential, exponentials, reciprocal, softmax
from emlearn.families.tflite.kernels import run
from emlearn.families.tflite.model import load
from emlearn.families.tflite.reference import reference
from emlearn.options import Options

pytest.importorskip("flatbuffers", reason="files are written with it")
from tflite_files import Maker, network

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"
ENDS = ("", "SOFTMAX", "LOGISTIC")


def made(seed: int) -> Maker:
    return network(seed, ENDS[seed % 3])


@pytest.mark.parametrize("seed", range(3000 if CAMPAIGN else 60))
def test_the_reference_is_the_interpreter_to_the_bit(seed):
    pytest.importorskip("ai_edge_litert", reason="the interpreter: pip install ai-edge-litert")
    maker = made(seed)
    model, X = load(maker.file.write()), maker.rows(30)
    for op in model.record.ops:
        expected = model.ask(op, X)
        assert np.array_equal(reference(model.record, op, X), expected.reshape(len(X), -1)), op


@pytest.mark.parametrize("optimize", ["size", "speed"])
@pytest.mark.parametrize("seed", range(500 if CAMPAIGN else 40))
def test_kernels_answer_as_the_reference(seed, optimize):
    maker = made(seed)
    record = passes.finish(load(maker.file.write()).record, Options.make(optimize, "exact"))
    X = maker.rows(20)
    for op in record.ops:
        assert np.array_equal(run(record, op, X), reference(record, op, X)), op


def test_plans_of_memory_let_no_layer_write_over_what_it_still_needs():
    """The compiled header has all layers in one buffer."""
    pytest.importorskip("ai_edge_litert", reason="the interpreter: pip install ai-edge-litert")
    for seed in range(40 if CAMPAIGN else 4):
        maker = made(seed)
        report = emlearn.convert(maker.file.write(), optimize=("size", "speed")[seed % 2]).verify(maker.rows(20), compile=True)
        assert report.ok and report.agreement == 1.0 and report.bound == 0.0, f"{seed}:\n{report}"


def test_a_path_is_read_as_its_bytes(tmp_path):
    maker = made(1)
    (tmp_path / "model.tflite").write_bytes(maker.file.write())
    model, X = emlearn.convert(tmp_path / "model.tflite"), maker.rows(5)
    assert np.array_equal(model.predict(X), emlearn.convert(maker.file.write()).predict(X))
    assert model.save(name="net") == emlearn.convert(str(tmp_path / "model.tflite")).save(name="net")
    assert "TensorFlow Lite" in model.save(name="net")


def test_rows_may_have_the_files_own_shape():
    maker = Maker(3, (4, 5, 2))
    maker.convolution(3, (2, 2))
    model, X = emlearn.convert(maker.file.write()), maker.rows(6)
    assert np.array_equal(model.predict(X), model.predict(X.reshape(6, 4, 5, 2)))


def test_int8_rows_are_the_files_own_values():
    maker = Maker(5, (7,))
    maker.dense(4)
    own = np.random.default_rng(0).integers(-128, 128, (50, 7)).astype(np.int8)
    model = emlearn.convert(maker.file.write(), input="int8")
    scale, zero = np.float32(maker.units["scale"][0]), maker.units["zero"][0]
    features = (own.astype(np.float32) - np.float32(zero)) * scale
    assert model.record.low == -128
    assert np.array_equal(model.predict(own), emlearn.convert(maker.file.write()).predict(features))


def test_bytes_of_an_image_are_taken_as_they_are():
    maker = Maker(6, (2, 3, 1), is_float=True)
    maker.file.tensors[1].scale, maker.file.tensors[1].zero = [float(np.float32(1 / 255))], [-128]
    maker.units = {"scale": [1 / 255], "zero": [-128]}
    maker.convolution(2, (2, 2))
    raw = np.arange(256).astype(np.uint8)[:252].reshape(-1, 6)
    model = emlearn.convert(maker.file.write(), input="uint8", input_scale=1 / 255)
    assert model.record.low == 0
    assert np.array_equal(model.predict(raw), emlearn.convert(maker.file.write()).predict(np.float32(raw / 255)))


def test_other_raw_values_are_scaled_in_front():
    pytest.importorskip("ai_edge_litert", reason="the interpreter: pip install ai-edge-litert")
    maker = Maker(8, (6,), is_float=True)
    maker.dense(5)
    maker.end("SOFTMAX")
    raw = np.random.default_rng(1).integers(-3000, 3000, (80, 6)).astype(np.int16)
    report = emlearn.convert(maker.file.write(), input="int16", input_scale=maker.units["scale"][0] / 17.3).verify(raw)
    assert report.ok


def test_missing_values_are_refused():
    maker = Maker(9, (6,))
    maker.dense(5)
    with pytest.raises(InvalidInputError, match="a network cannot take missing values"):
        emlearn.convert(maker.file.write(), input="int16", missing=-1)


def test_weights_of_minus_128_have_the_plain_kernel():
    maker = Maker(10, (9,))
    maker.dense(6, most=128)
    file = maker.file
    file.tensors[1].data[0, 0] = -128
    model = emlearn.convert(file.write(), optimize="speed")
    assert not model.record.tiled
    X = maker.rows(40)
    assert np.array_equal(model.predict(X), reference(model.record, "predict", X))


def test_ties_of_shares_go_to_the_lowest_class():
    """One step apart, in units so small that both shares are the same byte: the interpreter's first largest is not ours to overlook."""
    maker = Maker(11, (4,))
    maker.dense(6, 0)
    maker.end("SOFTMAX", beta=1e-3 / maker.file.last.scale[0])
    record = load(maker.file.write()).record
    assert not record.answer.is_sure
    X = maker.rows(60)
    classes = reference(record, "predict", X)
    assert np.array_equal(classes[:, 0], np.argmax(reference(record, "predict_proba", X), axis=1))
    assert np.array_equal(run(record, "predict", X), classes)
    assert "softmax" in emlearn.convert(maker.file.write()).save(name="net").split("predict_proba")[0]


def test_where_no_tie_can_be_the_largest_byte_is_the_class():
    """For every pair of a largest byte and one below, whatever the others are, shares differ: the argument of `is_sure`."""
    for scale in (0.02, 0.1, 0.7):
        powers = exponentials(scale, 1.0)
        n = int(256 * (1 - powers[1] / 2**31) / 1.01)
        assert n > 1
        rows = np.full((256, n), 0)
        rows[:, 0], rows[:, 1:] = 99, np.minimum(np.arange(256)[:, None] % 100, 98)
        shares = softmax(rows, powers)
        assert np.all(shares[:, :1] > shares[:, 1:])


def test_exponentials_and_reciprocals_are_what_they_say():
    a = -np.arange(0, 1 << 31, 1 << 15, dtype=np.int64)
    # A series of four terms within an eighth of its middle, and some twenty roundings.
    assert np.max(np.abs(exponential(a, 5) / 2**31 - np.exp(a / 2**26))) < (1 / 8) ** 5 / 120 + 20 * 2**-31
    x = np.arange(0, 1 << 31, 1 << 15, dtype=np.int64)
    assert np.max(np.abs(reciprocal(x) / 2**31 - 1 / (1 + x / 2**31))) < 2**-27
