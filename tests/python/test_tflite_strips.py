"""TensorFlow Lite networks whose first layers are computed line by line find what their windows see, and answer the same bytes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.families.tflite.reference import reference

pytest.importorskip("flatbuffers", reason="files are written with it")
from hypothesis import given, settings
from hypothesis import strategies as st
from test_networks_strips import by_line, check_strips
from tflite_files import Maker, network

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"
ENDS = ("", "SOFTMAX", "LOGISTIC")


def watch() -> Maker:
    """Three convolutions over a signal, a mean of each channel, a dense layer."""
    maker = Maker(1, (1, 256, 6))
    for n, size, stride in ((12, 8, 4), (24, 4, 2), (24, 4, 2)):
        maker.convolution(n, (1, size), (1, stride), 1)
    maker.pool("AVERAGE", maker.file.last.shape[1:3], (1, 1), 1)
    maker.dense(7, 0)
    maker.end("SOFTMAX")
    return maker


@settings(max_examples=300 if CAMPAIGN else 20, deadline=None)
@given(st.integers(0, 2**31))
def test_windows_find_their_values_in_strips(seed):
    model = emlearn.convert(network(seed).file.write(), optimize=("size", "speed")[seed % 2])
    for n in range(1, len(model.record.strips()) + 1):
        record = by_line(model, n).record
        check_strips(record, record.plan())


@pytest.mark.parametrize("seed", range(200) if CAMPAIGN else (2, 12, 29, 49))
def test_as_many_lines_as_can_be_answer_as_the_reference(seed):
    """The four have every kind of layer that goes line by line: convolutions, depthwise ones, both pools, tables."""
    maker = network(seed, ENDS[seed % 3])
    rows = maker.rows(15)
    model = by_line(emlearn.convert(maker.file.write(), optimize=("balanced", "size")[seed % 2]), 9)
    found = targets.run("host", model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], reference(model.record, op, rows)), op


def test_so_many_layers_go_line_by_line_as_save_memory():
    """The movements' network holds its smallest plane whole, and strips of the three before it; the report says so."""
    model = emlearn.convert(watch().file.write(), input="int8")
    facts = model.describe()
    assert facts["computed line by line"] == "the first 3 of 5 layers"
    size = model.record.plan().size
    assert facts["working memory"] == f"{size} B" and f"working_bytes() {{ return {size}; }}" in model.save(name="net")
    assert size < 0.4 * by_line(model, 0).record.plan().size


@pytest.mark.parametrize("raw", ["float32", "int8", "uint8"])
def test_rows_are_taken_in_line_by_line(raw):
    """Features that are rounded, the file's own bytes, and those of an image."""
    maker = watch()
    maker.file.tensors[0].scale, maker.file.tensors[0].zero = [float(np.float32(1 / 255))], [-128]
    rng = np.random.default_rng(0)
    rows = rng.normal(0.5, 0.6, (4, 1536)).astype(raw) if raw == "float32" else rng.integers(0, 128, (4, 1536)).astype(raw)
    model = emlearn.convert(maker.file.write(), input=raw, **({"input_scale": 1 / 255} if raw == "uint8" else {}))
    assert model.record.by_line == 3
    assert np.array_equal(targets.run("host", model, rows)["predict_proba"], reference(model.record, "predict_proba", rows))
