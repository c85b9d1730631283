"""Nodes and leaves in a stream of bits: walks give every leaf whatever the widths and jumps, and damaged streams are refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families import trees
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encode_nodes, encoded
from emlearn.families.trees.encode.bits import encode, expected_reads, fewest_jumps
from emlearn.families.trees.encode.counts import Counts
from emlearn.families.trees.encode.nodes import EncodedNodes
from emlearn.families.trees.encode.number import Number
from emlearn.families.trees.record import Forest
from emlearn.families.trees.reference import leaves as reached
from forests import grow, limits, near, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

INPUTS = ["float32", "int32", "int16", "uint16", "int8", "uint8"]


def in_bits(record: Forest, payload: np.ndarray, jumps: int | None) -> EncodedNodes:
    table = encode(record, payload, jumps=jumps)
    assert table is not None and (jumps is None or table.jumps == jumps)
    return dataclasses.replace(encode_nodes(record, payload), form="bits", levels=None, bits=table)


def agree(record: Forest, payload: np.ndarray, raw: np.ndarray) -> None:
    for jumps in (0, 1, 2, 4, None):
        tables = in_bits(record, payload, jumps)
        assert kernels.valid_nodes(record, tables)
        np.testing.assert_array_equal(kernels.nodes(record, tables).payloads(raw), payload[reached(record, raw)])


@pytest.mark.parametrize("input", INPUTS)
@pytest.mark.parametrize("has_missing", [False, True])
@pytest.mark.parametrize(("n_features", "n_nodes", "most"), [(2, 9, 3), (64, 60, 15), (300, 900, 70000)])
def test_widths(input: str, has_missing: bool, n_features: int, n_nodes: int, most: int) -> None:
    rng = np.random.default_rng(n_nodes)
    low, high = limits(input)
    missing = "never" if not has_missing else "nan" if input == "float32" else "value"
    record = grow(rng, input=input, low=low, high=high, n_features=n_features, n_nodes=n_nodes, n_trees=3, missing=missing,
                  kind="regressor", outputs=(1,), leaves=rng.normal(size=(50, 1)))  # fmt: skip
    payload = rng.integers(0, most, len(record.leaves), endpoint=True)
    agree(record, payload, rows(rng, record))


@pytest.mark.parametrize(("low", "high", "step"), [(0, 15, 1), (-3, 12, 1), (1000, 1015, 1), (-32000, 32000, 4096), (7, 7, 1)])
def test_offsets_and_shifts_of_thresholds(low: int, high: int, step: int) -> None:
    rng = np.random.default_rng(high)
    record = grow(rng, input="int16", low=low, high=high, n_nodes=50)
    record = dataclasses.replace(record, threshold=(record.threshold - low) // step * step + low)
    table = encode(record, np.arange(len(record.leaves)))
    assert table is not None and table.threshold <= 4
    agree(record, np.arange(len(record.leaves)), rows(rng, record))


@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.integers(1, 6), st.sampled_from(INPUTS), st.sampled_from([1, 16, 300, 2**20]))
def test_random_trees(seed: int, n_nodes: int, n_trees: int, input: str, most: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = limits(input)
    record = grow(
        rng, input=input, low=low, high=high, n_nodes=n_nodes, n_trees=n_trees, shape=str(rng.choice(["random", "left", "right"]))
    )
    if record.n_nodes:
        agree(record, rng.integers(0, most, len(record.leaves)), rows(rng, record, 40))


@given(st.lists(st.integers(0, 2**20), min_size=1, max_size=40), st.booleans())
def test_numbers(values: list[int], often: bool) -> None:
    array = np.repeat(np.array(values), 50 if often else 1)
    number = Number.best(array, max(values) + 1)
    assert number.room > max(values)
    for value in values:
        fields = number.fields(value)
        assert sum(width for _, width in fields) == number.cost(np.array([value]))[0]
        assert all(0 <= part < 1 << width for part, width in fields)


def test_leaves_are_numbers_where_a_table_of_payloads_is_smaller() -> None:
    rng = np.random.default_rng(2)
    record = grow(rng, input="int16", n_nodes=200, kind="regressor", outputs=(1,), leaves=rng.normal(size=(9, 1)))
    payload = rng.integers(1 << 18, 1 << 20, len(record.leaves))
    table = encode(record, payload)
    assert table is not None and table.payloads is not None
    assert table.leaf is not None and table.leaf.first <= 4
    agree(record, payload, rows(rng, record))
    direct = encode(record, np.arange(len(record.leaves)))
    assert direct is not None and direct.payloads is None


def test_jumps_keep_reading_short() -> None:
    record = grow(np.random.default_rng(1), input="int16", n_nodes=800, n_trees=3)
    jumps = fewest_jumps(record)
    reads = [expected_reads(record, levels)[0] for levels in range(jumps + 1)]
    assert jumps > 1 and reads == sorted(reads, reverse=True)
    assert reads[-1] <= 3.6 * expected_reads(record, 0)[1] < reads[-2]


def test_no_nodes_and_doubles_take_another_form() -> None:
    rng = np.random.default_rng(0)
    assert encode(grow(rng, n_nodes=0), np.arange(3)) is None
    assert encode(grow(rng, input="float64", n_nodes=9), np.arange(3)) is None
    record = grow(rng, input="float64", n_nodes=90, optimize="size")
    assert encode_nodes(record, np.arange(len(record.leaves))).form == "stream"


def counted(seed: int, n_classes: int, n_trees: int, most: int, **options: Any) -> Forest:
    """A forest whose leaves are counts in the stream."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, most, 60 * n_trees, endpoint=True)
    leaves = np.array([rng.multinomial(rows, rng.dirichlet(np.full(n_classes, 0.4))) / rows for rows in n])
    record = grow(rng, input="int16", leaves=leaves, outputs=(n_classes,), n_trees=n_trees, n_nodes=40, optimize="size", **options)
    found = encoded(record)
    assert isinstance(found.leaves, Counts)
    if found.leaves.widths is None:  # elsewhere they are smaller, since they repeat
        leaves_here = found.leaves.in_bits()
        nodes = dataclasses.replace(found.nodes, form="bits", bits=encode(record, found.nodes.payload, leaves_here))
        record.__dict__["_encoded"] = dataclasses.replace(found, nodes=nodes, leaves=leaves_here)
    return record


