"""Nodes as a library stores them to nodes in preorder: checked, since files may hold anything.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ....errors import InvalidInputError
from ..hist import Grown


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
    grown = Grown(
        feature=feature[order].astype(np.int64),
        threshold=threshold[order].astype(np.float64),
        children_left=np.where(inner, place[left[order]], -1),
        children_right=np.where(inner, place[right[order]], -1),
        missing_go_to_left=missing_left[order].astype(bool),
        n_node_samples=np.where(np.isfinite(weight[order]), weight[order], 0.0),
        value=np.zeros(0),
    )
    return grown, order


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
