"""scikit-learn's scalers, imputer and feature selectors as steps, in the order and precision of their ``transform``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...front import Step
from ...record import Record
from .passes import of_steps
from .record import Scaler


def _read(estimator: Any, steps: list[Step]) -> Scaler:
    learned = {name: getattr(estimator, name, None) for name in ("mean_", "scale_", "min_", "center_")}
    check_finite(type(estimator).__name__, **{name: value for name, value in learned.items() if value is not None})
    return of_steps(tuple(steps), int(estimator.n_features_in_))


def read_standard(estimator: Any) -> Scaler:
    """(x - mean_) / scale_, both cast to the data's dtype first."""
    steps = []
    if estimator.with_mean:
        steps.append(Step("subtract", np.asarray(estimator.mean_, np.float64), narrow=True))
    if estimator.with_std:
        steps.append(Step("divide", np.asarray(estimator.scale_, np.float64), narrow=True))
    return _read(estimator, steps)


def read_min_max(estimator: Any) -> Scaler:
    """x * scale_ + min_, clipped to feature_range on request."""
    steps = [Step("multiply", np.asarray(estimator.scale_, np.float64)), Step("add", np.asarray(estimator.min_, np.float64))]
    if estimator.clip:
        low, high = estimator.feature_range
        steps += _clip(low, high, len(estimator.scale_))
    return _read(estimator, steps)


def read_max_abs(estimator: Any) -> Scaler:
    """x / scale_, clipped to -1..1 on request."""
    steps = [Step("divide", np.asarray(estimator.scale_, np.float64))]
    if getattr(estimator, "clip", False):
        steps += _clip(-1.0, 1.0, len(estimator.scale_))
    return _read(estimator, steps)


def read_robust(estimator: Any) -> Scaler:
    """(x - center_) / scale_."""
    steps = []
    if estimator.with_centering:
        steps.append(Step("subtract", np.asarray(estimator.center_, np.float64)))
    if estimator.with_scaling:
        steps.append(Step("divide", np.asarray(estimator.scale_, np.float64)))
    return _read(estimator, steps)


def _clip(low: float, high: float, n: int) -> list[Step]:
    return [Step("maximum", np.full(n, float(low)), narrow=True), Step("minimum", np.full(n, float(high)), narrow=True)]


def read_imputer(estimator: Any) -> Record:
    """NaN becomes statistics_, column by column; columns without a statistic are dropped, unless keep_empty_features."""
    sentinel = estimator.missing_values
    if not (isinstance(sentinel, (float, np.floating)) and np.isnan(sentinel)):
        raise UnsupportedError(f"SimpleImputer(missing_values={sentinel!r}): only NaN is a missing value on the device; fit with np.nan")
    try:
        statistics = np.asarray(estimator.statistics_, dtype=np.float64)
    except (TypeError, ValueError):
        raise UnsupportedError("SimpleImputer.statistics_ has text or objects: a device reads numbers; encode them before") from None
    columns = np.arange(len(statistics))
    if not getattr(estimator, "keep_empty_features", False):
        columns = np.flatnonzero(~np.isnan(statistics))
    fill = statistics[columns].astype(getattr(estimator, "_fill_dtype", np.float64)).astype(np.float64)
    check_finite("SimpleImputer", statistics_=fill)
    filled = of_steps((Step("fill", fill, narrow=True),), len(statistics), columns)
    if not estimator.add_indicator or len(estimator.indicator_.features_) == 0:
        return filled
    from ..compose.columns import side_by_side  # which itself puts scalers side by side
    from ..preprocess.sklearn import read_missing

    return side_by_side([filled, read_missing(estimator.indicator_)])


def read_selector(estimator: Any) -> Scaler:
    """The columns of get_support()."""
    return of_steps((), int(estimator.n_features_in_), estimator.get_support(indices=True))


SELECTORS = (
    GenericUnivariateSelect,
    RFE,
    RFECV,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)

READERS = {
    StandardScaler: read_standard,
    MinMaxScaler: read_min_max,
    MaxAbsScaler: read_max_abs,
    RobustScaler: read_robust,
    SimpleImputer: read_imputer,
    **dict.fromkeys(SELECTORS, read_selector),
}
