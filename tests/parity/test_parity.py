"""Every supported class against scikit-learn on real data: all rows, on the host's kernels, and for some in the compiled header.

A family adds its cases as ``cases/<family>.py``; nothing here names a family.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
import skops.io
from emlearn.modelfiles import SKLEARN_TYPES
from emlearn.registry import FAMILIES, ask, readers
from emlearn.report.verify import as_fitted
from sklearn.base import BaseEstimator
from skops.io.exceptions import UnsupportedTypeException

SEEDS = range(5) if os.environ.get("EMLEARN_CAMPAIGN", "0") == "1" else (0,)


def _modules() -> dict[str, Any]:
    modules = {}
    for path in sorted((Path(__file__).parent / "cases").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"parity_cases_{path.stem}", path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        modules[path.stem] = module
    return modules


MODULES = _modules()
CASES: dict[str, Callable[[int], tuple[BaseEstimator, np.ndarray]]] = {
    f"{stem}: {name}": case for stem, module in MODULES.items() for name, case in module.CASES.items()
}


@functools.cache
def fitted(name: str, seed: int) -> tuple[BaseEstimator, np.ndarray]:
    return CASES[name](seed)


@functools.cache
def converted(name: str, seed: int) -> emlearn.Model:
    return emlearn.convert(fitted(name, seed)[0])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CASES)
def test_all_rows_agree(name: str, seed: int) -> None:
    _, X = fitted(name, seed)
    report = converted(name, seed).verify(X)
    assert report.ok and report.rows == len(X), f"{name}:\n{report}"


@pytest.mark.parametrize("name", CASES)
def test_predict_has_the_estimators_dtype_and_shape(name: str) -> None:
    (estimator, X), model = fitted(name, 0), converted(name, 0)
    if "predict" not in model.record.ops:
        pytest.skip("it transforms")
    rows = model.input.features(model.input.check(X[:20]), np.float64)
    own = np.asarray(ask(estimator, "predict", as_fitted(model, rows)))
    got = model.predict(X[:20])
    assert (got.dtype, got.shape) == (own.dtype, own.shape)


@pytest.mark.parametrize("name", [name for module in MODULES for name in [n for n in CASES if n.startswith(f"{module}:")][::4]])
def test_the_compiled_header_agrees(name: str) -> None:
    _, X = fitted(name, 0)
    report = converted(name, 0).verify(X, compile=True)
    assert report.ok and report.ran == "compiled header", f"{name}:\n{report}"


@pytest.mark.parametrize("name", CASES)
def test_a_skops_file_needs_no_trust(name: str) -> None:
    estimator, _ = fitted(name, 0)
    if type(estimator).__module__.split(".")[0] != "sklearn":
        pytest.skip("saved by its own framework, not by skops")
    try:
        data = skops.io.dumps(estimator)
    except UnsupportedTypeException as error:
        pytest.skip(f"skops itself cannot save it: {error}")
    assert set(skops.io.get_untrusted_types(data=data)) <= SKLEARN_TYPES


def _parts(estimator: Any) -> Iterator[type]:
    """The classes of an estimator and of all fitted ones inside it."""
    yield type(estimator)
    for value in vars(estimator).values():
        yield from _inside(value)


def _inside(value: Any) -> Iterator[type]:
    if isinstance(value, BaseEstimator):
        yield from _parts(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _inside(item)


def test_every_supported_class_has_a_case() -> None:
    seen = {cls for name in CASES for cls in _parts(fitted(name, 0)[0])}
    missing = sorted(cls.__name__ for cls in readers() if cls not in seen and cls.__module__.split(".")[0] != "emlearn")
    assert not missing, f"add cases to tests/parity/cases/ for {', '.join(missing)}"


def test_every_family_has_cases() -> None:
    assert set(MODULES) == set(FAMILIES)
