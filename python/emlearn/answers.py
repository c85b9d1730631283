"""What a converted model answers on the host, under scikit-learn's names.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from .head import Head
from .inputs import Input
from .novelty import Novelty, check_novelty, check_reject, scores_of
from .record import Record
from .registry import bulk_of, family_of

_Method = TypeVar("_Method", bound=Callable[..., Any])


class _Offered:
    """A method that is there where the record offers its operation; scikit-learn's ``available_if``, without importing scikit-learn."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method, self._op, self.__doc__ = method, method.__name__, method.__doc__

    def __get__(self, model: Answers | None, owner: type | None = None) -> Callable[..., Any]:
        if model is None:
            return self._method
        if self._op not in model.record.ops:
            raise AttributeError(f"this {model.record.task.kind} has no {self._op}(): it offers {', '.join(model.record.ops)}")
        bound: Callable[..., Any] = types.MethodType(self._method, model)
        return bound


def _offered(method: _Method) -> _Method:
    return cast(_Method, _Offered(method))


class Answers:
    """The operations of a :class:`emlearn.Model`: those that its record offers are there, others say what is.

    ``predict`` has the dtype and shape of the estimator's own. The others have scikit-learn's shapes, and are float32, as the device
    computes them, where scikit-learn mostly has float64.
    """

    record: Record
    head: Head
    input: Input

    @property
    def n_features_in_(self) -> int:
        return self.input.n_features

    @property
    def feature_names_in_(self) -> Any:
        """The columns' names, where the estimator was fitted with such."""
        if not self.input.names:
            raise AttributeError("the estimator was fitted on an array: there are no feature_names_in_")
        return np.array(self.input.names, dtype=object)

    @property
    def classes_(self) -> Any:
        """Labels, as the estimator has them."""
        if not self.head.classes:
            raise AttributeError(f"a {self.record.task.kind} has no classes_")
        task = self.record.task
        return self.head.classes[0] if task.n_outputs == 1 and not task.is_column else list(self.head.classes)

    @_offered
    def predict(self, X: Any) -> np.ndarray:
        """The estimator's own labels, values or component indices.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Raw values of the input's type.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            In the dtype that the estimator's own ``predict`` has for rows of float64; values are those that the device computes.
        """
        task = self.record.task
        values = self.head.decode(self._quick("predict", X), task)
        if task.kind == "classifier":
            return values[:, np.newaxis] if task.is_column else values
        return values[:, 0] if task.n_outputs == 1 and task.kind != "multilabel" and not task.is_column else values

    @_offered
    def predict_std(self, X: Any) -> np.ndarray:
        """The standard deviation of each prediction, in its shape: scikit-learn's ``predict(X, return_std=True)``."""
        values = self._quick("predict_std", X)
        return values[:, 0] if values.shape[1] == 1 else values

    @_offered
    def predict_proba(self, X: Any) -> Any:
        """Probabilities, shape (n_samples, n_classes); a list of them for a classifier with several outputs."""
        task = self.record.task
        values = self._quick("predict_proba", X)
        if task.kind == "classifier" and (task.n_outputs > 1 or task.is_column):
            return np.split(values, np.cumsum(task.n_classes)[:-1], axis=1)
        return values

    @_offered
    def decision_function(self, X: Any) -> np.ndarray:
        """Decision values in scikit-learn's shape."""
        values = self._quick("decision_function", X)
        return values[:, 0] if values.shape[1] == 1 else values

    @_offered
    def score_samples(self, X: Any) -> np.ndarray:
        """The log-likelihood of each row, shape (n_samples,)."""
        return self._quick("score_samples", X)[:, 0]

    @_offered
    def mahalanobis(self, X: Any) -> np.ndarray:
        """The squared Mahalanobis distance of each row, shape (n_samples,)."""
        return self._quick("mahalanobis", X)[:, 0]

    @_offered
    def transform(self, X: Any) -> np.ndarray:
        """The transformed rows, float32 of shape (n_samples, n_outputs); of an IsotonicRegression what ``predict`` gives."""
        task = self.record.task
        values = self._quick("transform", X)
        return values[:, 0] if task.kind == "regressor" and "transform" not in dict(task.widths) else values

    def is_novel(self, X: Any, novelty: Novelty) -> np.ndarray:
        """Which rows do not reach the threshold of :func:`emlearn.calibrate_threshold`, bool of shape (n_samples,)."""
        check_novelty(novelty)
        return ~(scores_of(self, novelty.op, self.input.check(X)) >= np.float32(novelty.threshold))

    def predict_or_reject(self, X: Any, reject: float) -> np.ndarray:
        """The index of the most probable class of each row, -1 where it does not have this probability; shape (n_samples,)."""
        check_reject(reject, self.record.task, self.record.ops)
        proba = self._quick("predict_proba", X)
        best = proba.argmax(axis=1)
        return np.where(proba[np.arange(len(best)), best] >= np.float32(reject), best, -1)

    def _quick(self, op: str, X: Any) -> np.ndarray:
        """What :meth:`answer` gives, by the fastest way that the host has."""
        raw = self.input.check(X)
        answers = self.__dict__.setdefault("_answers", {})
        try:
            if op not in answers:
                answers[op] = bulk_of(self.record, op)
            found: np.ndarray = answers[op](raw)
        except ImportError:  # no compiled extension
            return self.answer(op, raw)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_answers"}

    def answer(self, op: str, raw: np.ndarray) -> np.ndarray:
        """What the device writes for `op`, shape (n_samples, width), by the portable kernels compiled for the host.

        Without the compiled extension the numpy reference answers, with a warning.
        """
        family = family_of(self.record)
        try:
            return family.run(self.record, op, raw)
        except ImportError:
            warnings.warn(
                "emlearn's compiled kernels are not installed: the slower numpy reference predicts instead "
                "(install a C++ compiler, then: pip install --force-reinstall --no-binary emlearn emlearn)",
                RuntimeWarning,
                stacklevel=4,
            )
            return family.reference(self.record, op, raw)
