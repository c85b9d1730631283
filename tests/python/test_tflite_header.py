"""Headers of TensorFlow Lite networks compile without a warning, from the oldest language to the newest, on the compilers of chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import emlearn
import pytest

pytest.importorskip("flatbuffers", reason="files are written with it")
from compiled import COMPILERS, compile_all
from tflite_files import Maker, network

ENDS = ("", "SOFTMAX", "LOGISTIC")


def everything() -> list[emlearn.Model]:
    """Every kind of layer, intake and answer between them, in rows and in tiles."""
    both = Maker(3, (6,))
    both.dense(4, 0)
    both.end("SOFTMAX", beta=1e-3 / both.file.last.scale[0])
    models = [emlearn.convert(both.file.write(), input="int8")]
    for seed in (0, 2, 4, 8, 13, 14, 20, 24):
        models.append(emlearn.convert(network(seed, ENDS[seed % 3]).file.write(), optimize=("size", "speed")[seed % 2]))
    lines = emlearn.convert(network(12, "SOFTMAX").file.write())
    lines.record = dataclasses.replace(lines.record, by_line=len(lines.record.strips()))
    return [*models, lines]


@pytest.mark.parametrize("name", COMPILERS)
def test_no_compiler_warns(name, tmp_path):
    models = everything()
    kinds = {layer.source.kind for model in models for layer in model.record.layers}
    assert kinds == {"dense", "each", "largest", "average", "total", "table"}
    assert {model.record.answer.kind for model in models} == {"values", "softmax", "logistic"}
    compile_all(name, models, tmp_path)
