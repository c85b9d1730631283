"""Random models of every family for calibration: the estimators of the parity cases, fitted again on some of their columns and
in other sizes, converted for every type of raw values, every mode, and what arithmetics the family has.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import emlearn
import numpy as np
from common_models import TREES, common
from emlearn.options import NUMERIC, OPTIMIZE
from emlearn.registry import FAMILIES
from sklearn.base import clone

TESTS = Path(__file__).resolve().parents[1] / "tests"
CASES = TESTS / "parity" / "cases"

# What pytest does for cases that share models and the benchmark's files, and a framework's backend.
sys.path += [str(TESTS.parent), str(TESTS / "python")]
os.environ.setdefault("KERAS_BACKEND", "numpy")

#: In place of a family: what people convert most, and trees that are code.
COMMON, GENERATED = "common", "generated"

INPUTS = ("float32", "int16", "uint8", "float32", "int16", "int8", "int32", "uint16")

#: Sizes that an estimator is given where it has such a parameter, at any depth.
SIZES: dict[str, tuple[Any, ...]] = {
    "n_estimators": (2, 3, 5, 10, 20),
    "max_iter": (2,),
    "max_depth": (2, 3, 5, 7, 9),
    "n_neighbors": (1, 3, 5),
    "n_clusters": (2, 3, 7),
    "hidden_layer_sizes": ((3,), (8,), (16,), (20,), (8, 8), (10, 5)),
}


#: No row and no answer is longer, and no generated code: compilers take minutes for what has more characters.
MOST_FEATURES, MOST_VALUES, MOST_TEXT = 700, 1000, 60_000


class NoModelError(Exception):
    """The case cannot be converted in this way."""


@functools.cache
def cases(family: str) -> ModuleType | None:
    """The module of a family's parity cases; None where there is none, or its framework is not installed."""
    spec = importlib.util.spec_from_file_location(f"cases_{family}", CASES / f"{family}.py")
    if spec is None or spec.loader is None or not (CASES / f"{family}.py").exists():
        return None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError:  # a framework that is not installed
        return None
    return module


def families() -> list[str]:
    return [family for family in FAMILIES if cases(family) is not None]


def random_model(family: str, number: int) -> emlearn.Model:
    """The same model for the same arguments, of a family or :data:`COMMON`; cases, modes and types take turns by `number`.

    Raises
    ------
    NoModelError
    """
    rng = np.random.default_rng([number, *family.encode()])
    module = cases(family)
    made = {} if module is None else module.CASES
    name = list(made)[number % len(made)] if made else family
    turn = number // max(1, len(made) or (len(TREES) if family == GENERATED else 1))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            estimator, X = made[name](number) if made else common(number, *([TREES] if family == GENERATED else []))
            if made and turn % 4:
                estimator, X = _varied(rng, estimator, np.asarray(X))
            model = _converted(rng, estimator, np.asarray(X), number + turn, *(["speed"] if family == GENERATED else []))
        except Exception as error:
            raise NoModelError(f"{name}: {type(error).__name__}: {error}") from error
    if model.input.n_features > MOST_FEATURES or max(map(model.record.task.width, model.record.ops)) > MOST_VALUES:
        raise NoModelError(f"{name}: rows or answers are too long")
    if sum(len(part.declarations) + sum(len(function.body) for function in part.functions) for part in model.part().walk()) > MOST_TEXT:
        raise NoModelError(f"{name}: the code is too long")
    return model


def _varied(rng: np.random.Generator, estimator: Any, X: np.ndarray) -> tuple[Any, np.ndarray]:
    """Fitted on some columns, to its own answers, in another size; the same where it cannot be."""
    try:
        y = estimator.predict(X) if hasattr(estimator, "predict") else None
        columns = np.sort(rng.permutation(X.shape[1])[: int(rng.integers(1, X.shape[1] + 1))])
        new = clone(estimator)
        names = {name: name.rpartition("__")[2] for name in new.get_params()}
        changes = {name: SIZES[size][int(rng.integers(len(SIZES[size])))] for name, size in names.items() if size in SIZES}
        kept = [name for name in changes if rng.random() < 0.7 or name.endswith("max_iter")]
        new.set_params(**{name: changes[name] for name in kept})
        new.fit(X[:, columns], y)
        emlearn.convert(new)
    except Exception:  # cases know what their estimators need
        return estimator, X
    return new, X[:, columns]


def _converted(rng: np.random.Generator, estimator: Any, X: np.ndarray, number: int, optimize: str = "") -> emlearn.Model:
    """Raw values of the type in turn, that span the rows, and the mode, unless it is given; the arithmetic by chance, "exact" where the
    family has no other.
    """
    dtype = INPUTS[number % len(INPUTS)]
    options: dict[str, Any] = {"optimize": optimize or OPTIMIZE[number % len(OPTIMIZE)]}
    finite = np.where(np.isfinite(X), X, 0).astype(np.float64)
    raw: np.ndarray = X.astype(np.float32)
    if not dtype.startswith("float"):
        width = np.iinfo(dtype)
        largest = min(width.max, 30000)
        scale = np.maximum(np.abs(finite).max(axis=0), 1e-3) / largest
        if np.array_equal(finite, np.rint(finite)) and width.min <= finite.min() and finite.max() <= width.max:
            scale = np.ones(X.shape[1])
        raw = np.clip(np.rint(finite / scale), width.min, width.max).astype(dtype)
        if type(estimator).__module__.startswith("keras"):  # one scale for all, which folds into the first layer
            scale = scale.max()
        options |= {"input": dtype, "input_scale": scale}
        if not np.all(np.isfinite(X)):
            options["missing"] = int(width.min)
    choices = [{}, {"numeric": NUMERIC[1 + number // 2 % 3], "calibration": raw[: min(len(raw), 200)]}]
    for chosen in reversed(choices) if rng.random() < 0.4 else choices[:1]:
        try:
            return emlearn.convert(estimator, **options, **chosen)
        except (emlearn.UnsupportedError, emlearn.InvalidInputError):
            if not chosen:
                raise
    raise AssertionError("the exact form was tried last")
