"""Refuses estimators that are not fitted, or whose fit left nothing that a device can hold.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import InvalidInputError, UnsupportedError


def check_fitted(estimator: Any) -> None:
    """Refuse what was not fitted, and classes in place of their objects.

    Raises
    ------
    InvalidInputError
        A class.
    sklearn.exceptions.NotFittedError
        Not fitted.
    """
    from sklearn.utils.validation import check_is_fitted

    if isinstance(estimator, type):
        raise InvalidInputError(f"estimator is the class {estimator.__name__}, not an object of it: fit one and pass it")
    frameworks = {cls.__module__.split(".")[0] for cls in type(estimator).__mro__}
    if callable(getattr(estimator, "fit", None)) and "keras" not in frameworks:  # whose models always have weights
        check_is_fitted(estimator)


def check_dense(owner: str, fitted: Any) -> None:
    """Refuse rows that an estimator keeps in a sparse matrix.

    Raises
    ------
    UnsupportedError
        Names the estimator, and what to fit it on.
    """
    if hasattr(fitted, "tocsr"):
        raise UnsupportedError(f"{owner} was fitted on a sparse matrix: fit it on X.toarray()")


def check_finite(owner: str, **arrays: np.ndarray) -> None:
    """Refuse weights that are not finite.

    Raises
    ------
    InvalidInputError
        Names the estimator's attribute and how many values are bad.
    """
    for name, array in arrays.items():
        bad = int(np.size(array) - np.count_nonzero(np.isfinite(array)))
        if bad:
            raise InvalidInputError(f"{owner}.{name} has {bad} values that are not finite: the fit diverged; scale the data and fit again")


def of_one_class(owner: str, label: Any) -> UnsupportedError:
    """The refusal of a classifier that saw one class where scikit-learn's answers are those of two."""
    return UnsupportedError(f"{owner} was fitted on the one class {str(label)!r}: fit it on rows of at least two classes")
