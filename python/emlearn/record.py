"""The middle form of a model: plain, frozen data that neither emits nor predicts by itself.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np


@dataclasses.dataclass(frozen=True)
class Task:
    """What a model answers.

    Attributes
    ----------
    kind : {"classifier", "multilabel", "regressor", "mixture", "clusterer", "detector", "transformer"}
        A detector's ``predict`` is +1 for what it knows and -1 for what it does not.
    n_outputs : int
        Columns of ``predict`` (of ``transform`` for a transformer).
    n_classes : tuple of int
        Classes per output of a classifier, components of a mixture or clusters (one entry), empty for the others.
    widths : tuple of (str, int)
        Columns of the operations that have others than the rules of :meth:`width` say, by name.
    is_column : bool
        Whether a regressor or classifier of one output answers in Python as one of several does, in shape (n_samples, 1), as its
        estimator does.
    dtype : str
        The type of what ``transform`` of a transformer gives: float32, or an integer for a stage behind it that counts in integers.
    answers : str
        The dtype of the estimator's own ``predict`` where it is not that of its kind (:attr:`predicts`).
    """

    kind: str
    n_outputs: int = 1
    n_classes: tuple[int, ...] = ()
    widths: tuple[tuple[str, int], ...] = ()
    is_column: bool = False
    dtype: str = "float32"
    answers: str = ""

    @property
    def predicts(self) -> str:
        """The dtype of ``predict`` in Python: the estimator's own for rows of float64; "" for labels, which have theirs."""
        return self.answers or {"classifier": "", "regressor": "float64"}.get(self.kind, "int64")

    @property
    def is_discrete(self) -> bool:
        """Whether ``predict`` answers integers."""
        return self.kind in ("classifier", "multilabel", "mixture", "clusterer", "detector")

    def width(self, op: str) -> int:
        """The number of values that one row of `op` has on the device."""
        if (found := dict(self.widths).get(op)) is not None:
            return found
        if op == "predict_proba" and self.kind != "multilabel":
            return sum(self.n_classes)
        if op == "score_samples":
            return 1
        return self.n_outputs


@dataclasses.dataclass(frozen=True, eq=False)
class Record:
    """A model as the tables that its device kernel reads.

    Subclasses add numpy arrays. Two records are equal when all their fields are (arrays by value).

    Attributes
    ----------
    input : str
        The dtype of the raw values that the kernel takes, a key of :data:`emlearn.inputs.C_TYPES`.
    n_features : int
    task : Task
    """

    #: Whether the device's ``predict`` equals scikit-learn's to the bit (ties apart).
    exact: ClassVar[bool] = False

    #: Whether every answer on the device is that of the numpy reference to the bit: then a report demands it, besides the bound.
    bitwise: ClassVar[bool] = False

    input: str
    n_features: int
    task: Task

    @property
    def fed(self) -> type:
        """The dtype in which scikit-learn is given float32 values: float32 where the device is exact, else float64 (the bounds need it)."""
        return np.float32 if self.exact else np.float64

    @property
    def ops(self) -> tuple[str, ...]:
        """What can be asked of the model, ``predict`` or ``transform`` first; families that offer others override it."""
        return {
            "classifier": ("predict", "predict_proba"),
            "multilabel": ("predict", "predict_proba"),
            "regressor": ("predict",),
            "mixture": ("predict", "predict_proba", "score_samples"),
            "clusterer": ("predict",),
            "detector": ("predict", "decision_function", "score_samples"),
            "transformer": ("transform",),
        }[self.task.kind]

    def feeds(self, op: str) -> str:
        """What a stage before the last is asked for where the chain is asked for `op`."""
        return "transform"

    @property
    def made_of(self) -> tuple[Record, ...]:
        """The records that it is made of, stages or members; none where it is one model."""
        return ()

    @property
    def needed(self) -> np.ndarray:
        """The raw features that answers depend on, ascending: the others are never read."""
        return np.arange(self.n_features)

    @property
    def gap_op(self) -> str:
        """The operation that tells by how much a class was chosen, in whose units margins are (:func:`emlearn.gaps.gaps`)."""
        return "predict_proba" if "predict_proba" in self.ops else "decision_function"

    def __eq__(self, other: object) -> bool:
        return same_fields(self, other)

    __hash__ = None  # type: ignore[assignment]


