"""Forests whose trees vote for one class per leaf: which trees, and which class, so that they err least together.

Trees are chosen one after the other, each for what it adds to the others, and the class of a leaf is the one that the votes of the other
trees need most ("leaf refinement"; Ren et al., Global Refinement of Random Forest, CVPR 2015). Few rows do not tell that of many leaves:
rows between them, which the whole forest answers, stand beside them, and what the training data had in a leaf counts too.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import numpy as np
from sklearn.tree import BaseDecisionTree

#: Rows that are made, and given ones of which they are made at most.
_MADE, _MOST_ROWS = 2000, 2000

#: Each made row lies between a given one and one of so many nearest to it.
_NEIGHBOURS = 10

#: All made rows together count as much as this share of the given ones; the shares of a leaf's training rows as this part of a row.
_MADE_WEIGHT, _PRIOR = 0.5, 1 / 3

#: Votes that make a class e times as likely.
_TEMPERATURE = 1.5

#: Rows x classes x trees x trees that are looked at.
_MOST_WORK = 200_000_000

#: Passes over all trees.
_SWEEPS = 3


@dataclasses.dataclass(frozen=True, eq=False)
class Lessons:
    """What a forest's votes should be.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_features), float32
        As trees see them.
    expected : ndarray of shape (n_rows, n_classes)
        Shares of classes.
    weight : ndarray of shape (n_rows,)
    """

    X: np.ndarray
    expected: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, trees: list[BaseDecisionTree], X: np.ndarray, expected: np.ndarray, looks: int) -> Lessons:
        """Given rows with their classes, and rows between them with what all `trees` say; each is looked at up to so many times."""
        X = np.ascontiguousarray(X, dtype=np.float32)
        made = between(X)
        said = np.mean([_shares(tree)[tree.tree_.apply(made)] for tree in trees], axis=0) ** 2
        weight = np.repeat([1.0, _MADE_WEIGHT * len(X) / max(len(made), 1)], [len(X), len(made)])
        expected = np.concatenate([expected, said / said.sum(axis=1, keepdims=True)])
        step = -(-looks * expected.size // _MOST_WORK)  # fewer rows where that would take long
        return cls(np.concatenate([X, made])[::step], expected[::step], step * weight[::step])


def between(X: np.ndarray) -> np.ndarray:
    """Rows that have some values of one row and the others of another near it, the same ones each time."""
    X = X[:: -(-len(X) // _MOST_ROWS)]
    if len(X) < 2:
        return X[:0]
    rng = np.random.default_rng(0)
    scale = np.nanstd(X, axis=0, where=np.isfinite(X))
    Z = np.nan_to_num(X / np.where(scale > 0, scale, 1.0), posinf=0.0, neginf=0.0).astype(np.float64)
    square = np.sum(Z**2, axis=1)
    distance = square[:, None] + square - 2 * Z @ Z.T
    np.fill_diagonal(distance, np.inf)
    near = np.argsort(distance, axis=1, kind="stable")[:, : min(_NEIGHBOURS, len(X) - 1)]
    first = rng.integers(len(X), size=_MADE)
    second = near[first, rng.integers(near.shape[1], size=_MADE)]
    of_second = rng.random((_MADE, X.shape[1])) < rng.random((_MADE, 1))
    return np.where(of_second, X[second], X[first])


@dataclasses.dataclass(frozen=True, eq=False)
class Voters:
    """Trees, and the class that each of their nodes votes for.

    Attributes
    ----------
    trees : list of fitted decision trees
    classes : list of ndarray of shape (n_nodes,)
        Of leaves; those of other nodes do not count.
    """

    trees: list[BaseDecisionTree]
    classes: list[np.ndarray]

    def votes(self, X: np.ndarray, n_classes: int) -> np.ndarray:
        """How many trees vote for each class, shape (n_rows, n_classes)."""
        X = np.ascontiguousarray(X, dtype=np.float32)
        found = np.zeros((len(X), n_classes))
        for tree, classes in zip(self.trees, self.classes, strict=True):
            found[np.arange(len(X)), classes[tree.tree_.apply(X)]] += 1
        return found

    @property
    def n_splits(self) -> int:
        """Of all trees, but those whose leaves all vote for the same class."""
        return sum(_splits(tree.tree_, classes) for tree, classes in zip(self.trees, self.classes, strict=True))

    def estimators(self) -> list[BaseDecisionTree]:
        """Copies of the trees whose leaves have one class each."""
        return [_with_classes(tree, classes) for tree, classes in zip(self.trees, self.classes, strict=True)]


def refined(pool: list[BaseDecisionTree], n_trees: int, lessons: Lessons) -> Voters:
    """`n_trees` of the pool, and the classes of their leaves."""
    leaf = [tree.tree_.apply(lessons.X) for tree in pool]
    prior = [_PRIOR * _shares(tree) for tree in pool]
    votes, rows = np.zeros_like(lessons.expected), np.arange(len(lessons.X))
    left, chosen, classes = list(range(len(pool))), [], []
    for _ in range(n_trees):
        gain, best = _gain(votes, lessons), None
        for number in left:
            gains = _per_node(leaf[number], gain, prior[number])
            reached = np.zeros(len(gains), dtype=bool)
            reached[leaf[number]] = True
            total = float(np.sum(gains.max(axis=1)[reached]))
            if best is None or total > best[0]:
                best = total, number, np.argmax(gains, axis=1)
        assert best is not None
        _, number, found = best
        left.remove(number)
        chosen.append(number)
        classes.append(found)
        votes[rows, found[leaf[number]]] += 1
    for _ in range(_SWEEPS):
        for place, number in enumerate(chosen):
            votes[rows, classes[place][leaf[number]]] -= 1
            classes[place] = np.argmax(_per_node(leaf[number], _gain(votes, lessons), prior[number]), axis=1)
            votes[rows, classes[place][leaf[number]]] += 1
    return Voters([pool[number] for number in chosen], classes)


def _gain(votes: np.ndarray, lessons: Lessons) -> np.ndarray:
    """By how much one more vote for each class lowers the cross-entropy of a softmax of the votes, shape (n_rows, n_classes)."""
    likely = np.exp((votes - votes.max(axis=1, keepdims=True)) / _TEMPERATURE)
    likely /= likely.sum(axis=1, keepdims=True)
    found: np.ndarray = lessons.weight[:, None] * (lessons.expected / _TEMPERATURE - np.log1p(likely * np.expm1(1 / _TEMPERATURE)))
    return found


def _per_node(leaf: np.ndarray, gain: np.ndarray, prior: np.ndarray) -> np.ndarray:
    columns = [np.bincount(leaf, weights=column, minlength=len(prior)) for column in gain.T]
    found: np.ndarray = np.stack(columns, axis=1) + prior
    return found


def _shares(tree: Any) -> np.ndarray:
    """Of the classes in each node, shape (n_nodes, n_classes)."""
    value = tree.tree_.value[:, 0, :]
    found: np.ndarray = value / value.sum(axis=1, keepdims=True)
    return found


def _splits(tree: Any, classes: np.ndarray) -> int:
    """Those that have leaves of several classes below them."""
    left, right, kind = tree.children_left.tolist(), tree.children_right.tolist(), classes.tolist()
    count = 0
    for node in range(tree.node_count - 1, -1, -1):  # children stand behind their parents
        if left[node] >= 0:
            same = kind[left[node]] == kind[right[node]]
            kind[node] = kind[left[node]] if same else -1 - node  # like no other
            count += not same
    return count


def _with_classes(tree: BaseDecisionTree, classes: np.ndarray) -> BaseDecisionTree:
    found = copy.copy(tree)
    found.tree_ = copy.deepcopy(tree.tree_)
    leaves = np.flatnonzero(found.tree_.children_left < 0)
    found.tree_.value[leaves] = 0.0
    found.tree_.value[leaves, 0, classes[leaves]] = 1.0
    return found