@pytest.mark.parametrize("has_missing", [False, True])
@pytest.mark.parametrize(
    ("n_classes", "n_trees", "most", "sums"),
    [(3, 10, 200, "uint16"), (10, 63, 250, "uint16"), (4, 100, 300, "uint32"), (10, 3, 60, "uint16"), (32, 5, 500, "uint16")],
)
def test_counts_stand_in_the_stream(n_classes: int, n_trees: int, most: int, sums: str, has_missing: bool) -> None:
    record = counted(n_trees, n_classes, n_trees, most, missing="value" if has_missing else "never")
    tables = encoded(record)
    assert isinstance(tables.leaves, Counts) and tables.leaves.widths is not None and tables.leaves.sum == sums
    assert kernels.valid(record) and tables.nodes.bits is not None
    raw = rows(np.random.default_rng(0), record, 100)
    np.testing.assert_array_equal(kernels.run(record, "predict", raw), trees.reference(record, "predict", raw))
    error = np.abs(kernels.run(record, "predict_proba", raw) - trees.reference(record, "predict_proba", raw))
    assert np.all(error <= trees.bound(record, "predict_proba", raw) + 1e-7)
    assert trees.bound(record, "predict_proba", raw).max() <= 2.0**-16 + 4 * 2.0**-24


def test_counts_of_one_n_have_no_n() -> None:
    X, y = load_digits(return_X_y=True)
    forest = RandomForestClassifier(5, max_depth=8, random_state=0).fit(X, y)
    model = emlearn.convert(forest, input="int16", optimize="size", leaf_bits=4)
    leaves = encoded(model.record).leaves
    assert isinstance(leaves, Counts) and leaves.widths is not None and leaves.widths.n_bits == 0 and leaves.units.size == 0
    assert kernels.valid(model.record) and model.verify(X).ok


@pytest.mark.parametrize("n_trees", [2, 6, 40])
def test_close_calls_in_sums_of_16_bits(n_trees: int) -> None:
    rng = np.random.default_rng(n_trees)
    record = grow(rng, leaves=near(), outputs=(3,), n_trees=n_trees, n_nodes=40, optimize="size")
    raw, leaves = rows(rng, record, 400), encoded(record).leaves
    assert isinstance(leaves, Counts) and leaves.sum == "uint16" and leaves.passes > 3
    np.testing.assert_array_equal(kernels.run(record, "predict", raw), trees.reference(record, "predict", raw))


def test_size_takes_the_smallest_form() -> None:
    X, y = load_digits(return_X_y=True)
    forest = RandomForestClassifier(10, max_depth=8, random_state=0).fit(X, y)
    size = {mode: emlearn.convert(forest, input="int16", optimize=mode).report().total_bytes for mode in ("size", "balanced")}
    assert size["size"] < 0.55 * size["balanced"]
    model = emlearn.convert(forest, input="int16", optimize="size")
    assert model.verify(X).ok and kernels.valid(model.record)


def _valid(record: Forest, tables: EncodedNodes, **changes: Any) -> bool:
    assert tables.bits is not None
    return kernels.valid_nodes(record, dataclasses.replace(tables, bits=dataclasses.replace(tables.bits, **changes)))


def _damaged(tables: EncodedNodes, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    assert tables.bits is not None
    found = []
    for at in range(len(tables.bits.nodes)):
        found.append(tables.bits.nodes.copy())
        found[-1][at] ^= 1 << int(rng.integers(8))
    return found


@pytest.mark.parametrize("jumps", [0, 1, 3])
def test_damage_is_refused(jumps: int) -> None:
    rng = np.random.default_rng(jumps)
    record = grow(rng, n_nodes=60, n_trees=3, input="int16")
    tables = in_bits(record, np.arange(len(record.leaves)), jumps)
    assert tables.bits is not None
    nodes = tables.bits.nodes
    assert not _valid(record, tables, nodes=nodes[:-1]) and not _valid(record, tables, nodes=np.append(nodes, np.uint8(0)))
    assert not kernels.valid_nodes(dataclasses.replace(record, n_features=record.n_features - 1), tables)
    assert not kernels.valid_nodes(record, dataclasses.replace(tables, payload=tables.payload - 1))
    refused = 0
    for damaged in _damaged(tables, 0):
        if not _valid(record, tables, nodes=damaged):
            refused += 1
            continue
        table = dataclasses.replace(tables.bits, nodes=damaged)
        got = kernels.nodes(record, dataclasses.replace(tables, bits=table)).payloads(rows(rng, record, 5))
        assert np.all(got <= np.max(tables.payload))
    assert refused > len(nodes) // 8


def test_damaged_counts_are_refused() -> None:
    record = counted(1, 5, 6, 100)
    tables = encoded(record).nodes
    assert tables.bits is not None and tables.bits.counts is not None and _valid(record, tables)
    assert not _valid(record, tables, counts=dataclasses.replace(tables.bits.counts, n_classes=4))
    refused = sum(not _valid(record, tables, nodes=damaged) for damaged in _damaged(tables, 1))
    assert refused > len(tables.bits.nodes) // 4
