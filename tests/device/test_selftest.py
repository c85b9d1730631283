"""The firmware self-test: right headers pass on every compiler and chip, damaged ones name the row, bad rows are refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import shutil
import warnings

import emlearn
import numpy as np
import pytest
from cases import CASES
from emlearn import InvalidInputError, targets
from emlearn.selftest import MAX_TABLE_BYTES
from handmade import handmade
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import MinMaxScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

CLANG = next((name for name in ("clang++-16", "clang++") if shutil.which(name)), "clang++")
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"]
#: The compiler refuses most damage already; here the device is to find it.
UNCHECKED = ["-DEMLEARN_CHECK_TABLES=0", "-DEMLEARN_CHECK_GOLDEN=0"]


def saved(model: emlearn.Model, rows: np.ndarray, **options) -> str:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="self_test.*not compared")
        return model.save(name="chip", self_test=rows, **options)


def answer(text: str, model: emlearn.Model, target: str = "host", **options) -> int:
    """What self_test() of a header returns."""
    ask = f"\nnamespace model {{ inline int predict(const {model.input.c_type}*) {{ return chip::self_test(); }} }}\n"
    firmware = handmade(text + ask, kind="classifier", dtype=model.input.dtype, n_features=1)
    return int(targets.run(target, firmware, np.zeros((1, 1)), **options)["predict"][0, 0])


def spread(X: np.ndarray, count: int) -> np.ndarray:
    return X[np.linspace(0, len(X) - 1, count).astype(int)]


@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_model_passes_on_the_host(name):
    model, X = CASES[name]()
    assert answer(saved(model, spread(X, 12)), model, std="c++11", flags=[*STRICT, "-fsanitize=address,undefined"]) == -1


@pytest.mark.parametrize("compiler, std", [("g++", "gnu++11"), ("g++", "c++14"), ("g++", "c++23"), (CLANG, "c++11"), (CLANG, "c++20")])
@pytest.mark.parametrize("name", ["tree with missing values", "forest on bytes", "multilabel network", "mixture"])
def test_every_standard_without_a_warning(name, compiler, std):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: tools/setup_system.sh")
    model, X = CASES[name]()
    assert answer(saved(model, spread(X, 6)), model, compiler=compiler, std=std, flags=STRICT) == -1


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega328p", "cortex-m0plus"])
@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_model_passes_on_chips(name, chip, installed):
    installed(chip)
    model, X = CASES[name]()
    assert answer(saved(model, spread(X, 6)), model, chip, flags=["-Wall", "-Wextra", "-Werror"]) == -1


def test_one_header_that_needs_no_other_file(tmp_path):
    model, X = CASES["forest on integers"]()
    text = model.save(tmp_path / "chip.hpp", self_test=spread(X, 8), bundle=True)
    assert "#include <emlearn" not in text and '#include "' not in text
    assert (tmp_path / "chip.hpp").read_text() == text
    assert answer(text, model, flags=STRICT) == -1


def test_two_translation_units():
    model, X = CASES["forest on integers"]()
    text = saved(model, spread(X, 8))
    second = '#include "model.hpp"\nint second();\nint second() { return chip::self_test(); }\n'
    assert answer(text, model, flags=STRICT, extra={"second.cpp": second}) == -1


def swap(text: str, table: str, position: int, value: str) -> str:
    """The header with one element of a table replaced."""
    start = re.search(rf"\b{table}\[\d+\] EMLEARN_FLASH = {{\n", text).end()
    end = text.index("}", start)
    values = text[start:end].split(",")
    assert values[position].strip() != value
    values[position] = value
    return text[:start] + ",".join(values) + text[end:]


def literals(text: str, table: str) -> list[str]:
    """The elements of a table, without their suffix."""
    body = re.search(rf"\b{table}\[\d+\] EMLEARN_FLASH = {{([^}}]*)}}", text)[1]
    return [value.strip().rstrip("f") for value in body.split(",")]


def test_a_wrong_answer_tells_its_row():
    X, y = load_iris(return_X_y=True)
    model, rows = emlearn.convert(GaussianNB().fit(X, y)), spread(X, 9)
    text, proba = saved(model, rows), model.estimator.predict_proba(rows.astype(np.float32))
    assert answer(text, model) == -1
    for row in (0, 4, 8):
        assert answer(swap(text, "predict_answers", row, str((int(model.predict(rows[row : row + 1])[0]) + 1) % 3)), model) == row
        other = f"{proba[row, 1] + 0.01:.9g}f"
        assert answer(swap(text, "predict_proba_answers", 3 * row + 1, other), model) == row
        assert answer(swap(text, "predict_proba_answers", 3 * row + 1, '__builtin_nanf("")'), model) == row


@pytest.mark.parametrize("target", ["host", "avr-atmega328p", "cortex-m0plus"])
def test_a_damaged_table_tells_the_first_row_that_it_changes(target, installed):
    installed(target)
    X, y = load_diabetes(return_X_y=True)
    model, rows = emlearn.convert(DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, y)), X[:40]
    text, values = saved(model, rows), model.predict(rows)
    assert answer(text, model, target) == -1
    stored = literals(text, "values")
    leaf = next(k for k, value in enumerate(stored) if np.float32(value) in values[5:] and np.float32(value) not in values[:5])
    first = int(np.flatnonzero(values == np.float32(stored[leaf]))[0])
    damaged = swap(text, "values", leaf, f"{np.nextafter(np.nextafter(np.float32(stored[leaf]), np.float32(9e9)), np.float32(9e9)):.9g}f")
    assert answer(damaged, model, target, flags=UNCHECKED) == first


@pytest.mark.parametrize("target", ["host", "avr-atmega328p"])
def test_rows_answers_and_bounds_that_are_not_finite(target, installed):
    """A scaler passes NaN on; a float cannot hold the square of 1e38, so such a row is not compared."""
    installed(target)
    X = np.array([[0.0, -0.0, 1e-42], [1.0, np.nan, 4.0], [2.0, 5.0, np.nan]], dtype=np.float32)
    model = emlearn.convert(MinMaxScaler().fit(np.nan_to_num(X)))
    text = saved(model, X)
    assert answer(text, model, target) == -1
    assert answer(swap(text, "transform_answers", 4, "0.25f"), model, target) == 1
    assert answer(swap(text, "transform_answers", 6, '__builtin_nanf("")'), model, target) == 2
    iris, y = load_iris(return_X_y=True)
    fitted = MLPClassifier((4,), solver="lbfgs", random_state=0).fit(iris, y)
    fitted.coefs_[0][:, 0] = 3.0
    network, rows = emlearn.convert(fitted), np.vstack([iris[:2], np.full((1, 4), 1e38)])
    with pytest.warns(UserWarning, match=r"self_test\(\): the class of row 2 is not compared"):
        text = network.save(name="chip", self_test=rows)
    assert "__builtin_inff()" in text and answer(text, network, target) == -1
    with pytest.warns(UserWarning, match="not compared"), pytest.raises(InvalidInputError, match="no row has an answer"):
        network.save(self_test=rows[2:])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int16", "uint16", "int8", "uint8"])
def test_every_type_of_input_and_more_classes_than_a_byte_holds(dtype):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 120, size=(600, 3))
    model = emlearn.convert(RandomForestClassifier(3, random_state=0).fit(X, np.arange(600) // 2 % 300 + 7), input=dtype)
    text = saved(model, X[:25])
    assert "int16_t predict_answers[25]" in text
    assert answer(text, model, std="c++11", flags=STRICT) == -1


def test_ties_are_not_compared_and_a_row_keeps_its_index():
    """Four rows, two of each class, and trees that were trained on one row each: two against two is a tie."""
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    forests = (RandomForestClassifier(4, random_state=seed).fit(X, y) for seed in range(99))
    forest = next(forest for forest in forests if np.any(forest.predict_proba(X)[:, 0] == 0.5))
    tied = np.flatnonzero(forest.predict_proba(X)[:, 0] == 0.5)
    model = emlearn.convert(forest)
    with pytest.warns(UserWarning, match=rf"the class of row {', '.join(map(str, tied))} is not compared"):
        text = model.save(name="chip", self_test=X)
    assert [k for k, value in enumerate(literals(text, "predict_answers")) if value == "-128"] == tied.tolist()
    assert answer(text, model) == -1
    clear = next(k for k in range(3, -1, -1) if k not in tied)
    assert answer(swap(text, "predict_answers", clear, str(1 - forest.predict(X)[clear])), model) == clear


def test_features_named_like_what_the_function_uses():
    import pandas as pd

    X, y = load_iris(return_X_y=True)
    X = pd.DataFrame(X, columns=["self_test", "golden_row", "golden", "golden_index"])
    model = emlearn.convert(DecisionTreeClassifier(random_state=0).fit(X, y))
    assert answer(saved(model, X[:5]), model, flags=STRICT) == -1


def test_nothing_is_added_where_it_is_not_asked_for():
    model, _ = CASES["network"]()
    assert "self_test" not in model.save().replace("golden", "")


def test_bad_rows(tmp_path):
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(RandomForestRegressor(3, max_depth=4, random_state=0).fit(X, y))
    most = MAX_TABLE_BYTES // (64 * 4)
    assert model.save(self_test=X[:most])
    with pytest.raises(InvalidInputError, match=rf"1797 rows, whose table 'rows' would have 460032 bytes.*give at most {most} rows"):
        model.save(tmp_path / "chip.hpp", self_test=X)
    with pytest.raises(InvalidInputError, match="self_test= has no rows"):
        model.save(tmp_path / "chip.hpp", self_test=X[:0])
    with pytest.raises(InvalidInputError, match="X has 3 features, but the model was fitted with 64"):
        model.save(tmp_path / "chip.hpp", self_test=X[:2, :3])
    alone = emlearn.Model(model.record, model.head, model.input)
    with pytest.raises(InvalidInputError, match="this model has none"):
        alone.save(self_test=X[:2])
    assert not list(tmp_path.iterdir())


def test_a_model_that_differs_from_its_estimator_is_not_saved():
    X, y = load_diabetes(return_X_y=True)
    one, other = (DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, y) for depth in (3, 4))
    model = emlearn.convert(one)
    model.estimator = other
    with pytest.raises(InvalidInputError, match=r"answers otherwise than its estimator \(rows \d+"):
        model.save(self_test=X[:20])
