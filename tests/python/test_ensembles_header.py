"""Emitted headers of ensembles: the kernels' answers from every record and link, on compilers old and new; damage refused by them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomTreesEmbedding,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from test_trees_header import HOST, change, compile, source, wrapper


def categories() -> tuple[np.ndarray, np.ndarray]:
    """Two features that are categories, one that is a number, and what depends on all."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 12, 300), rng.integers(-50, 50, 300), rng.choice([-3, 2, 7, 100], 300)]).astype(float)
    return X, (X[:, 0] % 3 == 1) * 2.0 + X[:, 1] / 50 + (X[:, 2] == 7) * 3


@functools.cache
def models() -> dict[str, tuple[emlearn.Model, np.ndarray]]:
    X, y = load_iris(return_X_y=True)
    XR, yr = load_diabetes(return_X_y=True)
    XC, yc = categories()
    hist = {"max_iter": 4, "random_state": 0}
    made: dict[str, tuple[Any, np.ndarray, dict[str, Any]]] = {
        "softmax": (GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, y), X, {}),
        "on_bytes": (GradientBoostingClassifier(n_estimators=4, random_state=0).fit(np.rint(10 * X), y), 10 * X, {"input": "uint8"}),
        "exponential": (GradientBoostingClassifier(n_estimators=4, loss="exponential", random_state=0).fit(X, y > 0), X, {}),
        "values": (GradientBoostingRegressor(n_estimators=4, random_state=0).fit(XR, yr), XR, {}),
        "logistic": (HistGradientBoostingClassifier(**hist).fit(X, y > 1), X, {"input": "float64"}),
        "poisson": (HistGradientBoostingRegressor(loss="poisson", **hist).fit(XR, yr), XR, {}),
        "categories": (HistGradientBoostingRegressor(categorical_features=[0, 2], **hist).fit(XC, yc), XC, {"input": "int8"}),
        "categories_nan": (HistGradientBoostingClassifier(categorical_features=[0, 2], **hist).fit(XC, yc > 2), XC, {}),
        "isolation": (IsolationForest(n_estimators=5, contamination=0.1, random_state=0).fit(X), X, {}),
        "votes": (AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=5, random_state=0).fit(X, y), X, {}),
        "two_votes": (AdaBoostClassifier(n_estimators=5, random_state=0).fit(X, y > 1), X, {}),
        "median": (AdaBoostRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=5, random_state=0).fit(XR, yr), XR, {}),
        "columns": (RandomTreesEmbedding(n_estimators=3, max_depth=2, random_state=0).fit(X), X, {}),
    }
    result = {}
    for name, (estimator, rows, arguments) in made.items():
        model = emlearn.convert(estimator, **arguments)
        result[name] = model, model.input.check(np.rint(rows) if arguments.get("input", "float")[0] in "iu" else rows)
    return result


MODES = [(compiler, "balanced") for compiler in HOST] + [("g++ c++11", "speed"), ("clang++ c++20", "size")]


@pytest.mark.parametrize(("compiler", "optimize"), MODES)
def test_answers_of_the_compiled_headers(compiler: str, optimize: str, tmp_path: Path) -> None:
    text = "".join(f'#include "{name}.hpp"\n' for name in models())
    for name, (model, _) in models().items():
        model.again(optimize=optimize).save(tmp_path / f"{name}.hpp")
        text += wrapper(name, model)
    assert not compile(HOST[compiler], source(tmp_path, "", text), "-shared", "-fPIC", "-o", "all.so")
    library = ctypes.CDLL(str(tmp_path / "all.so"))
    for name, (model, raw) in models().items():
        for op in model.record.ops:
            kernel = model.answer(op, raw)
            got = np.empty_like(kernel)
            call = getattr(library, f"{name}_{op}")
            call(raw.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(raw)), got.ctypes.data_as(ctypes.c_void_p))
            if kernel.dtype == np.int32:
                np.testing.assert_array_equal(got, kernel, err_msg=f"{name} {op}")
            else:  # constant folding and fused operations may round otherwise
                np.testing.assert_allclose(got, kernel, rtol=1e-6, atol=1e-7, err_msg=f"{name} {op}")


DAMAGE = [
    ("softmax", "nodes", 2, 63, "the nodes are damaged"),
    ("categories", "categorical", 0, 3, "the categories are damaged"),
    ("categories", "categorical", 1, 5, "the categories are damaged"),
    ("categories", "plain", 0, 3, "the categories are damaged"),
]


@pytest.mark.parametrize(("name", "table", "at", "value", "message"), DAMAGE)
def test_damaged_tables_do_not_compile(name: str, table: str, at: int, value: int, message: str, tmp_path: Path) -> None:
    text = models()[name][0].save(name="m")
    complaint = compile(["g++", "-std=c++14"], source(tmp_path, change(text, table, at, value)))
    assert f"{message}: convert the model again" in complaint
    assert not compile(["g++", "-std=c++14"], source(tmp_path, text)), "the undamaged twin compiles"


def test_a_class_of_integers_needs_no_float(tmp_path: Path) -> None:
    """What decides a class for integer input is linked without a single float function."""
    text = models()["on_bytes"][0].save(name="m")
    file = source(tmp_path, text, 'extern "C" int f(const uint8_t* x);\nint f(const uint8_t* x) { return m::predict(x); }\n')
    options = ("-mcpu=cortex-m0plus", "-mthumb", "-Os", "-S", "-o", str(tmp_path / "m.s"))
    assert not compile(["arm-none-eabi-g++", "-std=c++14"], file, *options)
    assembly = (tmp_path / "m.s").read_text()
    assert "__aeabi_f" not in assembly and "expf" not in assembly and "__aeabi_i2f" not in assembly
