"""Features as integers of one common scale.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..errors import InvalidInputError

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # scikit-learn < 1.6 has it as a method

    def validate_data(_estimator: Any, /, X: Any, **arguments: Any) -> Any:
        return _estimator._validate_data(X, **arguments)


class Quantizer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Multiply all features by one factor, clip, and cast to an integer type.

    ``out = cast(clip(X * scale_, lowest, out_max))`` with ``scale_ = out_max / largest``: one factor for all features and no
    offset, so that zero stays zero and a device needs one multiplication per value. The cast drops the fraction, towards
    zero, as ``(int16_t)(x * scale)`` does in C. Features of very different ranges should be scaled before (StandardScaler,
    RobustScaler, MinMaxScaler): the largest of them sets the resolution of all.

    Parameters
    ----------
    max_quantile : float or None, default=0.0001
        ``fit`` takes as `largest` the larger magnitude of the quantiles ``max_quantile`` and ``1 - max_quantile`` over all
        values of X, so that a few outliers are clipped rather than setting the scale. None: of the extremes themselves.
    max_value : float, optional
        `largest` itself, greater than zero, where it is known; `fit` then learns nothing from X.
    out_max : number, optional
        What `largest` becomes; by default the greatest value of `dtype`.
    dtype : str or numpy dtype, default="int16"
        The type of the result, integer or float.

    Attributes
    ----------
    scale_ : float
        The factor; 1 where all values that it was fitted on are zero.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X had column names.
    """

    def __init__(
        self,
        max_quantile: float | None = 0.0001,
        max_value: float | None = None,
        out_max: float | None = None,
        dtype: Any = "int16",
    ) -> None:
        self.max_quantile = max_quantile
        self.max_value = max_value
        self.out_max = out_max
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> Quantizer:
        """Find the scale.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : ignored

        Raises
        ------
        InvalidInputError
            A parameter has an impossible value.
        """
        dtype, out_max, _ = self._range()
        X = validate_data(self, X, dtype=np.float64)
        largest = self._largest(X)
        if self.max_value is None and dtype.kind == "u" and np.any(X < 0):
            warnings.warn(
                f"X has negative values, which dtype={dtype.name!r} cannot hold: they become 0; use dtype='int{8 * dtype.itemsize}'",
                UserWarning,
                stacklevel=2,
            )
        self.scale_ = float(out_max / largest) if largest > 0 else 1.0
        return self

    def transform(self, X: Any, y: Any = None) -> Any:
        """Quantised features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : optional
            Handed back as it is, as the second of two results.

        Returns
        -------
        ndarray of shape (n_samples, n_features) and type `dtype`
        """
        check_is_fitted(self)
        dtype, out_max, lowest = self._range()
        X = validate_data(self, X, dtype=np.float64, reset=False)
        with np.errstate(over="ignore"):
            scaled = np.clip(X * self.scale_, lowest, out_max)
        if dtype.kind == "f":
            out = scaled.astype(dtype)
        else:
            # 2**63 - 1 is 2**63 in float64: such limits are put in as integers, after a cast of what surely fits.
            top, bottom = scaled >= out_max, scaled <= lowest
            out = np.where(top | bottom, 0, scaled).astype(dtype)
            out[top], out[bottom] = int(out_max), int(lowest)
        return out if y is None else (out, y)

    def inverse_transform(self, X: Any, y: Any = None) -> Any:
        """Features of quantised values: up to the fraction that was dropped, and the values that were clipped.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : optional
            Handed back as it is, as the second of two results.

        Returns
        -------
        ndarray of shape (n_samples, n_features), float64
        """
        check_is_fitted(self)
        _, out_max, lowest = self._range()
        X = validate_data(self, X, dtype=np.float64, reset=False)
        out = np.clip(X, lowest, out_max) / self.scale_
        return out if y is None else (out, y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _range(self) -> tuple[np.dtype, Any, Any]:
        """The result's type, and its greatest and lowest value."""
        try:
            dtype = np.dtype(self.dtype)
        except TypeError:
            raise InvalidInputError(f"dtype={self.dtype!r} is no numpy type: use 'int16', 'int8', 'uint8', 'float32', ...") from None
        if dtype.kind not in "iuf":
            raise InvalidInputError(f"dtype={self.dtype!r} holds no integers or floats: use 'int16', 'int8', 'uint8', 'float32', ...")
        info: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
        out_max = info.max if self.out_max is None else self.out_max
        if not 0 < out_max <= info.max:
            raise InvalidInputError(f"out_max={self.out_max!r} must lie above 0 and at most at {info.max}, the greatest {dtype.name}")
        return dtype, out_max, 0 if dtype.kind == "u" else -out_max

    def _largest(self, X: np.ndarray) -> float:
        """The magnitude that becomes `out_max`."""
        if self.max_value is not None:
            if not (np.isfinite(self.max_value) and self.max_value > 0):
                raise InvalidInputError(f"max_value={self.max_value!r} must be greater than 0: give the largest magnitude of a feature")
            return float(self.max_value)
        if self.max_quantile is None:
            low, high = X.min(), X.max()
        elif 0 <= self.max_quantile < 0.5:
            low, high = np.quantile(X, [self.max_quantile, 1 - self.max_quantile])
        else:
            raise InvalidInputError(f"max_quantile={self.max_quantile!r} must be at least 0 and less than 0.5; None takes the extremes")
        return float(max(high, -low))
