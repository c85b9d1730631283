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
            "an imputer stands before a model with categorical features, which it must not fill: "
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
    right = record.right.copy()
    if folded.missing == "never":  # what is in no piece is then of no category
        right[:, -1] = right[:, -2]
    folded_record = dataclasses.replace(
        record, input=dtype, n_features=front.input.n_features, inner=inner, columns=np.asarray(front.source(record.columns), np.int64),
        plain=used.astype(np.int64), right=right, flag_values=values,
    )  # fmt: skip
    pieces = [_pieces(folded_record, front, number, record.columns[number]) for number in range(len(record.columns))]
    return dataclasses.replace(folded_record, pieces=np.concatenate(pieces))


def _flag_values(missing: str, missing_value: int) -> tuple[int, int]:
    """Two values of every raw type that are not the missing one."""
    low, high = [value for value in (0, 1, 2) if missing != "value" or value != missing_value][:2]
    return low, high


def _pieces(record: Recoded, front: Front, number: int, feature: int) -> np.ndarray:
    """The ranges of keys of one of `columns`, each with a code, by search through the estimator's own arithmetic as for thresholds.

    They are ascending, and apart; where missing values go another way than values of no category, those have pieces, too.
    """
    own = record.of == number
    at = np.full(np.count_nonzero(own), feature)
    below = np.nextafter(record.first[own], -np.inf)
    upper, _ = keys.thresholds(front, at, record.last[own], record.inner.looks_at)
    lower, _ = keys.thresholds(front, at, below, record.inner.looks_at)
    code = np.arange(len(at))
    found = np.column_stack([np.minimum(lower, upper) + 1, np.maximum(lower, upper), code]).astype(np.int64)
    found = found[found[:, 0] <= found[:, 1]]
    found = found[np.argsort(found[:, 0])]
    right = record.right[record.flag_of == number]
    if np.any(right[:, -2] != right[:, -1]):
        found = _covered(found, *keys.limits(record.input), right.shape[1] - 2)
    if record.inner.missing == "value":  # the value that stands for a missing one is no category
        found = _without(found, record.inner.missing_value)
    found = found[np.any(right[:, found[:, 2]] != right[:, -1:], axis=0)]
    found = _merged(found, right)
    return np.column_stack([np.full(len(found), number), found])


def _covered(found: np.ndarray, least: int, most: int, code: int) -> np.ndarray:
    """With pieces of `code` in all gaps from `least` to `most`."""
    ends = np.append(found[:, 0] - 1, most)
    starts = np.concatenate([[least], found[:, 1] + 1])
    gaps = np.column_stack([starts, ends, np.full(len(ends), code)])
    both = np.concatenate([found, gaps[starts <= ends]])
    return both[np.argsort(both[:, 0])]


def _without(found: np.ndarray, value: int) -> np.ndarray:
    """With no piece that holds `value`."""
    holds = (found[:, 0] <= value) & (value <= found[:, 1])
    before, after = found[holds].copy(), found[holds].copy()
    before[:, 1], after[:, 0] = value - 1, value + 1
    both = np.concatenate([found[~holds], before, after])
    both = both[both[:, 0] <= both[:, 1]]
    return both[np.argsort(both[:, 0])]


def _merged(found: np.ndarray, right: np.ndarray) -> np.ndarray:
    """With one piece for neighbours of the same answers."""
    if len(found) == 0:
        return found
    answers = right[:, found[:, 2]]
    new = np.append(True, (found[1:, 0] != found[:-1, 1] + 1) | np.any(answers[:, 1:] != answers[:, :-1], axis=0))
    merged = found[new]
    merged[:, 1] = found[np.append(new[1:], True), 1]
    return merged


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
        if max(heads[-1]) >= 1 << 16:
            raise UnsupportedError(
                f"feature {record.columns[number]} has {len(pieces)} ranges of categories and {len(flags)} questions about them, and "
                "there may be 65,535 of each: fit with fewer categories or trees"
            )
        bounds.append(keys.from_keys(pieces[:, 1:3], record.input).reshape(-1))
        code = np.append(pieces[:, 3], record.right.shape[1] - 1)
        bits.append(np.packbits(record.right[flags][:, code], axis=1, bitorder="little").reshape(-1))
    return Tables(
        record.plain.astype(np.uint16),
        np.array(heads, dtype=np.uint16).reshape(-1, 3),
        np.concatenate([*bounds, np.zeros(0, record.input)]).astype(record.input),
        np.concatenate([*bits, np.zeros(0, np.uint8)]),
    )
