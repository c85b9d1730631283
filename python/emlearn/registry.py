"""Which estimator is read by whom, and which family a record belongs to.

A family is a package in ``emlearn.families`` that exports ``RECORDS`` and the functions of :class:`Family`; its readers live in
one module per framework (``sklearn.py``), imported only once the user has imported that framework.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from .cpp import Part
from .errors import UnsupportedError
from .front import Front
from .options import Options
from .record import Record
from .unsupported import explain

#: Adding a family is a package of this name and this one line.
FAMILIES = (
    "trees",
    "ensembles",
    "mlp",
    "networks",
    "tflite",
    "gaussian",
    "gaussian_process",
    "linear",
    "neighbors",
    "svm",
    "scaler",
    "preprocess",
    "decide",
    "compose",
)

#: Frameworks whose estimators a family may read, by the name of their top-level module; "emlearn" reads model files itself.
FRAMEWORKS = ("sklearn", "emlearn", "xgboost", "lightgbm", "catboost", "keras", "torch")

Reader = Callable[[Any], Record]


class Family(Protocol):
    """What each package in ``emlearn.families`` exports."""

    RECORDS: tuple[type[Record], ...]

    #: The quantised arithmetics (values of ``numeric=`` besides "exact") that :meth:`finish` knows.
    NUMERIC: tuple[str, ...]

    #: Whether these take integers alone; a family without it takes floats too.
    NEEDS_INTEGERS: bool

    #: Whether :meth:`absorb` takes fronts that choose columns or fill missing values; a family without it gets none of these.
    FOLDS_COLUMNS: bool

    def absorb(self, record: Record, front: Front) -> Record | None:
        """The record that takes raw values itself, `front` folded in; None where that cannot be done within the bound."""

    def finish(self, record: Record, options: Options) -> Record:
        """The remaining passes, in order: widths, shared leaves, encodings."""

    def emit(self, record: Record) -> Part:
        """The C++ of the record."""

    def reference(self, record: Record, op: str, X: np.ndarray) -> np.ndarray:
        """The answer of `op` in numpy, shape (n_samples, task.width(op)), for raw values X."""

    def run(self, record: Record, op: str, X: np.ndarray) -> np.ndarray:
        """The same from the compiled device kernels; ImportError where the extension is missing."""

    def bound(self, record: Record, op: str, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
        """The largest possible |device - scikit-learn in float64| of each value of `op`, same shape as its answer.

        `error` is what the stages before have left in X, the same shape as X; None for raw values, which have none.
        """

    def margin(self, record: Record, X: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
        """The gap (:func:`emlearn.report.verify.gaps`) above which the class must be equal, shape (n_samples, n_outputs)."""

    def describe(self, record: Record) -> dict[str, Any]:
        """Facts for people, in order: what it is and how large."""


@functools.cache
def _family(name: str) -> Any:
    return importlib.import_module(f"emlearn.families.{name}")


def family_of(record: Record) -> Any:
    """The family package (a :class:`Family`) of a record."""
    for name in FAMILIES:
        if isinstance(record, _family(name).RECORDS):
            return _family(name)
    raise TypeError(f"no family has a record of type {type(record).__name__}")


def finish(record: Record, options: Options) -> Record:
    """The record's remaining passes, by its own family.

    Raises
    ------
    UnsupportedError
        The family does not have the arithmetic that `options` asks for.
    """
    family = family_of(record)
    if options.numeric != "exact" and options.numeric not in (own := arithmetics(record)):
        has = ", ".join(map(repr, ("exact", *own)))
        parts = ", ".join(type(part).__name__ for part in record.made_of)
        who = f"the parts of the model ({parts})" if parts else f"{type(record).__name__} models"
        raise UnsupportedError(f"numeric={options.numeric!r}: {who} have {has}; choose one of these")
    if options.leaf_bits is not None and not shortens(record):
        raise UnsupportedError(f"leaf_bits={options.leaf_bits!r}: {type(record).__name__} models have no leaves to shorten; leave it out")
    if options.numeric != "exact":
        return _family("compose").finish_part(record, options)
    return family.finish(record, options)


def arithmetics(record: Record) -> tuple[str, ...]:
    """The quantised arithmetics that a record has: those of its family, or of them what the family's own ``arithmetics(record)`` says."""
    family = family_of(record)
    own = getattr(family, "arithmetics", None)
    found: tuple[str, ...] = family.NUMERIC if own is None else own(record)
    return found


