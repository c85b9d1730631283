"""Categories to raw values: which keys each category is, and rows with a flag for each question.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ...errors import UnsupportedError
from ...front import Front
from ..trees import keys
from ..trees.passes import absorb as absorb_trees
from .record import Recoded


def absorb(record: Recoded, front: Front) -> Recoded:
    """Thresholds and categories on the raw values."""
    if front.fills:
        raise UnsupportedError(
            "an imputer stands before HistGradientBoosting with categorical features, which it must not fill: "
            "leave it out, the trees take missing values themselves"
        )
    inner, n = record.inner, record.n_features
    flag = inner.feature >= n
    plain = dataclasses.replace(
        inner, n_features=n, feature=np.where(flag, 0, inner.feature), threshold=np.where(flag, 0.0, inner.threshold)
    )
    folded = absorb_trees(plain, front)
    used = np.unique(folded.feature[~flag])
    place = np.where(flag, len(used) + inner.feature - n, np.searchsorted(used, folded.feature))
    values = _flag_values(folded.missing, folded.missing_value)
    dtype = front.input.dtype
    inner = dataclasses.replace(
        folded,
        n_features=len(used) + len(record.flag_of),
        feature=place.astype(np.int32),
        threshold=np.where(flag, int(keys.to_keys(np.array([values[0]], dtype=dtype))[0]), folded.threshold),
        left=np.where(flag, inner.left, folded.left),
        right=np.where(flag, inner.right, folded.right),
        missing_left=np.where(flag, inner.missing_left, folded.missing_left),
        weight=None if folded.weight is None or inner.weight is None else np.where(flag[:, None], inner.weight, folded.weight),
    )
    raw = np.asarray(front.source(record.columns), dtype=np.int64)
    return dataclasses.replace(
        record, input=dtype, n_features=front.input.n_features, inner=inner, columns=raw, plain=used.astype(np.int64),
        pieces=_pieces(record, front, folded.missing, folded.missing_value), flag_values=values,
    )  # fmt: skip


def _flag_values(missing: str, missing_value: int) -> tuple[int, int]:
    """Two values of every raw type that are not the missing one."""
    low, high = [value for value in (0, 1, 2) if missing != "value" or value != missing_value][:2]
    return low, high


def _pieces(record: Recoded, front: Front, missing: str, missing_value: int) -> np.ndarray:
    """The ranges of keys that are the category's value, by search through the estimator's own arithmetic as for thresholds."""
    feature = record.columns[record.of]
    with np.errstate(over="ignore"):
        below = np.nextafter(record.values, -np.inf)
    upper, _ = keys.thresholds(front, feature, record.values, "float64")
    lower, _ = keys.thresholds(front, feature, below, "float64")
    first, last = np.minimum(lower, upper) + 1, np.maximum(lower, upper)
    code = np.concatenate([np.arange(count) for count in np.bincount(record.of, minlength=len(record.columns))] or [np.zeros(0, int)])
    found = np.column_stack([record.of, first, last, code]).astype(np.int64)
    found = found[first <= last]
    if missing == "value":  # the value that stands for a missing one is no category
        holds = (found[:, 1] <= missing_value) & (missing_value <= found[:, 2])
        before, after = found[holds].copy(), found[holds].copy()
        before[:, 2], after[:, 1] = missing_value - 1, missing_value + 1
        found = np.concatenate([found[~holds], before, after])
        found = found[found[:, 1] <= found[:, 2]]
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def extended(record: Recoded, X: np.ndarray) -> np.ndarray:
    """Rows as `inner` takes them."""
    found = keys.to_keys(X)
    flags = np.zeros((len(X), len(record.flag_of)), dtype=X.dtype)
    for number, column in enumerate(record.columns):
        code = np.full(len(X), record.right.shape[1] - 1)
        for _, first, last, own in record.pieces[record.pieces[:, 0] == number]:
            code[(found[:, column] >= first) & (found[:, column] <= last)] = own
        for flag in np.flatnonzero(record.flag_of == number):
            flags[:, flag] = np.where(record.right[flag, code], record.flag_values[1], record.flag_values[0])
    return np.concatenate([X[:, record.plain], flags], axis=1)


@dataclasses.dataclass(frozen=True, eq=False)
class Tables:
    """What the device's ``recode`` reads, see ``include/emlearn/ensembles/recode.hpp``."""

    plain: np.ndarray
    categorical: np.ndarray
    bounds: np.ndarray
    bits: np.ndarray


def tables(record: Recoded) -> Tables:
    """Per categorical feature that some flag asks for: (column, pieces, flags), the pieces' ends, and a bit per flag and piece."""
    heads, bounds, bits = [], [], []
    for number in np.unique(record.flag_of):
        pieces = record.pieces[record.pieces[:, 0] == number]
        flags = np.flatnonzero(record.flag_of == number)
        heads.append([record.columns[number], len(pieces), len(flags)])
        bounds.append(keys.from_keys(pieces[:, 1:3], record.input).reshape(-1))
        code = np.append(pieces[:, 3], record.right.shape[1] - 1)
        bits.append(np.packbits(record.right[flags][:, code], axis=1, bitorder="little").reshape(-1))
    return Tables(
        record.plain.astype(np.uint16),
        np.array(heads, dtype=np.uint16).reshape(-1, 3),
        np.concatenate([*bounds, np.zeros(0, record.input)]).astype(record.input),
        np.concatenate([*bits, np.zeros(0, np.uint8)]),
    )
