"""Which estimator is read by whom, and which family a record belongs to.

A family is a package in ``emlearn.families`` that exports ``RECORDS`` and the functions of :class:`Family`, and of :class:`More` what
it can; its readers live in one module per framework (``sklearn.py``), imported only once the user has imported that framework.

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
        """The gap (:func:`emlearn.gaps.gaps`) above which the class must be equal, shape (n_samples, n_outputs)."""

    def describe(self, record: Record) -> dict[str, Any]:
        """Facts for people, in order: what it is and how large."""


class More(Protocol):
    """What a package exports besides :class:`Family` where its models can do more; :func:`own` finds it."""

    #: Whether the arithmetics of ``NUMERIC`` take integers alone; a family without it takes floats too.
    NEEDS_INTEGERS: bool

    #: Whether ``absorb`` takes fronts that choose columns or fill missing values; a family without it gets none of these.
    FOLDS_COLUMNS: bool

    def arithmetics(self, record: Record) -> tuple[str, ...]:
        """Those of ``NUMERIC`` that this record has; without it all."""

    def chooses(self, record: Record) -> bool:
        """Whether ``finish`` has a rule of its own for ``numeric="auto"``."""

    def steps_seen(self, record: Record, X: np.ndarray) -> tuple[Any, ...]:
        """What the steps of a network in integers do on rows, for reports."""

    def bulk(self, record: Record, op: str) -> Callable[[np.ndarray], np.ndarray]:
        """What answers many rows as ``run`` does, to the bit, by a faster way."""

    def takes_leaf_bits(self, record: Record) -> bool:
        """Whether ``leaf_bits=`` means something: there are leaves that can be shortened."""

    def thin(self, record: Record, max_points: int) -> Record | None:
        """The record, on features still, with at most that many training rows or support vectors; None where no part has such."""

    def as_transformer(self, record: Record) -> Record | None:
        """The ``transform`` that a record has beside its ``predict``, as a stage before others; None where it has none."""

    def predictor(self, record: Record) -> Record:
        """The record without what its estimator has beside its prediction."""

    def behind(self, record: Record, first: Record) -> Record | None:
        """The record on what a projection gives, as one record; None where two are smaller."""

    def select(self, record: Record, columns: np.ndarray) -> list[Record] | None:
        """Stages that give only these columns of a transformer's; None where all are needed."""

    def scaled(self, record: Record, front: Front) -> Record:
        """A transformer whose columns go through affine steps, as one record."""


@functools.cache
def _family(name: str) -> Any:
    return importlib.import_module(f"emlearn.families.{name}")


def family_of(record: Record) -> Any:
    """The family package (a :class:`Family`) of a record."""
    for name in FAMILIES:
        if isinstance(record, _family(name).RECORDS):
            return _family(name)
    raise TypeError(f"no family has a record of type {type(record).__name__}")


def own(record: Record, name: str) -> Any:
    """What the record's family has under a name of :class:`More`; None where it has nothing."""
    return getattr(family_of(record), name, None)


def finish(record: Record, options: Options) -> Record:
    """The record's remaining passes, by its own family.

    Raises
    ------
    UnsupportedError
        The family does not have the arithmetic that `options` asks for.
    """
    family = family_of(record)
    if options.numeric != "exact" and options.numeric not in (known := arithmetics(record)):
        has = ", ".join(map(repr, ("exact", *known)))
        parts = ", ".join(type(part).__name__ for part in record.made_of)
        who = f"the parts of the model ({parts})" if parts else f"{type(record).__name__} models"
        raise UnsupportedError(f"numeric={options.numeric!r}: {who} have {has}; choose one of these")
    if options.leaf_bits is not None and not shortens(record):
        raise UnsupportedError(f"leaf_bits={options.leaf_bits!r}: {type(record).__name__} models have no leaves to shorten; leave it out")
    if options.numeric != "exact":
        return _family("compose").finish_part(record, options)
    return family.finish(record, options)


def arithmetics(record: Record) -> tuple[str, ...]:
    """The quantised arithmetics that a record has."""
    some = own(record, "arithmetics")
    found: tuple[str, ...] = family_of(record).NUMERIC if some is None else some(record)
    return found


def bulk_of(record: Record, op: str) -> Callable[[np.ndarray], np.ndarray]:
    """What answers `op` on the host as ``run`` does, to the bit, prepared for many calls and many rows."""
    faster = own(record, "bulk")
    if faster is None:
        return functools.partial(family_of(record).run, record, op)
    found: Callable[[np.ndarray], np.ndarray] = faster(record, op)
    return found


def shortens(record: Record) -> bool:
    """Whether ``leaf_bits=`` means something."""
    takes = own(record, "takes_leaf_bits")
    return takes is not None and takes(record)


def thin(record: Record, max_points: int) -> Record | None:
    """The record, on features still, with at most that many training rows or support vectors; None where it has none to leave out."""
    thinner = own(record, "thin")
    made: Record | None = None if thinner is None else thinner(record, max_points)
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
    if (answer := _answer_of(estimator)) is not None:
        return answer(estimator, op, X)
    if not hasattr(estimator, op) or _has_its_own(estimator):
        for wrapped in ("best_estimator_", "estimator_", "estimator"):  # searches; RANSAC, self-training; FrozenEstimator
            if hasattr(estimator, wrapped):
                return ask(getattr(estimator, wrapped), op, X)
        if hasattr(estimator, "steps"):
            return ask(estimator[-1], op, estimator[:-1].transform(X))
    return getattr(estimator, op)(X)


def _answer_of(estimator: Any) -> Callable[[Any, str, Any], Any] | None:
    """How this one is asked, where that is not by its methods."""
    for framework in FRAMEWORKS:
        for family in FAMILIES if sys.modules.get(framework) is not None else ():
            for cls, answer in _answers_of(family, framework).items():
                if isinstance(estimator, cls):
                    return answer
    return None


def _has_its_own(estimator: Any) -> bool:
    """Whether what answers in a search or behind other steps is not asked by its methods."""
    if hasattr(estimator, "best_estimator_"):
        return _has_its_own(estimator.best_estimator_)
    if len(getattr(estimator, "steps", ())) > 1:
        return _has_its_own(estimator.steps[-1][1])
    return _answer_of(estimator) is not None


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
