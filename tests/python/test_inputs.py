"""What a model takes: types, units, missing values, the columns of tables; everything else is refused in words.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re

import emlearn
import numpy as np
import pandas as pd
import pytest
from emlearn import InvalidInputError
from emlearn.inputs import C_TYPES, Input
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

INTEGERS = [dtype for dtype in C_TYPES if "int" in dtype]
X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] + X[:, 1] > 0).astype(int)
TREE = DecisionTreeClassifier(random_state=0).fit(X, y)
FRAME = pd.DataFrame(X, columns=["ax", "ay", "az"])
NAMED = DecisionTreeClassifier(random_state=0).fit(FRAME, y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input": "float16"}, "input='float16' is not a type of raw features: choose one of float32"),
        ({"input": "int64"}, "choose one of"),
        ({"input": None}, "choose one of"),
        ({"input_scale": 0}, "input_scale has a zero"),
        ({"input_scale": [1, 0, 1]}, "input_scale has a zero"),
        ({"input_scale": [1, 2]}, r"input_scale has shape \(2,\): give one number, or one per feature \(3\)"),
        ({"input_offset": [[1, 2, 3]]}, "input_offset has shape"),
        ({"input_offset": "ten"}, "input_offset='ten' is not a number"),
        ({"input_scale": np.nan}, "input_scale must be finite"),
        ({"input_offset": [0, 0, np.inf]}, "input_offset must be finite"),
        ({"missing": 0}, "missing=0 goes with integer input: with input='float32' a missing value is NaN"),
        ({"input": "int8", "missing": 128}, r"missing=128 is not a value of int8 \(-128 to 127\)"),
        ({"input": "uint8", "missing": -1}, "missing=-1 is not a value of uint8"),
        ({"input": "int16", "missing": 1.5}, "missing=1.5 is not a value of int16"),
        ({"input": "int16", "missing": True}, "missing=True is not a value of int16"),
    ],
)
def test_impossible_arguments(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        emlearn.convert(TREE, **arguments)


@pytest.mark.parametrize("dtype", [np.int16, np.dtype("int16"), "int16"])
def test_a_type_may_be_numpys(dtype):
    assert Input.make(dtype, n_features=2).c_type == "int16_t"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[0], r"X must have 2 dimensions \(n_samples, n_features\), not 1: use X.reshape\(1, -1\)"),
        (X[None], "X must have 2 dimensions"),
        (X[:, :2], "X has 2 features, but the model was fitted with 3"),
        (np.zeros((2, 4)), "X has 4 features"),
        ([["a", "b", "c"]], "X holds values that are not numbers"),
        ([["1", "2", "3"]], "X holds values that are not numbers"),
        (np.zeros((1, 3), dtype=complex), "X holds values that are not numbers"),
        (np.zeros((1, 3), dtype="M8[s]"), "X holds values that are not numbers"),
        (np.array([[1, 2, "x"]], dtype=object), "X holds values that are not numbers"),
        ([[1, 2, 3], [1, 2]], "X has rows of different lengths: give 3 values in each"),
    ],
)
def test_rows_of_another_kind(rows, message):
    model = emlearn.convert(TREE)
    for call in (model.predict, model.predict_proba, model.verify):
        with pytest.raises(InvalidInputError, match=message):
            call(rows)


def test_a_sparse_matrix_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(InvalidInputError, match=r"sparse matrix.*X\.toarray\(\)"):
        emlearn.convert(TREE).predict(sparse.csr_matrix(X))


def test_masks_are_not_ignored():
    high = X > 1
    tree = DecisionTreeClassifier(random_state=0).fit(np.where(high, np.nan, X), y)
    rows, counts = np.ma.masked_array(X, high), np.ma.masked_array(np.rint(X).astype(np.int16), high)
    first = f"X[{', '.join(map(str, np.argwhere(high)[0]))}]"
    floats, marked = emlearn.convert(tree), emlearn.convert(tree, input="int16", missing=-9)
    unmarked = emlearn.convert(TREE, input="int16")
    for model, masked, way in (
        (floats, rows, "X.filled(numpy.nan)"),
        (marked, counts, "X.filled(-9)"),
        (unmarked, counts, "X.filled(v), v being the value of convert(missing=v)"),
    ):
        for call in (model.predict, model.verify):
            with pytest.raises(InvalidInputError, match=re.escape(f"{first} is masked, and a device sees no masks: pass {way}")):
                call(masked)
    assert marked.verify(counts.filled(-9)).ok and floats.verify(rows.filled(np.nan)).ok
    assert np.array_equal(floats.predict(np.ma.masked_array(X)), floats.predict(X)), "nothing is masked"
    with pytest.raises(InvalidInputError, match="y is a masked array"):
        floats.verify(X, np.ma.masked_array(y, y == 1))


def test_columns_are_checked_by_name_and_order():
    model = emlearn.convert(NAMED)
    assert np.array_equal(model.predict(FRAME), NAMED.predict(FRAME))
    assert np.array_equal(model.predict(X), NAMED.predict(FRAME)), "a plain array has no names to check"
    with pytest.raises(InvalidInputError, match=r"another order than the model was fitted with: pass X\[model\.feature_names_in_\]"):
        model.predict(FRAME[["ay", "ax", "az"]])
    assert np.array_equal(model.predict(FRAME[["ay", "ax", "az"]][model.feature_names_in_]), NAMED.predict(FRAME))
    assert not hasattr(emlearn.convert(TREE), "feature_names_in_")
    with pytest.raises(InvalidInputError, match=r"missing: az; not seen in training: gx"):
        model.predict(FRAME.rename(columns={"az": "gx"}))
    with pytest.raises(InvalidInputError, match=r"not seen in training: label"):
        model.predict(FRAME.assign(label=1))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_raw_values_must_be_values_of_the_integer_type(dtype):
    limits = np.iinfo(dtype)
    source = Input.make(dtype, n_features=1)
    good = np.array([[limits.min], [limits.max], [0]])
    for rows in (good, good.astype(np.float64), good.astype(dtype)):
        assert source.check(rows).dtype == dtype and np.array_equal(source.check(rows), good)
    for beyond in (limits.min - 1, limits.max + 1):
        for rows in ([[0], [beyond]], [[0.0], [float(beyond)]]):
            with pytest.raises(InvalidInputError, match=rf"X\[1, 0\] = .* does not fit {dtype}.*wider input="):
                source.check(rows)
    for broken in (0.5, np.nan, np.inf, -np.inf):
        with pytest.raises(InvalidInputError, match=rf"X\[1, 0\] = .* is no {dtype}: X holds the raw values"):
            source.check([[0.0], [broken]])


def test_raw_unsigned_64_bit_values_do_not_wrap():
    with pytest.raises(InvalidInputError, match="does not fit int32"):
        Input.make("int32", n_features=1).check(np.array([[2**63]], dtype=np.uint64))


@given(
    dtype=st.sampled_from(INTEGERS),
    scale=st.floats(-1e3, 1e3).filter(lambda value: abs(value) > 1e-6),
    offset=st.floats(-1e6, 1e6),
    data=st.data(),
)
def test_features_are_raw_times_scale_plus_offset_in_float64(dtype, scale, offset, data):
    limits = np.iinfo(dtype)
    raw = np.array(data.draw(st.lists(st.integers(limits.min, limits.max), min_size=1, max_size=5)), dtype=dtype)[:, None]
    missing = int(raw[0, 0])
    features = Input.make(dtype, scale, offset, missing, n_features=1).features(raw)
    assert features.dtype == np.float64
    for value, feature in zip(raw[:, 0].tolist(), features[:, 0].tolist()):
        assert np.isnan(feature) if value == missing else feature == value * scale + offset


def test_float_rows_keep_their_bits_and_are_not_changed():
    rows = np.array([[np.nan, -0.0, 1e-45], [np.inf, -np.inf, 1e30]], dtype=np.float32)
    before = rows.tobytes()
    assert Input.make("float32", n_features=3).check(rows).tobytes() == before == rows.tobytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_in_any_memory_order_and_view(order):
    model = emlearn.convert(TREE)
    wide = np.asarray(np.repeat(X, 2, axis=1), order=order)[::-1, ::2]
    assert np.array_equal(model.predict(wide), TREE.predict(wide))
    for same in (X.tolist(), X.astype(object), X.astype(np.longdouble)):
        assert np.array_equal(model.predict(same), TREE.predict(X))
    wide.flags.writeable = False
    assert np.array_equal(model.predict(wide), TREE.predict(wide))
