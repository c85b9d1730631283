"""The raw values that a model takes on the device, and how they become features.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from typing import Any

import numpy as np

from .errors import InvalidInputError

C_TYPES = {
    "float32": "float",
    "float64": "double",
    "int32": "int32_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int8": "int8_t",
    "uint8": "uint8_t",
}


def largest_size(dtype: str) -> int:
    """The magnitude that no value of an integer type exceeds."""
    limits = np.iinfo(dtype)
    return int(max(-limits.min, limits.max))


@dataclasses.dataclass(frozen=True, eq=False)
class Input:
    """Raw values of one type; feature = float64(raw) * scale + offset.

    Attributes
    ----------
    dtype : str
        A key of ``C_TYPES``.
    scale, offset : ndarray of shape (n_features,), float64
    missing : int or None
        For integers, the raw value that stands for a missing one.
    names : tuple of str
        The feature names the estimator was fitted with; empty where it saw none.
    shape : tuple of int
        A row's own shape, in which X may come too, where a framework has one.
    channels_first : bool
        Whether that shape has first what rows have last.
    numbered : bool
        Whether the estimator numbers the categories of a frame, and raw values are these numbers.
    top : int or None
        The largest raw value, the least being 0, where a stage before clamps them; else the type may hold any.
    """

    dtype: str
    scale: np.ndarray
    offset: np.ndarray
    missing: int | None = None
    names: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    channels_first: bool = False
    numbered: bool = False
    top: int | None = None

    @classmethod
    def make(
        cls,
        dtype: Any = "float32",
        scale: Any = 1,
        offset: Any = 0,
        missing: Any = None,
        n_features: int = 1,
        names: tuple[str, ...] = (),
    ) -> Input:
        """Check the arguments of :func:`emlearn.convert` and bring them to one form."""
        if isinstance(dtype, (type, np.dtype)):
            dtype = np.dtype(dtype).name
        if not isinstance(dtype, str) or dtype not in C_TYPES:
            raise InvalidInputError(f"input={dtype!r} is not a type of raw features: choose one of {', '.join(C_TYPES)}")
        scales = _per_feature("input_scale", scale, n_features)
        offsets = _per_feature("input_offset", offset, n_features)
        if np.any(scales == 0):
            raise InvalidInputError("input_scale has a zero: every raw value would become the same feature; give the units per raw step")
        if missing is not None:
            missing = _missing_value(missing, dtype)
        return cls(dtype, scales, offsets, missing, names)

    @property
    def n_features(self) -> int:
        return len(self.scale)

    @property
    def c_type(self) -> str:
        return C_TYPES[self.dtype]

    @property
    def is_integer(self) -> bool:
        return np.issubdtype(self.dtype, np.integer)

    @functools.cached_property
    def is_identity(self) -> bool:
        """Whether a feature is the raw value itself."""
        return bool(np.all(self.scale == 1) and np.all(self.offset == 0))

    def check(self, X: Any) -> np.ndarray:
        """Raw values as a C-contiguous array of shape (n_samples, n_features) and the input's dtype.

        Raises
        ------
        InvalidInputError
            Wrong number of dimensions or features, other column names, text, masked values, values that the type cannot hold.
        """
        if type(X) is np.ndarray and X.dtype == self.dtype and X.shape[1:] == (self.n_features,) and X.flags.c_contiguous:
            return X  # nothing to do, in no time
        self._check_names(X)
        self._check_mask(X)
        if self.numbered and hasattr(X, "columns"):
            _check_numbers(X)
        if hasattr(X, "tocsr"):
            raise InvalidInputError("X is a sparse matrix: a device reads dense rows; pass X.toarray()")
        try:
            values = np.asarray(X)
        except ValueError:  # numpy's words for rows of several lengths
            raise InvalidInputError(f"X has rows of different lengths: give {self.n_features} values in each") from None
        if values.dtype.kind == "O":
            with contextlib.suppress(TypeError, ValueError):
                values = values.astype(np.float64)
        if values.dtype.kind not in "fiub":  # text, dates and complex numbers would be cast in silence
            raise InvalidInputError(f"X holds values that are not numbers (dtype {values.dtype}): encode them first")
        if self.shape and values.shape[1:] == self.shape:
            values = (np.moveaxis(values, 1, -1) if self.channels_first else values).reshape(len(values), self.n_features)
        if values.ndim != 2:
            raise InvalidInputError(
                f"X must have 2 dimensions (n_samples, n_features), not {values.ndim}: use X.reshape(1, -1) for a single row"
            )
        if values.shape[1] != self.n_features:
            raise InvalidInputError(f"X has {values.shape[1]} features, but the model was fitted with {self.n_features}")
        return np.ascontiguousarray(self._check_range(values) if self.is_integer else self._check_overflow(values))

    def features(self, raw: np.ndarray, dtype: type = np.float32) -> np.ndarray:
        """What the estimator sees for raw values of :meth:`check`: `dtype` where the raw value is the feature, else float64."""
        if self.is_identity and not self.is_integer:
            return raw if raw.dtype == np.float64 else raw.astype(dtype)
        values = raw.astype(np.float64) * self.scale + self.offset
        if self.missing is not None:
            values[raw == self.missing] = np.nan
        return values

    def _check_names(self, X: Any) -> None:
        if not self.names or not hasattr(X, "columns"):
            return
        given = [str(name) for name in X.columns]
        if given == list(self.names):
            return
        missing = [name for name in self.names if name not in given]
        unknown = [name for name in given if name not in self.names]
        if missing or unknown:
            detail = "; ".join(
                text
                for text in (
                    missing and f"missing: {', '.join(missing[:5])}",
                    unknown and f"not seen in training: {', '.join(unknown[:5])}",
                )
                if text
            )
            raise InvalidInputError(f"X has other columns than the model was fitted with ({detail})")
        raise InvalidInputError("X has the columns in another order than the model was fitted with: pass X[model.feature_names_in_]")

    def _check_mask(self, X: Any) -> None:
        if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
            place = ", ".join(map(str, np.argwhere(np.ma.getmaskarray(X))[0].tolist()))
            fill = "v), v being the value of convert(missing=v" if self.missing is None else str(self.missing)
            raise InvalidInputError(
                f"X[{place}] is masked, and a device sees no masks: pass X.filled({fill if self.is_integer else 'numpy.nan'}), "
                "if the estimator takes missing values"
            )

    def _check_overflow(self, values: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            narrowed = values.astype(self.dtype, copy=False)
        lost = np.isinf(narrowed) & np.isfinite(values) if narrowed is not values else np.zeros(0, bool)
        if np.any(lost):
            row, column = np.argwhere(lost)[0]
            raise InvalidInputError(
                f"X[{row}, {column}] = {values[row, column]} does not fit {self.dtype} (up to {np.finfo(self.dtype).max:.3g})"
            )
        return narrowed

    def _check_range(self, values: np.ndarray) -> np.ndarray:
        if values.dtype == np.dtype(self.dtype):
            return values
        limits = np.iinfo(self.dtype)
        if values.dtype.kind == "f":
            bad = ~np.isfinite(values) | (values != np.rint(values))
            if np.any(bad):
                row, column = np.argwhere(bad)[0]
                raise InvalidInputError(
                    f"X[{row}, {column}] = {values[row, column]} is no {self.dtype}: X holds the raw values of the sensor, "
                    f"feature = raw * input_scale + input_offset"
                )
        outside = (values < limits.min) | (values > limits.max)
        if np.any(outside):
            row, column = np.argwhere(outside)[0]
            raise InvalidInputError(
                f"X[{row}, {column}] = {values[row, column]} does not fit {self.dtype} ({limits.min} to {limits.max}): "
                "convert with a wider input="
            )
        return values.astype(self.dtype)


def _check_numbers(X: Any) -> None:
    """Refuse columns of categories that are not their own numbers: the estimator would number them as it did in training."""
    for name in X.columns:
        categories = getattr(getattr(X[name], "cat", None), "categories", None)
        if categories is not None and list(categories) != list(range(len(categories))):
            raise InvalidInputError(
                f"X has the column {name!r} of categories, and a device reads their numbers: pass X[{name!r}].cat.codes, "
                "its categories being those of training, in the same order"
            )


def _per_feature(argument: str, value: Any, n_features: int) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInputError(f"{argument}={value!r} is not a number, nor one number per feature") from None
    if array.ndim > 1 or (array.ndim == 1 and len(array) != n_features):
        raise InvalidInputError(f"{argument} has shape {array.shape}: give one number, or one per feature ({n_features})")
    if not np.all(np.isfinite(array)):
        raise InvalidInputError(f"{argument} must be finite")
    return np.broadcast_to(array, (n_features,)).copy()


def _missing_value(missing: Any, dtype: str) -> int:
    if not np.issubdtype(dtype, np.integer):
        raise InvalidInputError(f"missing={missing!r} goes with integer input: with input={dtype!r} a missing value is NaN")
    limits = np.iinfo(dtype)
    if isinstance(missing, bool) or not isinstance(missing, (int, np.integer)) or not limits.min <= missing <= limits.max:
        raise InvalidInputError(f"missing={missing!r} is not a value of {dtype} ({limits.min} to {limits.max})")
    return int(missing)
