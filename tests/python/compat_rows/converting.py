"""The rows on convert.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings

import emlearn
import numpy as np
import pytest
from emlearn import convert
from emlearn.compat import CompatibilityWarning
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeClassifier

from .common import FOREST, FOREST_VALUES, IRIS, SPECIES, X, Y, mlp, row, same, warned


@row("convert(est)")
def _() -> None:
    model = convert(FOREST)
    assert model.input.dtype == "float32"
    same(model, FOREST, X)
    same(convert(FOREST_VALUES), FOREST_VALUES, IRIS)


@row('convert(est, method="inline")')
def _() -> None:
    with warned("int16_t without dtype=", "compared with <", "voted for one class", "optimize='speed'"):
        model = convert(FOREST, method="inline")
    assert model.save() == convert(FOREST, optimize="speed").save()
    with pytest.raises(emlearn.InvalidInputError, match="means optimize='speed', but optimize='size'"):
        convert(FOREST, method="inline", optimize="size")


@row('convert(est, method="loadable")')
def _() -> None:
    with warned("optimize='balanced'"):
        model = convert(FOREST, method="loadable", dtype="float")
    assert model.save() == convert(FOREST).save()
    with pytest.raises(emlearn.InvalidInputError, match=r"'inline'.*'loadable'"):
        convert(FOREST, method="compiled")


@row('convert(est, method="pymodule")')
def _() -> None:
    with warned("optimize='balanced'"):
        assert convert(FOREST, method="pymodule").save() == convert(FOREST).save()


@row('convert(est, dtype="float")')
def _() -> None:
    with warned("six decimals", "compared with <", "input='float32'"):
        model = convert(FOREST_VALUES, dtype="float")
    assert model.input.dtype == "float32"
    same(model, FOREST_VALUES, IRIS)  # 0.23.2 was off by up to 22 here


@row('convert(est, dtype="double")')
def _() -> None:
    with warned("input='float64'"):
        model = convert(FOREST, dtype="double")
    assert model.input.c_type == "double"
    same(model, FOREST, X)


@row('convert(est, dtype="int16_t")')
def _() -> None:
    for dtype in ("int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "int16", np.int16):
        with warned("cut features and thresholds", "whole raw values"):
            model = convert(FOREST, dtype=dtype)
        assert model.input.c_type == (dtype if str(dtype).endswith("_t") else "int16_t")
        same(model, FOREST, X)
    with pytest.raises(emlearn.InvalidInputError, match=r"X\[0, 0\] = 0.5 is no int32"), pytest.warns(CompatibilityWarning):
        convert(FOREST, dtype="int32_t").predict(X + 0.5)
    with pytest.raises(emlearn.InvalidInputError, match=r"dtype='int64_t'.*choose one of float"):
        convert(FOREST, dtype="int64_t")
    with pytest.raises(emlearn.InvalidInputError, match="dtype='int16_t' means input='int16', but input='int8'"):
        convert(FOREST, dtype="int16_t", input="int8")


@row('convert(mlp, dtype="int16_t")')
def _() -> None:
    estimator = mlp()
    with warned("ignored dtype= for MLPClassifier", "takes int16_t"):
        model = convert(estimator, dtype="int16_t")
    assert model.input.dtype == "int16"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        convert(estimator, dtype="float")


@row("convert(est, leaf_bits=0)")
def _() -> None:
    with warned("each of its trees voted", "leaf_bits=0", "averaged"):
        model = convert(FOREST, leaf_bits=0)
    assert model.save() == convert(FOREST).save()
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, Y)
    with warned("predict_proba gave 0 or 1"):
        np.testing.assert_allclose(convert(tree, leaf_bits=0).predict_proba(X), tree.predict_proba(X), rtol=0, atol=1e-6)


@row("convert(est, leaf_bits=8)")
def _() -> None:
    for bits in (1, 3, 8, 32):
        with warned("rounded thresholds"):
            model = convert(FOREST, dtype="float", leaf_bits=bits)
        assert model.save() == convert(FOREST, leaf_bits=bits).save()
        assert model.verify(X).ok
    same(convert(FOREST, leaf_bits=32), FOREST, X)
    same(convert(FOREST_VALUES, leaf_bits=32), FOREST_VALUES, IRIS)
    with warned("leaf_bits=8 changes nothing", "GaussianNB has no leaves"):
        convert(GaussianNB().fit(IRIS, SPECIES), leaf_bits=8)
    for bits in (-1, 17, "8"):
        with pytest.raises(emlearn.InvalidInputError, match=r"leaf_bits=.*leave it out"):
            convert(FOREST, leaf_bits=bits)


@row('convert(est, kind="RandomForestClassifier")')
def _() -> None:
    class Renamed(RandomForestClassifier):
        pass

    estimator = Renamed(3, random_state=0).fit(IRIS, SPECIES)
    same(convert(estimator, kind="RandomForestClassifier"), estimator, IRIS)
    with pytest.raises(emlearn.InvalidInputError, match="kind='RandomForestClassifier', but GaussianNB"):
        convert(GaussianNB().fit(IRIS, SPECIES), kind="RandomForestClassifier")


@row('convert(mlp, return_type="regressor")')
def _() -> None:
    estimator = mlp(MLPRegressor)
    assert convert(estimator, return_type="regressor").save() == convert(estimator).save()
    with pytest.raises(emlearn.InvalidInputError, match="MLPRegressor is a regressor"):
        convert(estimator, return_type="classifier")
    with pytest.raises(emlearn.InvalidInputError, match=r"RandomForestClassifier is a classifier: .*predict_proba"):
        convert(FOREST, return_type="regressor")


@row("convert(mlp, use_fixedpoint=True)")
def _() -> None:
    estimator = mlp()
    with pytest.raises(emlearn.UnsupportedError, match=r"use_fixedpoint=True.*leave it out"):
        convert(estimator, use_fixedpoint=True)
    convert(estimator, use_fixedpoint=False)


@row('convert(est, None, "inline", "float")')
def _() -> None:
    with pytest.raises(TypeError, match="positional"):
        convert(FOREST, None, "inline", "float")  # type: ignore[misc]


@row("convert(elliptic_envelope)")
def _() -> None:
    envelope = EllipticEnvelope(random_state=0).fit(IRIS)
    assert np.array_equal(convert(envelope).predict(IRIS), envelope.predict(IRIS))
