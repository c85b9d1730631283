"""scikit-learn's Pipeline and VotingClassifier.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math

import numpy as np
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline

from ...errors import UnsupportedError
from ...record import Chain, Parallel, Record, Task
from ...registry import read


def read_pipeline(estimator: Pipeline) -> Record:
    """Its fitted steps in order; "passthrough" steps fall away."""
    stages: list[Record] = []
    steps = [(name, step) for name, step in estimator.steps if step is not None and step != "passthrough"]
    if not steps:
        raise UnsupportedError("the Pipeline has no steps besides 'passthrough': there is nothing to convert")
    for position, (name, step) in enumerate(steps):
        try:
            record = read(step)
        except UnsupportedError as error:
            raise UnsupportedError(f"step {name!r} of the Pipeline: {error}") from None
        if position < len(steps) - 1 and record.task.kind != "transformer":
            raise UnsupportedError(f"step {name!r} of the Pipeline is no transformer that emlearn knows, and stands before the last step")
        stages.append(record)
    return stages[0] if len(stages) == 1 else Chain.of(*stages)


def read_voting(estimator: VotingClassifier) -> Record:
    """Soft: the weighted mean of probabilities; hard: the weighted majority of classes."""
    members = [read(member) for member in estimator.estimators_]
    for member, fitted in zip(members, estimator.estimators_, strict=True):
        if member.task.kind != "classifier" or member.task.n_outputs != 1:
            raise UnsupportedError(f"the VotingClassifier's member {fitted!r} is no classifier with one output")
    n_classes = len(estimator.classes_)
    weights = getattr(estimator, "_weights_not_none", None)
    weights = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights > 0):
        raise UnsupportedError("the VotingClassifier's weights must be finite and not negative, and one must be positive")
    soft = estimator.voting == "soft"
    return Parallel(
        input="float32",
        n_features=members[0].n_features,
        task=Task("classifier", 1, (n_classes,)),
        members=tuple(members),
        join="mean" if soft else "vote",
        weights=(weights / weights.sum()).astype(np.float32) if soft else _votes(weights),
    )


def _votes(weights: np.ndarray) -> np.ndarray:
    """The weights as integers in the same proportion, so that sums of them compare as the exact sums do.

    uint32 where that has room for all of them, else uint64; rounded to 2^-62 of their sum only where they lie so far apart
    that this has no room either.
    """
    ratios = [float(weight).as_integer_ratio() for weight in weights]
    shared = math.lcm(*(denominator for _, denominator in ratios))
    numbers = [numerator * (shared // denominator) for numerator, denominator in ratios]
    common = math.gcd(*numbers)
    numbers = [number // common for number in numbers]
    total = sum(numbers)
    if total >= 1 << 63:
        numbers = [(number << 62) // total for number in numbers]
    return np.array(numbers, dtype=np.uint32 if total < 1 << 32 else np.uint64)


READERS = {Pipeline: read_pipeline, VotingClassifier: read_voting}