def bulk_of(record: Record, op: str) -> Callable[[np.ndarray], np.ndarray]:
    """What answers `op` on the host as ``run`` does, to the bit, prepared for many calls and many rows.

    A family that has a faster way than its device kernels has ``bulk(record, op)`` besides what :class:`Family` lists.
    """
    family = family_of(record)
    found: Callable[[np.ndarray], np.ndarray] = (
        family.bulk(record, op) if hasattr(family, "bulk") else functools.partial(family.run, record, op)
    )
    return found


def shortens(record: Record) -> bool:
    """Whether ``leaf_bits=`` means something: a family with leaves has ``takes_leaf_bits(record)`` besides what :class:`Family` lists."""
    takes = getattr(family_of(record), "takes_leaf_bits", None)
    return takes is not None and takes(record)


def thin(record: Record, max_points: int) -> Record | None:
    """The record, on features still, with at most that many points (training rows, support vectors); None where it has none to leave out.

    A family whose models keep points has ``thin(record, max_points)`` besides what :class:`Family` lists.
    """
    own = getattr(family_of(record), "thin", None)
    made: Record | None = None if own is None else own(record, max_points)
    return made


@functools.cache
def _readers_of(family: str, framework: str) -> dict[type, Reader]:
    name = f"emlearn.families.{family}.{framework}"
    if importlib.util.find_spec(name) is None:
        return {}
    module: ModuleType = importlib.import_module(name)
    return dict(module.READERS)


@functools.cache
def _answers_of(family: str, framework: str) -> dict[type, Callable[[Any, str, Any], Any]]:
    """What a framework's module has as ANSWERS: how estimators that do not answer by methods of scikit-learn's names are asked."""
    name = f"emlearn.families.{family}.{framework}"
    if importlib.util.find_spec(name) is None:
        return {}
    return dict(getattr(importlib.import_module(name), "ANSWERS", {}))


def ask(estimator: Any, op: str, X: Any) -> Any:
    """The estimator's own answer to an operation of a record, also where its method has another name, or stands behind a pipeline."""
    for framework in FRAMEWORKS:
        for family in FAMILIES if sys.modules.get(framework) is not None else ():
            for cls, answer in _answers_of(family, framework).items():
                if isinstance(estimator, cls):
                    return answer(estimator, op, X)
    if not hasattr(estimator, op):
        for wrapped in ("best_estimator_", "estimator_", "estimator"):  # searches; RANSAC, self-training; FrozenEstimator
            if hasattr(estimator, wrapped):
                return ask(getattr(estimator, wrapped), op, X)
        if hasattr(estimator, "steps"):
            return ask(estimator[-1], op, estimator[:-1].transform(X))
    return getattr(estimator, op)(X)


def readers() -> dict[type, Reader]:
    """All readers by estimator class, for the frameworks that are imported by now."""
    found: dict[type, Reader] = {}
    for framework in FRAMEWORKS:
        if sys.modules.get(framework) is not None:
            for family in FAMILIES:
                found.update(_readers_of(family, framework))
    return found


def read(estimator: Any) -> Record:
    """The record of a fitted estimator; a subclass is read as the nearest supported class it derives from.

    Raises
    ------
    UnsupportedError
        No reader for the class, or for one of its options.
    """
    known = readers()
    for cls in type(estimator).__mro__:
        if cls in known:
            return known[cls](estimator)
        if (reason := explain(cls)) is not None:
            raise UnsupportedError(reason)
    raise UnsupportedError(explain_unknown(type(estimator)))


def explain_unknown(cls: type) -> str:
    """The message for a class that nobody has heard of."""
    names = ", ".join(
        sorted(name for known in readers() if not (name := known.__name__).startswith("_") and known.__module__.split(".")[0] != "emlearn")
    )
    if not hasattr(cls, "get_params"):
        return (
            f"{cls.__module__}.{cls.__qualname__} cannot be converted: it is no estimator. Give the fitted estimator itself, "
            "a Pipeline of them, or the path of a model file"
        )
    return (
        f"{cls.__module__}.{cls.__qualname__} cannot be converted: it is not a class that emlearn knows, nor derived from one. "
        f"Supported: {names}. To ask for it, open an issue at https://github.com/emlearn/emlearn/issues"
    )
