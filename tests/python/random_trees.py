"""Random trees and forests for property tests: every class, option, label, weight, raw type and scaler that there is.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

TREES = (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor)
FORESTS = (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor)

SCALERS = (
    lambda: StandardScaler(),
    lambda: StandardScaler(with_mean=False),
    lambda: StandardScaler(with_std=False),
    lambda: MinMaxScaler(),
    lambda: MinMaxScaler(feature_range=(-3, 0.5)),
    lambda: MinMaxScaler(clip=True),
    lambda: MinMaxScaler(feature_range=(-1, 2), clip=True),
    lambda: MaxAbsScaler(),
    lambda: RobustScaler(),
    lambda: RobustScaler(with_centering=False),
    lambda: RobustScaler(with_scaling=False),
    lambda: "passthrough",
)

LABELS = {
    "0..n-1": lambda n: np.arange(n),
    "far apart": lambda n: np.array([5, 6, 7, 1000, 70000])[:n],
    "negative": lambda n: np.array([-3, -1, 0, 2, 9])[:n],
    "strings": lambda n: np.array(["walk", "lie down", "run", "é", "a,b"])[:n],
    "objects": lambda n: np.array(["walk", "lie down", "run", "é", "a,b"], dtype=object)[:n],
    "floats": lambda n: np.array([-15.0, 0.0, 3.0, 4.0, 1e9])[:n],
    "bools": lambda n: np.array([False, True])[:n],
    "uint8": lambda n: np.array([255, 0, 7, 3, 9], dtype=np.uint8)[:n],
}


@dataclasses.dataclass
class Case:
    """A fitted estimator, raw rows and the arguments of convert that go with them."""

    estimator: Any
    raw: np.ndarray
    arguments: dict[str, Any]
    fed: np.ndarray

    @property
    def trees(self) -> list[Any]:
        last = self.estimator[-1] if isinstance(self.estimator, Pipeline) else self.estimator
        return [member.tree_ for member in getattr(last, "estimators_", [last])]


def features(raw: np.ndarray, arguments: dict[str, Any]) -> np.ndarray:
    """What the estimator is given for raw values, by the words of the contract."""
    scale, offset = arguments.get("input_scale", 1), arguments.get("input_offset", 0)
    if raw.dtype.kind == "f" and np.all(np.asarray(scale) == 1) and np.all(np.asarray(offset) == 0):
        return raw
    values = raw.astype(np.float64) * scale + offset
    if "missing" in arguments:
        values[raw == arguments["missing"]] = np.nan
    return values


@st.composite
def cases(draw: st.DrawFn, kinds: tuple[type, ...] = TREES + FORESTS, missing: bool | None = None) -> Case:
    """A case; its numbers come from one drawn seed, its shape from choices that shrink."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cls = draw(st.sampled_from(kinds))
    n_rows, n_features, n_outputs = draw(st.integers(2, 60)), draw(st.integers(1, 6)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    missing = draw(st.booleans()) if missing is None else missing
    raw, arguments = raw_rows(draw, rng, n_rows, n_features, missing)
    X = features(raw, arguments)
    in_training = missing and draw(st.booleans())
    y = _targets(draw, rng, cls, X, n_outputs)
    options = _options(draw, cls, n_features, y, n_outputs, in_training)
    estimator = cls(random_state=int(rng.integers(2**31)), **options)
    if missing:
        X, raw = with_holes(rng, raw, arguments)
    steps = [(f"s{k}", draw(st.sampled_from(SCALERS))()) for k in range(draw(st.sampled_from([0, 0, 0, 1, 1, 2])))]
    weights = rng.choice([0.1, 0.3, 1.0, 2.5, 1 / 3, 7.0], n_rows) if draw(st.booleans()) else None
    seen = ~np.isnan(X).any(axis=1) if not in_training else np.ones(n_rows, bool)
    if not seen.any():
        seen[:], X, raw = True, np.zeros_like(X), np.zeros_like(raw)
        arguments.pop("missing", None)
    model: Any = Pipeline([*steps, ("model", estimator)]) if steps else estimator
    fit = {} if weights is None else {"model__sample_weight" if steps else "sample_weight": weights[seen]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's on constant features, single classes and the like
        model.fit(X[seen], y[seen], **fit)
    return Case(model, raw, arguments, X)


def raw_rows(draw: st.DrawFn, rng: np.random.Generator, n: int, width: int, missing: bool) -> tuple[np.ndarray, dict[str, Any]]:
    dtype = draw(st.sampled_from(["float32", "float32", "float32", "float64", "int32", "int16", "uint16", "int8", "uint8"]))
    arguments: dict[str, Any] = {"input": dtype}
    if dtype.startswith("float"):
        make = {
            "normal": lambda: rng.normal(size=(n, width)),
            "steps": lambda: rng.integers(-3, 4, (n, width)) / 2,
            "subnormal": lambda: rng.integers(-5, 6, (n, width)) * 1e-44,
            "large": lambda: rng.normal(size=(n, width)) * 1e30,
            "offset": lambda: 1e5 + rng.normal(size=(n, width)),
        }
        raw = make[draw(st.sampled_from(list(make)))]().astype(dtype)
        linear = draw(st.sampled_from([False, False, True]))
    else:
        info = np.iinfo(dtype)
        low, high = draw(st.sampled_from([(info.min, info.max), (max(info.min, -9), 9), (0, 100)]))
        raw = rng.integers(low, high, (n, width), endpoint=True).astype(dtype)
        linear = draw(st.booleans())
        if missing:
            arguments["missing"] = int(rng.choice([info.min, info.max, 0]))
    if linear:
        size = width if draw(st.booleans()) else None
        arguments["input_scale"] = rng.choice([-2.0, -0.01, 0.1, 1 / 3, 1.0, 9.81], size)
        arguments["input_offset"] = rng.choice([-40.0, 0.0, 0.1, 273.15], size)
    return raw, arguments


def with_holes(rng: np.random.Generator, raw: np.ndarray, arguments: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    raw = raw.copy()
    holes = rng.random(raw.shape) < 0.15
    whole = rng.integers(len(raw))  # scalers need one value per feature
    holes[whole] = False
    if "missing" in arguments:
        raw[whole, raw[whole] == arguments["missing"]] = 1
    raw[holes] = arguments.get("missing", np.nan if raw.dtype.kind == "f" else None)
    return features(raw, arguments), raw


def _targets(draw: st.DrawFn, rng: np.random.Generator, cls: type, X: np.ndarray, n_outputs: int) -> np.ndarray:
    shape = (len(X), n_outputs) if n_outputs > 1 else len(X)
    if "Classifier" not in cls.__name__:
        values = draw(st.sampled_from(["normal", "counts", "large"]))
        return {"normal": rng.normal(size=shape), "counts": rng.poisson(2, shape) + 1.0, "large": rng.normal(size=shape) * 1e30}[values]
    labels = LABELS[draw(st.sampled_from(list(LABELS)))](draw(st.integers(1, 5)))
    return labels[rng.integers(0, len(labels), shape)]


def _options(draw: st.DrawFn, cls: type, n_features: int, y: np.ndarray, n_outputs: int, in_training: bool) -> dict[str, Any]:
    regressor, forest = "Classifier" not in cls.__name__, cls in FORESTS
    criteria = ["squared_error"] if regressor else ["gini", "entropy", "log_loss"]
    if regressor and not in_training:
        criteria += ["absolute_error"] + (["poisson"] if np.all(y >= 0) and np.all(y.sum(axis=0) > 0) else [])
    options: dict[str, Any] = {
        "criterion": draw(st.sampled_from(criteria)),
        "max_depth": draw(st.sampled_from([None, None, 1, 3])),
        "max_leaf_nodes": draw(st.sampled_from([None, None, 2, 7])),
        "min_samples_leaf": draw(st.sampled_from([1, 1, 3])),
    }
    if forest:
        options["n_estimators"] = draw(st.integers(1, 9))
        options["bootstrap"] = draw(st.booleans())
    if not regressor:
        options["class_weight"] = draw(st.sampled_from([None, "balanced"]))
    monotone = n_outputs == 1 and (regressor or len(np.unique(y)) == 2) and options["criterion"] not in ("absolute_error", "poisson")
    if monotone and not in_training and draw(st.sampled_from([False, False, True])):
        options["monotonic_cst"] = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=n_features, max_size=n_features))
    if cls in (DecisionTreeClassifier, DecisionTreeRegressor):
        options["splitter"] = draw(st.sampled_from(["best", "random"]))
    return options
