"""One form of nodes: questions and leaves by their answers, for trees that ask few different ones (``include/emlearn/trees/levels.hpp``).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..record import Trees

_MOST_LEVELS = 12


@dataclasses.dataclass(frozen=True, eq=False)
class Levels:
    """The tables.

    Attributes
    ----------
    depths : ndarray of shape (n_trees,), uint8
    features : ndarray of shape (n_questions,), uint8 or uint16
    missing_left : ndarray of shape (n_questions,), bool
        Whether a missing value answers no; all False where none can be missing.
    thresholds : ndarray of shape (n_questions,)
        Of the key's dtype.
    leaves : ndarray of shape (sum of 2^depth,), uint8 or uint16
        Payloads.
    """

    depths: np.ndarray
    features: np.ndarray
    missing_left: np.ndarray
    thresholds: np.ndarray
    leaves: np.ndarray

    def flagged(self, dtype: str) -> np.ndarray:
        """Features as a table of `dtype` has them, the flag in the top bit."""
        flag = self.missing_left.astype(dtype) << np.array(8 * np.dtype(dtype).itemsize - 1, dtype)
        return self.features.astype(dtype) | flag

    @property
    def n_bytes(self) -> int:
        return sum(table.nbytes for table in (self.depths, self.features, self.thresholds, self.leaves))


def encode(trees: Trees, payload: np.ndarray, key: str, most_bytes: int) -> Levels | None:
    """The tables; None where they would take more than `most_bytes`, or a field is too narrow."""
    if int(np.max(payload, initial=0)) >= 1 << 16 or trees.n_trees == 0:
        return None
    has_missing = trees.missing != "never"
    questions = _questions(trees, has_missing)
    depths = np.array([len(asked) for _, asked in questions])
    width = 1 if int(np.max(payload, initial=0)) < 1 << 8 else 2
    if depths.max() > _MOST_LEVELS or int(np.sum(1 << depths)) * width > most_bytes:
        return None
    wide = trees.n_features > (128 if has_missing else 256)
    if trees.n_features > (1 << 15 if has_missing else 1 << 16):
        return None
    asked = np.concatenate([nodes for _, nodes in questions]).astype(np.int64)
    leaves = np.concatenate([_by_answers(trees, payload, tree, bits, len(nodes)) for tree, (bits, nodes) in enumerate(questions)])
    found = Levels(
        depths.astype(np.uint8),
        trees.feature[asked].astype(np.uint16 if wide else np.uint8),
        trees.missing_left[asked] & has_missing,
        trees.threshold[asked].astype(key),
        leaves.astype(np.uint8 if width == 1 else np.uint16),
    )
    return found if found.n_bytes <= most_bytes else None


def _questions(trees: Trees, has_missing: bool) -> list[tuple[dict[int, int], list[int]]]:
    """Per tree, which question each node asks, and a node for each question, in the order in which they are met first."""
    feature, threshold, ways = trees.feature.tolist(), trees.threshold.tolist(), trees.missing_left.tolist()
    left, right = trees.left.tolist(), trees.right.tolist()
    found = []
    for root in trees.roots.tolist():
        number: dict[tuple[int, float, bool], int] = {}
        asked: list[int] = []
        of: dict[int, int] = {}
        stack = [root]
        while stack:
            node = stack.pop()
            if node < 0:
                continue
            what = (feature[node], threshold[node], has_missing and ways[node])
            of[node] = number.setdefault(what, len(number))
            if of[node] == len(asked):
                asked.append(node)
                if len(asked) > _MOST_LEVELS:
                    break
            stack += (right[node], left[node])
        found.append((of, asked))
    return found


def _by_answers(trees: Trees, payload: np.ndarray, tree: int, question: dict[int, int], depth: int) -> np.ndarray:
    """The payload for each combination of answers, those included that no row can give."""
    out = np.zeros(1 << depth, dtype=np.int64)
    stack = [(int(trees.roots[tree]), np.arange(1 << depth))]
    while stack:
        node, places = stack.pop()
        if node < 0:
            out[places] = payload[~node]
            continue
        yes = (places >> (depth - 1 - question[node]) & 1).astype(bool)
        stack += ((int(trees.left[node]), places[~yes]), (int(trees.right[node]), places[yes]))
    return out
