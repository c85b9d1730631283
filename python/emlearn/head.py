"""What an estimator says about itself: labels, feature names, how it was made.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
import sys
from typing import Any

import numpy as np

from .fitted import of_one_class
from .record import Task

_SKLEARN = "scikit-learn"

#: Other libraries whose estimators are read: as people write them, by package.
LIBRARIES = {
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "catboost": "CatBoost",
    "keras": "Keras",
    "torch": "PyTorch",
    "tflite": "TensorFlow Lite",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Head:
    """The names around a model's numbers.

    Attributes
    ----------
    classes : tuple of ndarray
        Labels per output of a classifier, as the estimator has them; empty for other tasks.
    feature_names : tuple of str
        Empty where the estimator was fitted without names.
    estimator : str
        Its class and the parameters that differ from their defaults.
    versions : dict of str to str
        Library versions, by name; the last is that of the library whose answers are compared.
    """

    classes: tuple[np.ndarray, ...]
    feature_names: tuple[str, ...]
    estimator: str
    versions: dict[str, str]

    @property
    def library(self) -> str:
        """Whose answers the model is compared with, as people write it."""
        name = list(self.versions)[-1] if self.versions else _SKLEARN
        return LIBRARIES.get(name, name)

    @classmethod
    def of(cls, estimator: Any, task: Task) -> Head:
        classes: tuple[np.ndarray, ...] = ()
        if task.kind == "classifier":
            found = getattr(estimator, "classes_", None)
            if found is None:  # a Booster numbers its classes
                found = np.arange(task.n_classes[0])
            classes = tuple(found) if isinstance(found, list) else (np.asarray(found),)
            if len(classes) == 1 and len(classes[0]) < task.n_classes[0]:
                classes = (np.append(classes[0], _outlier_label(estimator, classes[0])),)
        return cls(classes, _names(estimator), _describe(estimator), _versions(estimator))

    def decode(self, indices: np.ndarray, task: Task) -> np.ndarray:
        """What the device predicts, shape (n_samples, n_outputs), in the estimator's dtype; of a classifier its labels, in their shape."""
        if task.kind != "classifier":
            return indices.astype(task.predicts, copy=False)
        if task.n_outputs == 1:
            labels = self.classes[0].take(indices[:, 0], axis=0)
            return labels.astype(task.predicts) if task.predicts else labels
        columns = [labels.take(indices[:, k], axis=0) for k, labels in enumerate(self.classes)]
        result = np.empty(indices.shape, dtype=np.result_type(*(labels.dtype for labels in self.classes)))
        for k, column in enumerate(columns):
            result[:, k] = column
        return result


def _outlier_label(estimator: Any, classes: np.ndarray) -> Any:
    """The label of its own for rows without neighbours; no other estimator has fewer classes than its record, but for a lack of them."""
    label = getattr(_last(estimator), "outlier_label_", None)
    if label is None:
        raise of_one_class(type(_last(estimator)).__name__, classes[0])
    return label[0]


def _names(estimator: Any) -> tuple[str, ...]:
    if hasattr(estimator, "feature_names_in_"):
        return tuple(map(str, estimator.feature_names_in_))
    names = tuple(map(str, getattr(estimator, "feature_names_", ())))  # CatBoost's, which numbers features that have no names
    return () if names == tuple(map(str, range(len(names)))) else names


def _describe(estimator: Any) -> str:
    """Its repr in one line, without addresses in memory: the same estimator gives the same text in every process."""
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", " ".join(repr(estimator).split()))


def _last(estimator: Any) -> Any:
    """What answers: of a Pipeline its last step, of a search its best."""
    while hasattr(estimator, "steps") or hasattr(estimator, "best_estimator_"):
        estimator = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator.best_estimator_
    return estimator


def _versions(estimator: Any) -> dict[str, str]:
    import sklearn

    if (own := getattr(estimator, "versions", None)) is not None:  # of an estimator of our own
        return dict(own)
    last = _last(estimator)
    framework = type(last).__module__.split(".")[0]
    found = {framework: str(sys.modules[framework].__version__)} if framework in LIBRARIES else {}
    if last is estimator and found:
        return found
    return {_SKLEARN: getattr(estimator, "_sklearn_version", sklearn.__version__), **found}
