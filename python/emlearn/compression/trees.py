"""The trees of a model, brought to one form before they are made smaller: keys of raw values, and a leaf of its own at every place.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ..errors import InvalidInputError, UnsupportedError
from ..families.compose import absorb_or_chain
from ..families.ensembles.quantise import occurrences, replaced
from ..families.ensembles.record import Boosted
from ..families.trees.passes import drop_idle, drop_unused, finish_nodes
from ..families.trees.record import Forest, Trees
from ..front import Front
from ..options import Options
from ..registry import read
from .prune import Order

if TYPE_CHECKING:
    from ..model import Model

T = TypeVar("T", bound=Trees)


def compressible(model: Model) -> bool:
    """Whether :func:`trees_of` takes the model."""
    record = model.record
    return isinstance(record, Forest | Boosted) and (isinstance(record, Boosted) or record.task.n_outputs == 1)


def trees_of(model: Model) -> Forest | Boosted:
    """The trees over raw values, before leaves become integers; those of a forest of values as trees whose leaves are added up.

    Raises
    ------
    UnsupportedError
        The model is made of something else.
    """
    if model.estimator is None or not model.arguments:
        raise InvalidInputError("the model has no estimator to convert again: convert it from one")
    if not compressible(model):
        several = " of several outputs" if isinstance(model.record, Forest) else ""
        raise UnsupportedError(
            f"compress takes boosted trees, and decision trees and forests of one output, not {type(model.record).__name__}{several}: "
            "convert(optimize='size') is the smallest form of this model, fit_to looks for a smaller one"
        )
    record = absorb_or_chain(read(model.estimator), Front(model.input))
    assert isinstance(record, Forest | Boosted)
    record = finish_nodes(record, Options())
    return _summed(record) if isinstance(record, Forest) and not record.is_classifier else record


def _summed(record: Forest) -> Boosted:
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(Trees)}
    fields["leaves"] = record.leaves / record.n_trees
    return Boosted(**fields, column=np.zeros(record.n_trees, dtype=np.int64), base=np.zeros(1))


def spread(trees: T) -> T:
    """Every place of a leaf has a leaf of its own."""
    _, leaf = occurrences(trees)
    left, right, roots = replaced(trees, np.arange(len(leaf)))
    return dataclasses.replace(trees, leaves=trees.leaves[leaf], left=left, right=right, roots=roots)


def shared(trees: T) -> T:
    """Equal leaves are one again, and splits that this made idle are gone; `trees` have been spread."""
    leaves, ids = np.unique(trees.leaves, axis=0, return_inverse=True)
    _, leaf = occurrences(trees)
    left, right, roots = replaced(trees, ids.reshape(-1)[leaf])
    return drop_unused(drop_idle(dataclasses.replace(trees, leaves=leaves, left=left, right=right, roots=roots)))


def cut(trees: T, order: Order, ends: np.ndarray) -> T:
    """The trees in which some nodes are leaves, spread again."""
    if len(ends) == 0:
        return trees
    number = np.full(trees.n_nodes, -1, dtype=np.int64)
    number[ends] = len(trees.leaves) + np.arange(len(ends))

    def at(child: np.ndarray) -> np.ndarray:
        leaf = np.where(child >= 0, number[np.maximum(child, 0)], -1)
        return np.where(leaf >= 0, ~leaf, child)

    leaves = np.concatenate([trees.leaves, order.mean[ends]])
    return spread(drop_unused(dataclasses.replace(trees, leaves=leaves, left=at(trees.left), right=at(trees.right), roots=at(trees.roots))))


def training_weight(trees: Trees) -> np.ndarray:
    """How much of the training data reached each leaf of spread trees, more than 0; alike where the estimator does not say."""
    weight = np.ones(len(trees.leaves))
    if trees.weight is not None:
        for side, share in ((trees.left, trees.weight[:, 0]), (trees.right, trees.weight[:, 1])):
            weight[~side[side < 0]] = np.maximum(share[side < 0], np.finfo(np.float64).tiny)
    return weight
