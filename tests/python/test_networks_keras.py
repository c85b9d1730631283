"""Keras models: read as they compute, in float and in integers; what has no kernel is refused by name.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import keras
import numpy as np
import pytest
from emlearn import InvalidInputError, UnsupportedError
from emlearn.families.mlp.choose import held_out
from emlearn.families.networks.agreement import calibration_of
from keras_networks import network, rows_for

L = keras.layers


def sequential(*layers, shape=(12, 3)):
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.mark.parametrize("seed", range(100, 108))
@pytest.mark.parametrize("numeric", ["exact", "int8"])
def test_random_networks_are_read_as_keras_computes_them(seed, numeric):
    model = network(seed)
    X = rows_for(model, 40, seed)
    options = {} if numeric == "exact" else {"numeric": numeric, "calibration": X[:30]}
    report = emlearn.convert(model, **options).verify(X)
    assert report.ok and report.rows == 40, f"{report}"


def test_rows_may_have_the_models_own_shape():
    model = network(3, two=True, output="softmax")
    X = rows_for(model, 5, 0)
    converted = emlearn.convert(model)
    images = X.reshape(-1, *model.input_shape[1:])
    assert np.array_equal(converted.predict(images), converted.predict(X))
    assert converted.verify(images).ok


def test_raw_integers_fold_into_the_first_convolution():
    model = sequential(L.Conv1D(4, 3, activation="relu"), L.GlobalMaxPooling1D(), L.Dense(3, activation="softmax"))
    X = np.random.default_rng(0).integers(-2000, 2000, (50, 36)).astype(np.int16)
    for options in ({}, {"numeric": "int8", "calibration": X[:30]}):
        converted = emlearn.convert(model, input="int16", input_scale=0.001, input_offset=0.25, **options)
        assert type(converted.record).__name__ in ("Network", "IntegerNetwork")
        assert converted.verify(X).ok


def test_zeros_of_padding_are_features_not_raw_values():
    model = sequential(L.Conv1D(4, 3, padding="same"), L.Flatten(), L.Dense(2))
    X = np.random.default_rng(0).integers(0, 255, (20, 36)).astype(np.uint8)
    assert emlearn.convert(model, input="uint8", input_scale=0.01, input_offset=-1.0).verify(X).ok


def test_auto_takes_the_smallest_that_keeps_the_classes():
    model = network(3, two=False, output="softmax")
    X = rows_for(model, 60, 1)
    converted = emlearn.convert(model, numeric="auto", calibration=X)
    found = getattr(converted.record, "numeric", "float")

    def kept(numeric: str) -> float:
        """Of each half of the rows, by the integers that the other half makes."""
        return held_out(lambda rows: emlearn.convert(model, numeric=numeric, calibration=rows).record, calibration_of, X)

    assert found == next((numeric for numeric in ("int8", "int16") if kept(numeric) >= 0.99), "float")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: L.LSTM(3), r"layer 0 \(LSTM 'lstm.*'\) has no kernel; supported layers: Dense,"),
        (lambda: L.Conv1D(3, 2, activation="gelu"), r"layer 0 \(Conv1D .*\) has activation 'gelu'.*supported: linear, relu"),
        (lambda: L.Conv1D(3, 2, groups=3), r"groups=3; nearest supported: groups=1 or a depthwise"),
        (lambda: L.BatchNormalization(axis=1), r"axis=1; nearest supported: the last one"),
        (lambda: L.ReLU(threshold=0.5), r"threshold.*nearest supported: max_value or negative_slope"),
        (lambda: L.Conv1D(3, 2, data_format="channels_first"), r"data_format='channels_first'; nearest supported: 'channels_last'"),
        (lambda: L.Softmax(), r"softmax of \(1, 12, 3\) values"),
    ],
)
def test_what_has_no_kernel_is_refused_by_name(layer, message):
    with pytest.raises(UnsupportedError, match=message):
        emlearn.convert(sequential(layer(), L.Flatten(), L.Dense(2)))


def test_branches_several_inputs_and_dynamic_shapes_are_refused():
    inputs = keras.Input((8,))
    a, b = L.Dense(4)(inputs), L.Dense(4)(inputs)
    with pytest.raises(UnsupportedError, match=r"Add.*branches have no kernel|does not take the answer of the layer before alone"):
        emlearn.convert(keras.Model(inputs, L.Add()([a, b])))
    other = keras.Input((8,))
    with pytest.raises(UnsupportedError, match="has 2 inputs: it must have one"):
        emlearn.convert(keras.Model([inputs, other], L.Dense(1)(L.Add()([inputs, other]))))
    with pytest.raises(UnsupportedError, match=r"input shape \(None, 3\) is not fixed"):
        emlearn.convert(sequential(L.Conv1D(2, 2), L.GlobalMaxPooling1D(), L.Dense(2), shape=(None, 3)))
    with pytest.raises(UnsupportedError, match="is not built"):
        emlearn.convert(keras.Sequential([L.Dense(2)]))


def test_weights_that_are_not_finite_and_bad_calibration_are_refused():
    model = sequential(L.Conv1D(2, 2), L.Flatten(), L.Dense(2))
    kernel, bias = model.layers[0].get_weights()
    kernel[0, 0, 0] = np.nan
    model.layers[0].set_weights([kernel, bias])
    with pytest.raises(InvalidInputError, match=r"layer 0 \(Conv1D 'conv1d.*'\).weights has 1 values that are not finite"):
        emlearn.convert(model)
    model = sequential(L.Conv1D(2, 2), L.Flatten(), L.Dense(2))
    with pytest.raises(InvalidInputError, match="needs calibration="):
        emlearn.convert(model, numeric="int8")
    with pytest.raises(InvalidInputError, match="the same values in all rows"):
        emlearn.convert(model, numeric="int8", calibration=np.zeros((3, 36)))
    with pytest.raises(InvalidInputError, match="has 35 features"):
        emlearn.convert(model, numeric="int8", calibration=np.zeros((3, 35)))
    with pytest.raises(UnsupportedError, match="elu has no kernel in integers; nearest supported: leaky_relu"):
        emlearn.convert(sequential(L.Conv1D(2, 2), L.ELU(), L.Flatten(), L.Dense(2)), numeric="int8", calibration=np.eye(36))
