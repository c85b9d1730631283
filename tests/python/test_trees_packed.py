"""Nodes in half and whole bytes: walks give every leaf's payload, widths are the narrowest, and damaged tables are refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encode_nodes
from emlearn.families.trees.encode.nodes import EncodedNodes
from emlearn.families.trees.encode.packed import Number, encode
from emlearn.families.trees.record import Forest
from emlearn.families.trees.reference import leaves as reached
from forests import grow, limits, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

INPUTS = ["float32", "int32", "int16", "uint16", "int8", "uint8"]


def packed(record: Forest, payload: np.ndarray, unit: int) -> EncodedNodes:
    table = encode(record, payload, unit)
    assert table is not None
    return dataclasses.replace(encode_nodes(record, payload), form="packed", packed=table)


def agree(record: Forest, payload: np.ndarray, raw: np.ndarray) -> None:
    for unit in (4, 8):
        tables = packed(record, payload, unit)
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
    table = encode(record, np.arange(len(record.leaves)), 4)
    assert table is not None and table.threshold == 1
    agree(record, np.arange(len(record.leaves)), rows(rng, record))


@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.integers(1, 6), st.sampled_from(INPUTS), st.sampled_from([1, 16, 300, 2**20]))
def test_random_trees(seed: int, n_nodes: int, n_trees: int, input: str, most: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = limits(input)
    record = grow(
        rng, input=input, low=low, high=high, n_nodes=n_nodes, n_trees=n_trees, shape=str(rng.choice(["random", "left", "right"]))
    )
    if record.n_nodes and np.all(record.roots >= 0):
        agree(record, rng.integers(0, most, len(record.leaves)), rows(rng, record, 40))


@given(st.lists(st.integers(0, 2**20), min_size=1, max_size=40), st.sampled_from([4, 8]))
def test_numbers(values: list[int], bits: int) -> None:
    number = Number.best(bits, np.array(values), max(values) + 1)
    assert number.room > max(values)
    for value in values:
        units = number.units(value)
        assert len(units) == number.cost(np.array([value]))[0] and all(0 <= unit < 1 << bits for unit in units)


def test_trees_of_one_leaf_and_doubles_take_another_form() -> None:
    rng = np.random.default_rng(0)
    assert encode(grow(rng, n_nodes=0), np.arange(3), 4) is None
    assert encode(grow(rng, input="float64", n_nodes=9), np.arange(3), 4) is None
    record = grow(rng, input="float64", n_nodes=90, optimize="size")
    assert encode_nodes(record, np.arange(len(record.leaves))).form == "stream"


def test_size_takes_the_smallest_form() -> None:
    X, y = load_digits(return_X_y=True)
    forest = RandomForestClassifier(10, max_depth=8, random_state=0).fit(X, y)
    size = {mode: emlearn.convert(forest, input="int16", optimize=mode).report().total_bytes for mode in ("size", "balanced")}
    assert size["size"] < 0.7 * size["balanced"]
    model = emlearn.convert(forest, input="int16", optimize="size")
    assert model.verify(X).ok and kernels.valid(model.record)


def _valid(record: Forest, tables: EncodedNodes, **changes: Any) -> bool:
    assert tables.packed is not None
    return kernels.valid_nodes(record, dataclasses.replace(tables, packed=dataclasses.replace(tables.packed, **changes)))


@pytest.mark.parametrize("unit", [4, 8])
def test_damage_is_refused(unit: int) -> None:
    rng = np.random.default_rng(unit)
    record = grow(rng, n_nodes=60, n_trees=3, input="int16")
    tables = packed(record, np.arange(len(record.leaves)), unit)
    assert tables.packed is not None
    nodes = tables.packed.nodes
    assert not _valid(record, tables, nodes=nodes[:-1]) and not _valid(record, tables, nodes=np.append(nodes, np.uint8(0)))
    assert not kernels.valid_nodes(dataclasses.replace(record, n_features=record.n_features - 1), tables)
    assert not kernels.valid_nodes(record, dataclasses.replace(tables, payload=tables.payload - 1))
    refused = 0
    for at in range(len(nodes)):
        damaged = nodes.copy()
        damaged[at] ^= 1 << int(rng.integers(8))
        if not _valid(record, tables, nodes=damaged):
            refused += 1
            continue
        table = dataclasses.replace(tables.packed, nodes=damaged)
        got = kernels.nodes(record, dataclasses.replace(tables, packed=table)).payloads(rows(rng, record, 5))
        assert np.all(got <= np.max(tables.payload))
    assert refused > len(nodes) // 4
