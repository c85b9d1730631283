"""TensorFlow Lite files that cannot be converted: each is refused by name, and none, however damaged, ends otherwise.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import emlearn
import numpy as np
import pytest
from emlearn.errors import InvalidInputError, UnsupportedError
from emlearn.families.tflite.model import load
from emlearn.modelfiles import load_estimator
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("flatbuffers", reason="files are written with it")
from tflite_files import Maker, network

from benchmarks.tflite_file import File, Tensor

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"


def maker(shape=(4, 5, 2)) -> Maker:
    made = Maker(0, shape)
    made.convolution(3, (2, 2))
    return made


def _float_file() -> bytes:
    file = File(Tensor((1, 4), "float32"))
    weights = file.constant(np.ones((2, 4), np.float32))
    file.add("FULLY_CONNECTED", Tensor((1, 2), "float32"), [weights])
    return file.write()


def _uint8_file() -> bytes:
    file = File(Tensor((1, 4), "uint8", [0.1], [3]))
    file.add("FULLY_CONNECTED", Tensor((1, 2), "uint8", [0.1], [3]), [file.constant(np.ones((2, 4), np.uint8), [0.1])])
    return file.write()


def _with(change) -> bytes:
    made = maker()
    change(made)
    return made.file.write()


def _add(made: Maker) -> None:
    made.file.add("ADD", Tensor(made.file.last.shape, scale=[0.1], zero=[0]), [made.file.at])


def _branch(made: Maker) -> None:
    before = made.file.at
    made.convolution(2, (1, 1))
    made.file.at = before


def _scaled_pool(made: Maker) -> None:
    made.pool("MAX", (2, 2), (1, 1), 1)
    made.file.last.scale = [0.77]


def _zero_points(made: Maker) -> None:
    made.file.tensors[1].zero = [4] * len(made.file.tensors[1].scale)


def _batch(made: Maker) -> None:
    made.file.tensors[0].shape = (2, 4, 5, 2)


def _overflow(made: Maker) -> None:
    made.file.tensors[2].data[:] = 1 << 30


def _bias(made: Maker) -> None:
    made.file.tensors[2].data, made.file.tensors[2].type = made.file.tensors[2].data.astype(np.float32), "float32"


def _no_scale(made: Maker) -> None:
    made.file.tensors[1].scale = [np.nan] * len(made.file.tensors[1].scale)


def _after_softmax(made: Maker) -> None:
    made.dense(3)
    made.end("SOFTMAX")
    made.dense(2)


def _pad_alone(made: Maker) -> None:
    made.pad((1, 1), (0, 0))


def _pad_then_pool(made: Maker) -> None:
    made.pad((1, 1), (0, 0))
    made.pool("AVERAGE", (2, 2), (1, 1), 1)


def _two_inputs(made: Maker) -> None:
    made.file.inputs = [0, 0]


def _mean_of_channels(made: Maker) -> None:
    made.mean(True)
    made.file.tensors[-2].data, made.file.tensors[-2].shape = np.array([3], np.int32), (1,)


def _cut_weights(made: Maker) -> None:
    made.file.tensors[1].data = made.file.tensors[1].data[:1]
    made.file.tensors[1].shape = (3, 2, 2, 2)


REFUSED = {
    "floats": (_float_file(), UnsupportedError, r"operator 0 \(FULLY_CONNECTED\) computes in float32.*full integer quantisation"),
    "bytes without sign": (_uint8_file(), UnsupportedError, r"the input 'value 0' is of uint8; nearest supported: int8"),
    "an operator": (_with(_add), UnsupportedError, r"operator 1 \(ADD\) has no kernel; nearest supported: a model whose layers follow"),
    "branches": (_with(_branch), UnsupportedError, r"operator 1 \(CONV_2D\) is not on the one path.*branches have no kernel"),
    "several inputs": (_with(_two_inputs), UnsupportedError, "has 2 inputs: it must have one"),
    "a pool that rescales": (_with(_scaled_pool), UnsupportedError, r"operator 1 \(MAX_POOL_2D\) changes scale or zero point"),
    "zero points of weights": (_with(_zero_points), UnsupportedError, r"operator 0 \(CONV_2D\): its weights have zero points"),
    "several rows": (_with(_batch), UnsupportedError, "the input has 2 rows at a time: export the model with a batch of 1"),
    "sums beyond 32 bits": (_with(_overflow), UnsupportedError, r"operator 0 \(CONV_2D\): its sums can leave 32 bits"),
    "biases of float": (_with(_bias), UnsupportedError, r"operator 0 \(CONV_2D\): its biases are of float32"),
    "scales that are no numbers": (_with(_no_scale), InvalidInputError, "scales of its weights are not positive numbers"),
    "a layer behind softmax": (_with(_after_softmax), UnsupportedError, "stands behind SOFTMAX, which has a kernel at the end only"),
    "padding at the end": (_with(_pad_alone), UnsupportedError, "ends before any layer"),
    "padding before a pool": (_with(_pad_then_pool), UnsupportedError, r"operator 2 \(AVERAGE_POOL_2D\) stands behind PAD"),
    "a mean of channels": (_with(_mean_of_channels), UnsupportedError, r"operator 1 \(MEAN\) is over axes \[3\]; nearest supported"),
    "too few weights": (_with(_cut_weights), InvalidInputError, "has 8 bytes: the file is damaged"),
    "another schema": (b"\x1c\0\0\0TFL2" + b"\0" * 60, InvalidInputError, "no model file that can be recognised"),
    "nothing behind the mark": (b"\x1c\0\0\0TFL3", InvalidInputError, "damaged or cut off: something in it lies at byte 28"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_has_no_kernel_is_refused_by_name(what):
    data, error, words = REFUSED[what]
    with pytest.raises(error, match=words):
        emlearn.convert(data)


def test_shapes_that_are_not_fixed_are_refused():
    made = maker()
    made.file.tensors[0].shape = (1, -1, 5, 2)
    with pytest.raises(UnsupportedError, match=r"'value 0' has shape .* which is not fixed"):
        emlearn.convert(made.file.write())


def test_errors_of_a_file_name_it(tmp_path):
    path = tmp_path / "net.tflite"
    path.write_bytes(maker().file.write()[:200])
    with pytest.raises(InvalidInputError, match=r"net\.tflite: the TFLite file is damaged or cut off"):
        load_estimator(path)


def test_quantised_arithmetic_of_ours_is_not_for_what_is_quantised():
    with pytest.raises(UnsupportedError, match="numeric='int8'"):
        emlearn.convert(maker().file.write(), numeric="int8", calibration=np.zeros((3, 40), np.float32))


FILES = [network(seed, end).file.write() for seed, end in ((0, ""), (1, "SOFTMAX"), (5, "LOGISTIC"))]


@settings(max_examples=5000 if CAMPAIGN else 150, deadline=None)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6), st.floats(0.2, 1))
def test_damaged_files_end_in_an_error_or_a_network(data, flips, kept):
    raw = bytearray(data[: int(len(data) * kept)] if kept < 0.9 else data)
    for where, value in flips:
        raw[min(int(where * len(raw)), len(raw) - 1)] = value
    try:
        record = load(bytes(raw)).record
    except (InvalidInputError, UnsupportedError):
        return
    assert record.layers and record.plan().size > 0
