"""Random forests as records, grown without an estimator: any size, width and shape that the encoding may meet.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
from emlearn.families.trees import finish, keys
from emlearn.families.trees.record import Forest
from emlearn.options import Options
from emlearn.record import Task


def grow(
    rng: np.random.Generator,
    *,
    input: str = "float32",
    low: int = -100,
    high: int = 100,
    n_features: int = 5,
    n_trees: int = 2,
    n_nodes: int = 30,
    missing: str = "never",
    leaves: np.ndarray | None = None,
    outputs: tuple[int, ...] = (3,),
    kind: str = "classifier",
    shape: str = "random",
    optimize: str = "balanced",
) -> Forest:
    """A finished forest whose thresholds are keys from `low` to `high`, both of them used.

    Parameters
    ----------
    leaves : ndarray of shape (n_leaves, sum of outputs), optional
        Distinct leaves to choose from.
    outputs : tuple of int
        Classes per output; for a regressor, as many outputs.
    shape : {"random", "left", "right"}
        Chains go down on one side only.
    """
    if leaves is None:
        leaves = np.eye(sum(outputs)) if len(outputs) == 1 and kind == "classifier" else rng.normal(size=(9, sum(outputs)))
    roots, left, right = [], np.zeros(n_trees * n_nodes, dtype=np.int64), np.zeros(n_trees * n_nodes, dtype=np.int64)
    for tree in range(n_trees):
        base = tree * n_nodes
        roots.append(base if n_nodes else ~int(rng.integers(len(leaves))))
        slots: list[tuple[int, int]] = []
        for node in range(base, base + n_nodes):
            if slots:
                at = int(rng.integers(len(slots))) if shape == "random" else (0 if shape == "left" else 1)
                slots[at], slots[-1] = slots[-1], slots[at]
                parent, side = slots.pop()
                (left, right)[side][parent] = node
                if shape != "random":
                    slots.clear()
            slots += [(node, 0), (node, 1)]
            left[node] = ~int(rng.integers(len(leaves)))
            right[node] = ~int(rng.integers(len(leaves)))
    n = n_trees * n_nodes
    threshold = rng.integers(low, high, n, endpoint=True)
    feature = rng.integers(0, n_features, n)
    if n > 1:
        threshold[:2], feature[:2] = (low, high), (0, n_features - 1)
    task = Task("classifier", len(outputs), outputs) if kind == "classifier" else Task("regressor", sum(outputs))
    record = Forest(
        input=input,
        n_features=n_features,
        task=task,
        roots=np.array(roots),
        feature=feature.astype(np.int32),
        threshold=threshold.astype(np.int64),
        left=left,
        right=right,
        missing_left=rng.random(n) < 0.5,
        leaves=leaves,
        missing=missing,
        missing_value=int(np.iinfo(input).max if n_features % 2 else np.iinfo(input).min) if missing == "value" else 0,
    )
    return finish(record, Options(optimize=optimize))


def rows(rng: np.random.Generator, record: Forest, n: int = 200) -> np.ndarray:
    """Raw rows on the thresholds, next to them, at the ends of the type, and missing (NaN of either sign)."""
    least, most = keys.limits(record.input)
    pool = np.concatenate([record.threshold, record.threshold + 1, record.threshold - 1, [least, most, 0]])
    raw = keys.from_keys(rng.choice(pool, (n, record.n_features)).clip(least, most), record.input)
    holes = rng.random(raw.shape) < 0.1
    if record.missing == "nan":
        raw[holes] = rng.choice([np.nan, -np.nan], np.count_nonzero(holes))
    elif record.missing == "value":
        raw[holes] = record.missing_value
    return raw


def distributions(rng: np.random.Generator, n_leaves: int, n_classes: int, n_shares: int) -> np.ndarray:
    """Leaves over all classes, with at least `n_shares` distinct shares among them."""
    shares = rng.random((n_leaves, n_classes))
    shares[rng.random(shares.shape) < 0.5] = 0
    shares[np.arange(n_leaves), rng.integers(0, n_classes, n_leaves)] += 0.5
    shares /= shares.sum(axis=1, keepdims=True)
    assert len(np.unique(shares)) >= n_shares
    return shares


def near() -> np.ndarray:
    """Leaves whose sums nearly cancel: halves of primes, as close to one half as such fractions come, and both ways round."""
    halves = [(n // 2 / n, 1 - n // 2 / n, 0) for n in (97, 101, 103, 107, 109, 113, 127)]
    return np.array([*halves, *((b, a, c) for a, b, c in halves), (0.5, 0.5, 0)])


def limits(input: str) -> tuple[int, int]:
    """The least and largest threshold's key that leaves a row on either side, for a raw type."""
    if input.startswith("float"):
        return (-0x7F800000, 0x7F7FFFFF) if input == "float32" else (-0x7FF0000000000000, 0x7FEFFFFFFFFFFFFF)
    return int(np.iinfo(input).min) + 1, int(np.iinfo(input).max) - 1
