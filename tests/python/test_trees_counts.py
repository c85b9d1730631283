"""Leaves that hold counts: sums in 32 bits or less give the class of exact fractions, however close the classes are.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from emlearn.families import trees
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encoded
from emlearn.families.trees.encode.counts import Counts
from emlearn.families.trees.record import Forest
from emlearn.families.trees.reference import leaves as reached
from forests import grow, near, rows
from hypothesis import given
from hypothesis import strategies as st


def counted(rng: np.random.Generator, n_leaves: int, n_classes: int, most: int) -> np.ndarray:
    """Shares k / n of leaves with up to `most` rows, among them some of one class."""
    n = rng.integers(1, most, n_leaves, endpoint=True)
    shares = rng.dirichlet(np.full(n_classes, 0.4), n_leaves)
    return np.array([rng.multinomial(rows, p) / rows for rows, p in zip(n, shares, strict=True)])


def leaves_of(record: Forest) -> Counts:
    leaves = encoded(record).leaves
    assert isinstance(leaves, Counts)
    return leaves


def exact_classes(record: Forest, raw: np.ndarray) -> np.ndarray:
    """By fractions; the lowest of equals."""
    shares = [[Fraction(share).limit_denominator(1 << 15) for share in leaf] for leaf in record.leaves.tolist()]
    sums = [[sum(column) for column in zip(*(shares[leaf] for leaf in row), strict=True)] for row in reached(record, raw)]
    return np.array([row.index(max(row)) for row in sums])


def agree(record: Forest, raw: np.ndarray) -> None:
    assert kernels.valid(record)
    got = kernels.run(record, "predict", raw)
    np.testing.assert_array_equal(got, trees.reference(record, "predict", raw))
    np.testing.assert_array_equal(got[:, 0], exact_classes(record, raw))
    error = np.abs(kernels.run(record, "predict_proba", raw) - trees.reference(record, "predict_proba", raw))
    assert np.all(error <= trees.bound(record, "predict_proba", raw) + 1e-7)
    assert trees.bound(record, "predict_proba", raw).max() <= 2.0**-16 + 4 * 2.0**-24


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
@pytest.mark.parametrize("n_trees", [2, 10, 100])
@pytest.mark.parametrize(
    ("n_classes", "most", "passes"), [(3, 6, 1), (3, 60, None), (10, 200, None), (17, 250, None), (32, 300, None), (5, 9000, None)]
)
def test_classes_of_exact_fractions(optimize: str, n_trees: int, n_classes: int, most: int, passes: int | None) -> None:
    rng = np.random.default_rng(n_trees + n_classes)
    record = grow(rng, leaves=counted(rng, 60, n_classes, most), outputs=(n_classes,), n_trees=n_trees, n_nodes=30, optimize=optimize)
    leaves = leaves_of(record)
    assert passes is None or leaves.passes == passes
    assert most < 60 or leaves.passes > 1
    agree(record, rows(rng, record, 60))


def test_exact_sums_beyond_31_bits() -> None:
    """All of the word is used where the common denominator needs it: nothing is a signed number then."""
    rng = np.random.default_rng(0)
    leaves = counted(rng, 30, 5, 4)
    leaves[:3] = [[0.25, 0.75, 0, 0, 0], [1 / 949, 0, 948 / 949, 0, 0], [0, 0, 207 / 416, 209 / 416, 0]]
    leaves[3:6, :] = [[0, 11 / 25, 14 / 25, 0, 0], [0, 0, 0, 6 / 13, 7 / 13], [1 / 23, 22 / 23, 0, 0, 0]]
    leaves[6:], leaves[6] = [0, 0, 0, 0, 1], [0, 0, 0, 1 / 3, 2 / 3]
    record = grow(rng, leaves=leaves, outputs=(5,), n_trees=80, n_nodes=9)
    tables = leaves_of(record)
    assert tables.is_exact and tables.whole * record.n_trees > 1 << 31
    agree(record, rows(rng, record, 200))


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
@pytest.mark.parametrize("n_trees", [2, 4, 6])
def test_close_calls(optimize: str, n_trees: int) -> None:
    rng = np.random.default_rng(n_trees)
    record = grow(rng, leaves=near(), outputs=(3,), n_trees=n_trees, n_nodes=40, optimize=optimize)
    raw = rows(rng, record, 400)
    agree(record, raw)
    tables = leaves_of(record)
    first = tables.shares(0)[reached(record, raw)].sum(axis=1)
    in_question = np.count_nonzero(first.max(axis=1, keepdims=True) - first <= tables.slack, axis=1)
    assert tables.passes > 1 and np.any(in_question > 1), "some need another pass"


@given(st.integers(0, 2**32 - 1), st.integers(2, 33), st.integers(1, 12), st.sampled_from([4, 15, 16, 255, 256, 4000]),
       st.sampled_from(["size", "balanced", "speed"]))  # fmt: skip
def test_random_counts(seed: int, n_classes: int, n_trees: int, most: int, optimize: str) -> None:
    rng = np.random.default_rng(seed)
    record = grow(rng, input="int16", leaves=counted(rng, int(rng.integers(1, 40)), n_classes, most), outputs=(n_classes,),
                  n_trees=n_trees, n_nodes=int(rng.integers(0, 30)), optimize=optimize)  # fmt: skip
    if isinstance(encoded(record).leaves, Counts):
        agree(record, rows(rng, record, 40))


def _bound(leaves: Counts, **changes: Any) -> Any:
    return kernels.counts(dataclasses.replace(leaves, **changes), np.zeros(0, np.uint8))


@pytest.mark.parametrize("most", [9, 200, 3000])
def test_damaged_leaves_are_refused(most: int) -> None:
    rng = np.random.default_rng(most)
    record = grow(rng, leaves=counted(rng, 40, 5, most), outputs=(5,), n_trees=4, n_nodes=60)
    leaves = leaves_of(record)
    starts = _bound(leaves).starts()
    assert starts is not None and kernels.valid(record)
    assert _bound(leaves, bytes=leaves.bytes[:-1]).starts() is None
    assert _bound(leaves, bytes=np.append(leaves.bytes, np.uint8(3))).starts() is None
    assert leaves.units.size == 0 or _bound(leaves, units=leaves.units[:-1]).starts() is None
    assert _bound(leaves, n_classes=int(np.argmax(leaves.k.sum(axis=0) > 0))).starts() is None
    refused = 0
    for at in range(len(leaves.bytes)):
        damaged = leaves.bytes.copy()
        damaged[at] ^= 1 << int(rng.integers(8))
        refused += _bound(leaves, bytes=damaged).starts() is None
    assert refused > len(leaves.bytes) // 2
    moved = np.roll(starts, 1)
    assert not kernels.valid_nodes(record, encoded(record).nodes, n_classes=5, starts=moved)
