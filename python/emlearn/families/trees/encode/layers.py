"""Nodes by their distance from the root, so that whole layers are computed at once.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ..record import Trees


def layers(trees: Trees) -> list[np.ndarray]:
    """The inner nodes of each level of all trees, roots first."""
    found, nodes = [], trees.roots[trees.roots >= 0]
    while nodes.size:
        found.append(nodes)
        children = np.concatenate([trees.left[nodes], trees.right[nodes]])
        nodes = children[children >= 0]
    return found


def of_children(child: np.ndarray, of_nodes: np.ndarray, of_leaves: np.ndarray) -> np.ndarray:
    """A number for each child, from those of inner nodes and of leaves."""
    inner = child >= 0
    found = np.empty(child.shape, dtype=of_leaves.dtype)
    found[inner] = of_nodes[child[inner]]
    found[~inner] = of_leaves[~child[~inner]]
    return found
