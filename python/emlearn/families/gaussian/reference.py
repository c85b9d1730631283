"""The answers in numpy, step by step as the device's kernels take them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .fixed import FixedGaussian, described
from .record import Gaussian

_SATURATION = np.float32(1e38)
#: Numbers at once: rows times components times features.
_BLOCK = 1 << 21

Pair = tuple[np.ndarray, np.ndarray]


class _Plain:
    """include/emlearn/detail/two_float.hpp, plain_float; a number is a tuple of one array."""

    def convert(self, x: np.ndarray) -> Any:
        return (x.astype(np.float32),)

    def minus(self, a: Any, b: Any) -> Any:
        return (a[0] - b[0],)

    def product(self, a: Any, b: Any) -> Any:
        return (a[0] * b[0],)

    def plus_product(self, total: Any, a: Any, b: Any) -> Any:
        return (total[0] + a[0] * b[0],)

    def plus_square(self, total: Any, a: Any) -> Any:
        return (total[0] + a[0] * a[0],)


class _Pairs:
    """include/emlearn/detail/two_float.hpp, two_float."""

    def convert(self, x: np.ndarray) -> Pair:
        high = x.astype(np.float32)
        if x.dtype == np.float32:
            return high, np.zeros_like(high)
        return high, (x.astype(np.float64) - high.astype(np.float64)).astype(np.float32)

    def minus(self, a: Pair, b: Pair) -> Pair:
        high, low = _two_sum(a[0], -b[0])
        return _fast_two_sum(high, low + (a[1] - b[1]))

    def product(self, a: Pair, b: Pair) -> Pair:
        return _fast_two_sum(*self._unnormalized(a, b))

    def plus_product(self, total: Pair, a: Pair, b: Pair) -> Pair:
        return self._plus(total, self._unnormalized(a, b))

    def plus_square(self, total: Pair, a: Pair) -> Pair:
        two = np.float32(2)
        s, t = _split(a[0])
        high, low = _fast_two_sum(s * s, s * (two * t))
        return self._plus(total, (high, low + (t * t + (two * a[0]) * a[1])))

    def _unnormalized(self, a: Pair, b: Pair) -> Pair:
        (s, t), (u, v) = _split(a[0]), _split(b[0])
        high, first = _fast_two_sum(s * u, s * v)
        high, second = _fast_two_sum(high, t * u)
        return high, (first + second) + (t * v + (a[0] * b[1] + a[1] * b[0]))

    def _plus(self, total: Pair, term: Pair) -> Pair:
        high, low = _two_sum(total[0], term[0])
        return _fast_two_sum(high, low + (total[1] + term[1]))


def _fast_two_sum(a: np.ndarray, b: np.ndarray) -> Pair:
    total = a + b
    return total, b - (total - a)


def _two_sum(a: np.ndarray, b: np.ndarray) -> Pair:
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _split(a: np.ndarray) -> Pair:
    shifted = np.float32(4096) * a
    high = (shifted + a) - shifted
    return high, a - high


def _math(record: Gaussian) -> Any:
    return _Plain() if record.arithmetic == "plain_float" else _Pairs()


def _words(table: np.ndarray) -> Any:
    return tuple(table[..., word] for word in range(table.shape[-1]))


def joint(record: Gaussian, X: np.ndarray) -> Any:
    """The joint log-likelihoods as the device has them: one float32 array of shape (n_samples, K) per word."""
    return _math(record).minus(_words(record.constant), squares(record, X))


def squares(record: Gaussian, X: np.ndarray) -> Any:
    """The sums of squares as the device has them, likewise."""
    math, words = _math(record), _words
    shape = (len(X), record.n_components)
    zero = tuple(np.zeros(shape, np.float32) for _ in range(record.mean.shape[-1]))

    def difference(i: int) -> Any:
        return math.minus(tuple(w[:, np.newaxis] for w in math.convert(X[:, i])), words(record.mean[:, i]))

    total = zero
    if record.is_triangular:
        # All columns at once, rows i in order: each sum adds up in the device's order.
        z = tuple(np.zeros((*shape, record.n_features), np.float32) for _ in zero)
        for i in range(record.n_features):
            columns = np.arange(i, record.n_features)
            entries = words(record.scale[:, columns * (columns + 1) // 2 + i])
            grown = math.plus_product(tuple(w[..., i:] for w in z), tuple(w[..., np.newaxis] for w in difference(i)), entries)
            for word, new in zip(z, grown, strict=True):
                word[..., i:] = new
        for j in range(record.n_features):
            total = math.plus_square(total, tuple(w[..., j] for w in z))
    else:
        for i in range(record.n_features):
            scale = record.scale[:, i] if record.covariance == "diag" else record.scale
            total = math.plus_square(total, math.product(difference(i), words(scale)))
    small = sum(total[1:], total[0]) < _SATURATION
    return (np.where(small, total[0], _SATURATION), *(np.where(small, word, np.float32(0)) for word in total[1:]))


def reference(record: Gaussian | FixedGaussian, op: str, X: np.ndarray) -> np.ndarray:
    """See :class:`emlearn.registry.Family`."""
    rows = max(1, _BLOCK // (record.n_components * record.n_features))
    blocks = [_reference(record, op, X[start : start + rows]) for start in range(0, max(1, len(X)), rows)]
    return np.concatenate(blocks)


def _reference(record: Gaussian | FixedGaussian, op: str, X: np.ndarray) -> np.ndarray:
    if isinstance(record, FixedGaussian):
        return _of_sums(record, op, record.sums(X))
    with np.errstate(all="ignore"):
        if record.is_detector:
            return _detected(record, op, X)
        joints = joint(record, X)
        # The largest; numbers are ordered by their words one after the other, and argmax takes the first of equals.
        best = np.argmax(sum(word.astype(np.float64) for word in joints), axis=1)[:, np.newaxis]
        if op == "predict":
            return best.astype(np.int32)
        if op == "decision_function":
            decisions: np.ndarray = sum(joints[1:], joints[0])
            if record.n_components == 2:
                both = _math(record).minus(tuple(word[:, 1:] for word in joints), tuple(word[:, :1] for word in joints))
                decisions = sum(both[1:], both[0])
            return decisions
        math: Any = _Plain() if len(joints) == 1 else _Pairs()
        top = tuple(np.take_along_axis(word, best, axis=1) for word in joints)
        gaps = math.minus(joints, top)
        terms = np.exp(sum(gaps[1:], gaps[0]))
        total = np.zeros((len(X), 1), np.float32)
        for k in range(record.n_components):
            total[:, 0] += terms[:, k]
        if op == "predict_proba":
            return terms / total
        log = (-np.log(total), *(np.zeros_like(total) for _ in top[1:]))
        result = math.minus(top, log)
        return sum(result[1:], result[0])


def _detected(record: Gaussian, op: str, X: np.ndarray) -> np.ndarray:
    words = squares(record, X) if op in ("mahalanobis", "score_samples") else joint(record, X)
    if op == "predict":
        return np.where(sum(word.astype(np.float64) for word in words) < 0, -1, 1).astype(np.int32)
    value: np.ndarray = sum(words[1:], words[0])
    return -value if op == "score_samples" else value


def _of_sums(record: FixedGaussian, op: str, sums: np.ndarray) -> np.ndarray:
    if record.is_detector:
        return _detected_of_sums(record, op, sums)
    best = np.argmax(sums, axis=1)[:, np.newaxis]
    if op == "predict":
        return best.astype(np.int32)
    if op == "decision_function":
        return (sums[:, 1:] - sums[:, :1] if record.n_components == 2 else sums).astype(np.float32) * record.unit
    top = np.take_along_axis(sums, best, axis=1)
    terms = np.exp((sums - top).astype(np.float32) * record.unit)
    total = terms.sum(axis=1, keepdims=True)
    return terms / total if op == "predict_proba" else top.astype(np.float32) * record.unit + np.log(total)


def _detected_of_sums(record: FixedGaussian, op: str, sums: np.ndarray) -> np.ndarray:
    if op == "predict":
        return np.where(sums < 0, -1, 1).astype(np.int32)
    if op == "decision_function":
        return sums.astype(np.float32) * record.unit
    lost = record.n_features // 2 if record.constant.dtype == np.int32 else 0
    distance: np.ndarray = (record.constant - sums + lost).astype(np.float32) * record.unit
    return -distance if op == "score_samples" else distance


def describe(record: Gaussian | FixedGaussian) -> dict[str, Any]:
    """See :class:`emlearn.registry.Family`."""
    kind = "classes" if record.task.kind == "classifier" else "components"
    facts: dict[str, Any] = {"model": f"Gaussian {record.task.kind}", kind: record.n_components, "features": record.n_features}
    if record.task.kind == "detector":
        facts = {"model": "Mahalanobis distance", "features": record.n_features}
    if isinstance(record, FixedGaussian):
        own = record.unrounded
        facts["covariance"], facts["arithmetic"] = own.covariance if own.is_triangular else "diag", described(record)
        return {**facts, "products per row": record.n_products}
    facts["covariance"] = record.covariance
    facts["arithmetic"] = {"plain_float": "float32", "two_float": "pairs of float32"}.get(record.arithmetic, "not chosen yet")
    facts["products per row"] = record.n_components * record.n_terms
    return facts
