"""The order of minimal cost-complexity pruning: the subtree that lowers the impurity by the least per leaf goes first.

Breiman et al., Classification and Regression Trees (1984), chapter 3.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import heapq


def weakest_first(
    left: list[int], right: list[int], parent: list[int], leaves: list[int], impurity: list[float], below: list[float]
) -> list[tuple[float, int, int]]:
    """What becomes a leaf, one after the other, until only roots are left.

    Parameters
    ----------
    left, right : list of int
        Children of each node. A node that has none has a negative one; so has, in trees whose leaves are no nodes, one above a leaf.
    parent : list of int
        Negative at roots.
    leaves : list of int
        How many are below each node, itself where it is one; used up.
    impurity, below : list of float
        Of each node as a leaf, and of all leaves below it together; `below` is used up.

    Returns
    -------
    list of (float, int, int)
        The loss per leaf, the node, and how many splits go.
    """
    split = [count > 1 for count in leaves]
    link = [(impurity[node] - below[node]) / (leaves[node] - 1) if split[node] else 0.0 for node in range(len(left))]
    heap = [(link[node], node) for node in range(len(left)) if split[node]]
    heapq.heapify(heap)
    cuts = []
    while heap:
        loss, node = heapq.heappop(heap)
        if not split[node] or loss != link[node]:
            continue
        gone, raised = leaves[node] - 1, impurity[node] - below[node]
        cuts.append((loss, node, gone))
        open_ = [node]
        while open_:
            at = open_.pop()
            if at >= 0 and split[at]:
                split[at] = False
                open_ += (left[at], right[at])
        up = parent[node]
        while up >= 0:
            below[up] += raised
            leaves[up] -= gone
            link[up] = (impurity[up] - below[up]) / (leaves[up] - 1)
            heapq.heappush(heap, (link[up], up))
            up = parent[up]
    return cuts
