"""Trees that cannot change the class are left out: the answers are those of all trees, in every mode that does it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import emlearn
import numpy as np
import pytest
from emlearn.families import trees
from emlearn.families.trees import emit_nodes, exits, kernels
from emlearn.families.trees.encode import encoded
from emlearn.families.trees.encode.binary import Binary
from emlearn.families.trees.encode.counts import Counts
from emlearn.families.trees.record import Forest
from emlearn.families.trees.reference import leaves as reached
from forests import grow, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier


def sure(rng: np.random.Generator, n_leaves: int, n_classes: int, most: int, lean: float = 0.08) -> np.ndarray:
    """Leaves of counts, most of them of one class or nearly so; where `lean` is large, often the first."""
    n = rng.integers(1, most, n_leaves, endpoint=True)
    shares = rng.dirichlet(np.append(lean, np.full(n_classes - 1, 0.08)), n_leaves)
    return np.array([rng.multinomial(count, p) / count for count, p in zip(n, shares, strict=True)])


def forest(seed: int, n_classes: int, n_trees: int, most: int, optimize: str, lean: float = 0.08) -> tuple[Forest, np.ndarray]:
    rng = np.random.default_rng(seed)
    leaves = sure(rng, int(rng.integers(2, 40)), n_classes, most, lean)
    n_nodes = int(rng.integers(1, 20))
    record = grow(rng, input="int16", leaves=leaves, outputs=(n_classes,), n_trees=n_trees, n_nodes=n_nodes, optimize=optimize)
    return record, rows(rng, record, 60)


def of_all_trees(record: Forest, raw: np.ndarray) -> np.ndarray:
    """By the device's kernel, without leaving out any."""
    tables = encoded(record)
    payloads = kernels.nodes(record, tables.nodes).payloads(raw)
    if isinstance(tables.leaves, Binary):
        return kernels._kernel().classify_binary(payloads, tables.leaves.all, False)
    assert isinstance(tables.leaves, Counts)
    plain = kernels.counts(dataclasses.replace(tables.leaves, lead=0), tables.leaves.bytes)
    return plain.classify(payloads, np.array(record.task.n_classes, dtype=np.uint16))


@given(st.integers(0, 2**32 - 1), st.integers(2, 13), st.integers(3, 40), st.sampled_from([1, 2, 5, 12, 200]),
       st.sampled_from(["balanced", "speed"]))  # fmt: skip
def test_the_class_is_that_of_all_trees(seed: int, n_classes: int, n_trees: int, most: int, optimize: str) -> None:
    record, raw = forest(seed, n_classes, n_trees, most, optimize)
    got = kernels.run(record, "predict", raw)
    np.testing.assert_array_equal(got, of_all_trees(record, raw))
    np.testing.assert_array_equal(got, trees.reference(record, "predict", raw))


@pytest.mark.parametrize(("n_classes", "most"), [(2, 6), (3, 6), (3, 200), (12, 200)])
def test_trees_behind_the_decision_are_not_asked(n_classes: int, most: int) -> None:
    record, raw = forest(n_classes + most, n_classes, 21, most, "speed", lean=0.3 * n_classes)
    tables, shares = encoded(record), record.leaves[reached(record, raw)].cumsum(axis=1)
    decided = shares.max(axis=2) > record.n_trees / 2 + 0.1  # beyond what rounding takes
    assert np.mean(decided[:, 15]) > 0.3 and not np.any(decided[:, :10])
    payloads = kernels.nodes(record, tables.nodes).payloads(raw)
    payloads[:, 1:][decided[:, :-1]] = tables.nodes.payload.min()  # what is behind may say anything
    want = kernels.run(record, "predict", raw)
    if isinstance(tables.leaves, Binary):
        got = kernels._kernel().classify_binary(payloads, tables.leaves.all, tables.leaves.early)
    else:
        got = kernels.counts(tables.leaves, tables.leaves.bytes).classify(payloads, np.array([n_classes], dtype=np.uint16))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("optimize", ["balanced", "speed"])
def test_half_of_all_decides_nothing(optimize: str) -> None:
    """Four trees, two for each class: a tie, and the lowest class is right whichever comes first."""
    rng = np.random.default_rng(0)
    for leaves in (np.eye(2), np.eye(3)):
        record = grow(rng, leaves=leaves, outputs=(len(leaves),), n_trees=4, n_nodes=6, optimize=optimize)
        raw = rows(rng, record, 300)
        votes = record.leaves[reached(record, raw)].sum(axis=1)
        assert np.any(np.count_nonzero(votes == 2, axis=1) == 2)
        np.testing.assert_array_equal(kernels.run(record, "predict", raw)[:, 0], votes.argmax(axis=1))


def test_where_it_does_not_pay_all_trees_are_asked() -> None:
    rng = np.random.default_rng(1)
    unsure = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])
    record = grow(rng, leaves=unsure, outputs=(3,), n_trees=9, optimize="speed")
    assert not exits.applies(record) and encoded(record).leaves.lead == 0  # type: ignore[union-attr]
    record = grow(rng, leaves=np.eye(3), outputs=(3,), n_trees=9, optimize="size")
    assert not exits.applies(record) and encoded(record).leaves.lead == 0  # type: ignore[union-attr]


def test_checks_begin_behind_half_of_the_trees() -> None:
    assert exits.checks(3, exits.LOOK_AT_ALL) == {2}
    assert exits.checks(10, exits.LOOK_AT_ALL) == {6, 7, 8, 9}
    for n_trees in range(3, 300):
        found = exits.checks(n_trees, exits.LOOK_AT_ALL)
        assert min(found) == n_trees // 2 + 1 and max(found) < n_trees


@pytest.mark.parametrize("inlined", [True, False])
def test_compiled_code_agrees(inlined: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs of sums with an odd number of classes, and trees that are functions of their own."""
    if not inlined:
        monkeypatch.setattr(emit_nodes, "_INLINE_NODES", 10)
    X, y = load_digits(return_X_y=True)
    some = y < 7
    model = emlearn.convert(RandomForestClassifier(12, max_depth=5, random_state=0).fit(X[some], y[some]), input="uint8", optimize="speed")
    assert "decided(sink, " in model.save(name="digits")
    report = model.verify(X, compile=True)
    assert report.ok and report.ties == 0, str(report)
