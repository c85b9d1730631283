"""Features of a CatBoost model, numbers and categories, as columns of its rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ....errors import InvalidInputError, UnsupportedError
from ..questions import Question, Questions
from .cathash import LEAST, MOST, integers, is_missing
from .fields import child, whole

_MOST_FEATURES = 1 << 20

_KINDS = ("float_features", "categorical_features")

#: Features that are no numbers, and never become one on a device.
_REFUSED = ("text_features", "embedding_features")

#: Ways of NaN in ``float32(x) > border``.
_LEFT = {"AsIs": True, "AsFalse": True, "AsTrue": False}


@dataclasses.dataclass(frozen=True)
class Features:
    """Which column each feature is.

    Attributes
    ----------
    numbers, categories : ndarray of int64
        Columns of the rows.
    missing_left : ndarray of shape (n_numbers,), bool
    names : tuple of str
        Empty where they are CatBoost's own.
    """

    numbers: np.ndarray
    categories: np.ndarray
    missing_left: np.ndarray
    names: tuple[str, ...]

    @property
    def n_features(self) -> int:
        return len(self.numbers) + len(self.categories)

    @property
    def routes_missing(self) -> bool:
        """Whether missing numbers go elsewhere than NaN, which compares as false."""
        return not np.all(self.missing_left)

    def goes_left(self, columns: np.ndarray) -> np.ndarray:
        """Whether missing values go left, by column; flags are never missing."""
        ways = np.ones(max(self.n_features, int(columns.max(initial=0)) + 1), dtype=bool)
        ways[self.numbers] = self.missing_left
        return ways[columns]


def read_features(found: dict[str, Any]) -> Features:
    """Those of ``features_info``."""
    for kind in _REFUSED:
        if found.get(kind):
            raise UnsupportedError(f"the model has {kind.replace('_', ' ')}: encode them as numbers before the fit")
    floats, categories = ([] if found.get(kind) is None else child(found, kind, list, "features_info") for kind in _KINDS)
    n = len(floats) + len(categories)
    if not 1 <= n <= _MOST_FEATURES:
        raise InvalidInputError(f"features_info: {n} features, and 1 to {_MOST_FEATURES} are expected: the model is damaged")
    columns = [_column(feature, number if not categories else None, n) for number, feature in enumerate(floats + categories)]
    if len(set(columns)) != n:
        raise InvalidInputError("features_info: two features have the same 'flat_feature_index': the model is damaged")
    ordered = [feature for _, feature in sorted(zip(columns, floats + categories, strict=True), key=lambda pair: pair[0])]
    names = tuple(str(feature.get("feature_id", "")) for feature in ordered)
    own = all(name in ("", str(number)) for number, name in enumerate(names))
    return Features(
        np.array(columns[: len(floats)], dtype=np.int64), np.array(columns[len(floats) :], dtype=np.int64),
        np.array([_goes_left(feature) for feature in floats], dtype=bool), () if own else names,
    )  # fmt: skip


def _column(feature: Any, number: int | None, n: int) -> int:
    if not isinstance(feature, dict):
        raise InvalidInputError("features_info: a feature is no object: the model is damaged")
    return whole(feature.get("flat_feature_index", number), "flat_feature_index", 0, n - 1, "features_info")


def _goes_left(feature: Any) -> bool:
    treatment = child(feature, "nan_value_treatment", str, "float_features")
    if treatment not in _LEFT:
        raise InvalidInputError(
            f"float_features: 'nan_value_treatment' is {treatment[:20]!r}, and {', '.join(_LEFT)} are known: the model is damaged"
        )
    return _LEFT[treatment]


def one_hot(split: dict[str, Any], where: str, features: Features, questions: Questions) -> int:
    """The flag of a question whether a feature is one category, the only one that goes right."""
    place = whole(split.get("cat_feature_index"), "cat_feature_index", 0, len(features.categories) - 1, where)
    value = whole(split.get("value"), "value", -(1 << 31), (1 << 32) - 1, where)
    column = int(features.categories[place])
    members, missing = integers(value), is_missing(value)
    if not members and not missing:
        name = features.names[column] if features.names else column
        raise UnsupportedError(
            f"{where} asks for a category of feature {name} that is no integer from {LEAST} to {MOST}, and a device reads numbers: "
            "encode the categories as integers before the fit (OrdinalEncoder)"
        )
    return questions.ask(Question(column, members, True, False, missing))


def numbers(_feature: int, categories: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value of categories: themselves."""
    return categories.astype(np.float64), categories.astype(np.float64)