@dataclasses.dataclass(frozen=True, eq=False)
class Chain(Record):
    """Stages one after the other: each but the last is a transformer whose output, of its task's ``dtype``, the next one takes."""

    stages: tuple[Record, ...]

    @classmethod
    def of(cls, *stages: Record) -> Chain:
        return cls(stages[0].input, stages[0].n_features, stages[-1].task, stages)

    @property
    def made_of(self) -> tuple[Record, ...]:
        return self.stages

    @property
    def needed(self) -> np.ndarray:
        return self.stages[0].needed

    @property
    def gap_op(self) -> str:
        return self.stages[-1].gap_op

    @property
    def ops(self) -> tuple[str, ...]:
        return self.stages[-1].ops


@dataclasses.dataclass(frozen=True, eq=False)
class Parallel(Record):
    """Members that see the same row, and how their answers join.

    Attributes
    ----------
    members : tuple of Record
    join : {"mean", "vote", "concat", "outputs"}
        ``mean``: weighted mean of the members' ``predict_proba`` (soft voting) or, for regressors, of ``predict``.
        ``vote``: the class with the largest weight of members' answers, the lowest where several have it.
        ``concat``: the members' ``transform`` side by side. ``outputs``: each member answers for one output.
    weights : ndarray of shape (n_members,), float32; uint32 or uint64 for ``vote``
        As they are added up: they need not sum to one.
    """

    members: tuple[Record, ...]
    join: str
    weights: np.ndarray

    @property
    def made_of(self) -> tuple[Record, ...]:
        return self.members

    @property
    def fed(self) -> type:
        return np.float32 if all(member.fed is np.float32 for member in self.members) else np.float64

    @property
    def needed(self) -> np.ndarray:
        return np.unique(np.concatenate([member.needed for member in self.members]))

    @property
    def ops(self) -> tuple[str, ...]:
        if self.join == "outputs":
            return tuple(op for op in super().ops if all(op in member.ops for member in self.members))
        return ("predict",) if self.join == "vote" else super().ops


@dataclasses.dataclass(frozen=True, eq=False)
class Answers(Record):
    """What members say of the same row, side by side, as the input of a stage that makes one answer of it.

    Classes are indices, as floats.

    Attributes
    ----------
    members : tuple of Record
    asks : tuple of (str, tuple of (int, str, tuple of int))
        For each operation of the whole chain: which members are asked for what, and which values of it are kept.
    """

    members: tuple[Record, ...]
    asks: tuple[tuple[str, tuple[tuple[int, str, tuple[int, ...]], ...]], ...]

    @classmethod
    def of(cls, members: tuple[Record, ...], asks: dict[str, list[tuple[int, str, tuple[int, ...]]]]) -> Answers:
        """For features of float32."""
        kept = tuple((op, tuple(ask)) for op, ask in asks.items())
        widths = tuple((f"for_{op}", sum(len(columns) for _, _, columns in ask)) for op, ask in kept)
        same = len({ask for _, ask in kept}) == 1
        task = Task("transformer", max(n for _, n in widths), widths=widths)
        return cls("float32", max(m.n_features for m in members), task, members, (("", kept[0][1]),) if same else kept)

    @property
    def made_of(self) -> tuple[Record, ...]:
        return self.members

    def feeds(self, op: str) -> str:
        return "transform" if self.asks[0][0] == "" else f"for_{op}"

    def asked(self, feed: str) -> tuple[tuple[int, str, tuple[int, ...]], ...]:
        """The asks behind a name that :meth:`feeds` gave."""
        return dict(self.asks)["" if feed == "transform" else feed.removeprefix("for_")]

    @property
    def ops(self) -> tuple[str, ...]:
        return tuple(f"for_{op}" if op else "transform" for op, _ in self.asks)

    @property
    def needed(self) -> np.ndarray:
        return np.unique(np.concatenate([member.needed for member in self.members]))


def mean_dtype(*members: Record) -> str:
    """The dtype of a mean of what regressors predict."""
    return str(np.result_type(np.float32, *(member.task.predicts for member in members)))


def same_fields(a: Any, b: Any) -> bool:
    """``__eq__`` of a dataclass with arrays: of one class, and all fields equal, arrays by value and dtype."""
    if type(a) is not type(b):
        return NotImplemented
    return all(_same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))


def _same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)
