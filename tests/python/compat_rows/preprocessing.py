"""The rows on the Quantizer; the numbers are what 0.23.2 gives.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pandas as pd
import pytest
from emlearn import convert
from emlearn.compat import CompatibilityWarning
from emlearn.preprocessing import Quantizer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .common import IRIS, SPECIES, X, Y, row


@row('Quantizer(max_quantile=0.0001, max_value=None, out_max=None, dtype="int16")')
def _() -> None:
    quantizer = Quantizer()
    assert quantizer.get_params() == {"max_quantile": 0.0001, "max_value": None, "out_max": None, "dtype": "int16"}
    for bad in (
        {"max_value": 0},
        {"max_value": np.nan},
        {"max_quantile": 0.5},
        {"out_max": 40000},
        {"out_max": 0},
        {"dtype": "int16_t"},
        {"dtype": "U3"},
    ):
        with pytest.raises(emlearn.InvalidInputError, match=next(iter(bad))):
            Quantizer(**bad).fit(X)


@row("quantizer.scale_")
def _() -> None:
    for arguments, scale in (
        ({}, 2520.5384615384614),
        ({"max_quantile": None}, 2520.5384615384614),
        ({"max_value": 10.0}, 3276.7),
        ({"dtype": "int8"}, 9.76923076923077),
        ({"out_max": 100}, 7.6923076923076925),
        ({"dtype": "float32", "out_max": 1.0}, 0.07692307692307693),
    ):
        assert Quantizer(**arguments).fit(X - 3).scale_ == pytest.approx(scale, rel=1e-15)
    outlier = np.append(np.linspace(-1, 1, 30000), 1000.0).reshape(-1, 1)
    assert Quantizer().fit(outlier).scale_ > 32767 / 1.1
    assert Quantizer(max_quantile=None).fit(outlier).scale_ == 32.767
    assert Quantizer().fit(np.zeros((3, 2))).scale_ == 1


@row("quantizer.transform(X)")
def _() -> None:
    values = np.array([[0.99999, -0.99999, 0.5, 1.7, -1.7]])
    out = Quantizer(max_value=1.0).fit(values).transform(values)
    assert out.dtype == np.int16
    assert out.tolist() == [[32766, -32766, 16383, 32767, -32767]]
    for dtype, most in (("int32", 2**31 - 1), ("int64", 2**63 - 1)):
        assert Quantizer(max_value=3.0, dtype=dtype).fit_transform([[3.0, -3.0, 5.0]]).tolist() == [[most, -most, most]]
    with pytest.warns(UserWarning, match=r"negative values.*dtype='int8'"):
        unsigned = Quantizer(dtype="uint8").fit([[1.0, -1.0]])
    assert unsigned.transform([[1.0, -0.5]]).tolist() == [[255, 0]]
    with pytest.raises(ValueError, match="NaN"):
        unsigned.transform([[1.0, np.nan]])
    kept, y = unsigned.transform(values[:, :2], SPECIES[:1])
    assert kept.shape == (1, 2) and y is not None


@row("quantizer.inverse_transform(X)")
def _() -> None:
    quantizer = Quantizer().fit(X - 3)
    back = quantizer.inverse_transform(quantizer.transform(X - 3))
    assert back.dtype == np.float64
    inside = np.abs(X - 3) * quantizer.scale_ <= 32767
    assert np.abs(back - (X - 3))[inside].max() <= 1 / quantizer.scale_


@row("quantizer.transform(frame)")
def _() -> None:
    frame = pd.DataFrame(IRIS, columns=["a", "b", "c", "d"])
    quantizer = Quantizer().fit(frame)
    assert isinstance(quantizer.transform(frame), np.ndarray)
    out = quantizer.set_output(transform="pandas").transform(frame)
    assert list(out.columns) == ["a", "b", "c", "d"] and set(out.dtypes) == {np.dtype("int16")}


@row('convert(make_pipeline(Quantizer(), forest).fit(X, y)[-1], dtype="int16_t")')
def _() -> None:
    pipeline = make_pipeline(StandardScaler(), Quantizer(), RandomForestClassifier(5, random_state=0)).fit(X, Y)
    with pytest.warns(CompatibilityWarning):
        model = convert(pipeline[-1], dtype="int16_t")
    np.testing.assert_array_equal(model.predict(pipeline[:-1].transform(X)), pipeline.predict(X))
    with pytest.raises(emlearn.UnsupportedError, match="Quantizer"):
        convert(pipeline)
