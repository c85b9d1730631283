"""The benchmark's networks: as arrays they answer as their frameworks do, and what the tables say of them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re

import emlearn
import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks import cases, device, layers, measurements, networks, products
from benchmarks.tools import attempt, cmsis_nn


def _answers(network: layers.Network, rows: np.ndarray) -> np.ndarray:
    values = rows.reshape(-1, *network.shape)
    for layer, shape in network.steps():
        assert values.shape[1:] == shape
        values = layer(values)
    return values.reshape(len(rows), -1)


@pytest.mark.parametrize("name", ["digits_cnn", "watch_cnn"])
def test_a_trained_network_is_the_same_as_arrays(name):
    pytest.importorskip("keras")
    case = cases.CASES[name]
    trained = case.make()
    network = cases.bare(trained)
    assert network.macs == case.macs
    rows = np.random.default_rng(0).normal(size=(6, int(np.prod(network.shape))))
    scores = _answers(network, rows)
    expected = np.asarray(trained.model.predict(rows.reshape(6, *trained.model.input_shape[1:]), verbose=0))
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(shares / shares.sum(axis=1, keepdims=True), expected, atol=1e-4)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_perceptron_is_the_same_as_arrays():
    X, y = load_digits(return_X_y=True)
    estimator = MLPRegressor(hidden_layer_sizes=(8, 5), max_iter=5, random_state=0).fit(X[:200], y[:200])
    network = layers.of_perceptron(estimator)
    np.testing.assert_allclose(_answers(network, X[:20]).ravel(), estimator.predict(X[:20]))
    assert network.macs == 64 * 8 + 8 * 5 + 5


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("name", ["digits_mlp32", "digits_mlp16_16"])
def test_products_of_perceptrons_are_counted(name):
    X, y = load_digits(return_X_y=True)
    estimator = cases.CASES[name].make().set_params(max_iter=1).fit(X[:100], y[:100])
    assert layers.of_perceptron(estimator).macs == cases.CASES[name].macs


def test_pages_of_one_digit_have_one_digit():
    images, labels = np.arange(40.0).reshape(20, 2), np.arange(20) % 10
    alike, mixed = (networks.pages(images, labels, 30, mixed=mixed, seed=0) for mixed in (False, True))
    assert alike.shape == mixed.shape == (30, 2 * networks.IMAGES)
    digits = [labels[(pages[:, ::2] / 2).astype(int)] for pages in (alike, mixed)]
    assert (digits[0] == digits[0][:, :1]).all() and not (digits[1] == digits[1][:, :1]).all()


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """A folder that has every file that may be asked for, each empty, and the rows of a case."""
    monkeypatch.setattr(cmsis_nn, "FOLDER", tmp_path)
    (tmp_path / "Include").mkdir()
    for path in (*cmsis_nn._DENSE[False], *cmsis_nn._DENSE[True], *cmsis_nn._WINDOWS, *cmsis_nn._CHANNELS, *cmsis_nn._MEAN):
        file = tmp_path / "Source" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    return tmp_path


def _convolutions(rng: np.random.Generator) -> layers.Network:
    """Each kind of layer."""
    found = (
        layers.Layer("convolution", rng.normal(size=(3, 3, 2, 4)), np.zeros(4), (2, 2), True, True),
        layers.Layer("depthwise", rng.normal(size=(3, 3, 4)), np.zeros(4), (1, 1), False, True),
        layers.Layer("mean", np.zeros(0), np.zeros(0)),
        layers.Layer("dense", rng.normal(size=(4, 3)), np.zeros(3)),
    )
    return layers.Network((8, 8, 2), found)


def test_convolutions_are_called_with_what_tensorflow_lite_would_hand_over(kernels):
    rng = np.random.default_rng(0)
    rows = np.rint(rng.normal(0, 300, (50, 8 * 8 * 2)))
    np.savez(kernels / "rows.npz", train=rows)
    network = _convolutions(rng)
    case = {"n_classes": 3, "fits_int8": False, "unit": [1.0] * 128, "folder": str(kernels), "n_features": 128}
    small, fast = cmsis_nn.generate(network, case)
    assert (small.failure, small.dtype) == ("", "int16") and "kernels at -O3" in fast.name
    text = small.files["foreign.c"]
    assert "fc = {0, -128, {2, 2}, {0, 0}, {1, 1}, {-128, 127}}" in text  # all of the padding is behind
    assert "fc = {128, -128, 1, {1, 1}, {0, 0}, {1, 1}, {-128, 127}}" in text
    assert "in = {1, 8, 8, 2}, filter = {4, 3, 3, 2}, out = {1, 4, 4, 4}" in text
    assert "in = {1, 4, 4, 4}, filter = {1, 3, 3, 4}, out = {1, 2, 2, 4}" in text
    assert "in = {1, 2, 2, 4}, filter = {1, 2, 2, 1}, out = {1, 1, 1, 4}" in text
    assert "in = {1, 1, 1, 4}, filter = {4, 1, 1, 3}, out = {1, 1, 1, 3}" in text
    weights = [int(number) for number in re.search(r"w0\[\] = \{([^}]*)\}", text)[1].split(",")]
    assert len(weights) == 72 and max(map(abs, weights)) == 127
    assert set(small.files) >= {"arm_convolve_s8.c", "arm_depthwise_conv_3x3_s8.c", "arm_avgpool_s8.c"}


@pytest.mark.parametrize("fits", [True, False])
def test_tensorflow_lite_micro_is_given_the_network_as_a_file(tmp_path, monkeypatch, fits):
    """Our reader takes it, to whose answers those of the interpreter are equal, and answers much as the network does in float."""
    pytest.importorskip("flatbuffers", reason="files are written with it")
    from benchmarks.tools import tflite_micro

    monkeypatch.setattr(tflite_micro, "FOLDER", tmp_path)
    (tmp_path / "tflite-micro").mkdir()
    rng = np.random.default_rng(0)
    rows = np.rint(rng.normal(0, 30 if fits else 300, (50, 8 * 8 * 2)))
    rows = np.clip(rows, -128, 127) if fits else rows
    np.savez(tmp_path / "rows.npz", train=rows)
    network = _convolutions(rng)
    case = {"n_classes": 3, "fits_int8": fits, "unit": [1.0] * 128, "folder": str(tmp_path), "n_features": 128}
    data, units, steps = tflite_micro.file_of(network, case, rows)
    taken = np.rint(rows / np.tile(steps, 64)).astype(np.int8)
    answers = emlearn.convert(data, input="int8").predict(taken)
    expected = _answers(network, rows)
    assert np.max(np.abs(answers - expected)) < 0.1 * np.ptp(expected) and np.max(np.abs(answers)) <= 255 * units.scale
    small, fast = tflite_micro.generate(network, case)
    assert (small.failure, small.dtype, small.prepares) == ("", "int8" if fits else "int16", True)
    assert ("intake" in small.files["foreign.cpp"]) != fits and "optimize" in fast.files["kernels.cpp"]
    for add in ("AddConv2D", "AddDepthwiseConv2D", "AddAveragePool2D", "AddFullyConnected"):
        assert f"r->{add}();" in small.files["foreign.cpp"]
    assert "kernels/depthwise_conv_common.cc" in small.files["kernels.cpp"]


@pytest.mark.device
@pytest.mark.skipif(bool(measurements.missing("cortex-m0plus")), reason=measurements.missing("cortex-m0plus"))
def test_a_prediction_that_prepares_the_others_does_not_count():
    body = "  static volatile int ready;\n  for (; ready < 1000; ready = ready + 1) {}\n  return 7;"
    files = {"foreign.c": "#include <stdint.h>\n" + attempt.entry("classifier", "int8", body)}
    rows = np.zeros((4, 2), np.int8)
    all_of_them, others = (device.measure("cortex-m0plus", files, rows, "classifier", prepares=prepares) for prepares in (False, True))
    assert others.cost < 50 < 1000 < all_of_them.cost and list(others.answers) == [7] * 4


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_two_classes_have_one_answer_and_are_not_tried(kernels):
    X, y = load_digits(return_X_y=True)
    estimator = MLPClassifier(4, max_iter=2, random_state=0).fit(X[:100], y[:100] > 4)
    (only,) = cmsis_nn.generate(estimator, {"n_classes": 2})
    assert "not tried" in only.failure


@pytest.mark.device
@pytest.mark.skipif(bool(measurements.missing("cortex-m0plus")), reason=measurements.missing("cortex-m0plus"))
def test_an_autoencoder_is_asked_whether_a_row_is_unlike_its_answer():
    rows = np.array([[1, 2, 3], [3, 3, 3]], dtype=np.int16)
    body = attempt.unlike({"outputs": 3, "limit": 2.5}, "for (int k = 0; k < 3; ++k) out[k] = 2;")
    source = "#include <stdint.h>\n" + attempt.entry("classifier", "int16", body)
    np.testing.assert_array_equal(device.measure("cortex-m0plus", {"foreign.c": source}, rows, "classifier").answers, [0, 1])


def test_the_table_has_what_costs_least_for_each_product():
    def row(tool, variant, cost, failure=""):
        return {"case": "pages_autoencoder", "target": "cortex-m4f", "tool": tool, "variant": variant, "flash": 1000, "ram": 1, "stack": 9,
                "cost": cost, "agreement": 0.5, "failure": failure}  # fmt: skip

    rows = [
        row("CMSIS-NN", "a", 528_384),
        row("CMSIS-NN", "b", 264_192),
        row("TFLite Micro", "a", 792_576),
        row("this library", "speed, int8 rows, quantised to int8", 132_096),
    ]
    rows += [row("this library", "speed, int8 rows, quantised to int16", 0, "too large"), row("this library", "size, int8 rows", 792_576)]
    head, line = products.table(rows, [cases.CASES["pages_autoencoder"], cases.CASES["iris_dt"]], ["cortex-m4f", "host"])
    assert len(head) == len(line)
    assert line[1:9] == [
        "264,192",
        "cortex-m4f",
        "1.25",
        "1,000 / 10 / 1.00 (50.0%)",
        "1,000 / 10 / 3.00 (50.0%)",
        "1,000 / 10 / 0.50 (50.0%)",
        "-",
        "1,000 / 10 / 3.00 (50.0%)",
    ]
    assert "HALE 2.15" in line[9]
