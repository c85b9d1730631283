"""Nodes as a library stores them to nodes in preorder: checked, since files may hold anything.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ....errors import InvalidInputError
from ..hist import Grown
from ..questions import THRESHOLD, Question, Questions


def grow(
    where: str,
    left: np.ndarray,
    right: np.ndarray,
    feature: np.ndarray,
    threshold: np.ndarray,
    missing_left: np.ndarray,
    weight: np.ndarray,
    n_features: int,
) -> tuple[Grown, np.ndarray]:
    """The nodes that the first one leads to.

    Parameters
    ----------
    where : str
        What to call the tree in an error.
    left, right : ndarray of shape (n_nodes,), int64
        Children; -1 on the left says that the node is a leaf.
    feature, threshold, missing_left : ndarray of shape (n_nodes,)
        A row goes left where ``x[feature] <= threshold``.
    weight : ndarray of shape (n_nodes,), float64
        How much of the training data came here.
    n_features : int

    Returns
    -------
    grown : Grown
        With no values.
    order : ndarray of int64
        Which of the given nodes each one is.

    Raises
    ------
    InvalidInputError
        A child, feature or threshold out of range, or a node that two ways lead to.
    """
    n = len(left)
    inner = left != -1
    children = np.concatenate([left[inner], right[inner]])
    if np.any((children < 0) | (children >= n)):
        raise InvalidInputError(f"{where} has a child that is out of range (0 to {n - 1}): the model is damaged")
    if np.any((feature[inner] < 0) | (feature[inner] >= n_features)):
        raise InvalidInputError(f"{where} has a feature that is out of range (0 to {n_features - 1}): the model is damaged")
    if np.any(np.isnan(threshold[inner])):
        raise InvalidInputError(f"{where} has a threshold that is no number: the model is damaged")
    order = np.array(_preorder(where, left.tolist(), right.tolist()), dtype=np.int64)
    place = np.full(n, -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    inner = inner[order]
    left, right = np.where(inner, left[order], 0), np.where(inner, right[order], 0)  # what leaves say there may be anything
    grown = Grown(
        feature=feature[order].astype(np.int64),
        threshold=threshold[order].astype(np.float64),
        children_left=np.where(inner, place[left], -1),
        children_right=np.where(inner, place[right], -1),
        missing_go_to_left=missing_left[order].astype(bool),
        n_node_samples=np.where(np.isfinite(weight[order]), weight[order], 0.0),
        value=np.zeros(0),
    )
    return grown, order


def ask(questions: Questions, grown: Grown, order: np.ndarray, sets: dict[int, tuple[int, ...]], members_right: bool) -> None:
    """Splits on categories of a tree become splits on flags.

    Parameters
    ----------
    questions : Questions
    grown, order : Grown, ndarray
        The tree, as from :func:`grow`.
    sets : dict
        By node, as it was given, the categories that the split names; values that are no category go with the others.
    members_right : bool
        The way of the named ones. Missing values go where the node says if these go right, else with the others.
    """
    for place in np.flatnonzero(np.isin(order, list(sets))) if sets else ():
        others = not members_right
        missing = not grown.missing_go_to_left[place] if members_right else others
        question = Question(int(grown.feature[place]), sets[int(order[place])], members_right, others, bool(missing))
        grown.feature[place] = questions.ask(question)
        grown.threshold[place] = THRESHOLD


def truncated(_feature: int, categories: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value that ``int(x)`` makes a category of, where negative ones are none."""
    return categories.astype(np.float64), np.nextafter(categories + 1.0, -np.inf)


def _preorder(where: str, left: list[int], right: list[int]) -> list[int]:
    seen, order, stack = bytearray(len(left)), [], [0]
    while stack:
        node = stack.pop()
        if seen[node]:
            raise InvalidInputError(f"{where} is no tree: two ways lead to node {node}; the model is damaged")
        seen[node] = 1
        order.append(node)
        if left[node] != -1:
            stack += (right[node], left[node])
    return order
