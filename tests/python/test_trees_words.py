"""Nodes in words: walks give every leaf's payload whatever the widths, and damaged tables are refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import KEYS, encode_nodes
from emlearn.families.trees.encode.nodes import EncodedNodes
from emlearn.families.trees.encode.words import encode
from emlearn.families.trees.record import Forest
from emlearn.families.trees.reference import leaves as reached
from forests import grow, rows
from hypothesis import given
from hypothesis import strategies as st

PAIRS = [(input, key) for input, allowed in KEYS.items() for key in allowed if input != "float64"]


def words(record: Forest, payload: np.ndarray, key: str) -> EncodedNodes:
    table = encode(record, payload, key)
    assert table is not None
    return dataclasses.replace(encode_nodes(record, payload), form="words", bits=None, levels=None, words=table)


def agree(record: Forest, payload: np.ndarray, raw: np.ndarray, key: str) -> EncodedNodes:
    tables = words(record, payload, key)
    assert kernels.valid_nodes(record, tables)
    np.testing.assert_array_equal(kernels.nodes(record, tables).payloads(raw), payload[reached(record, raw)])
    return tables


def grown(rng: np.random.Generator, input: str, key: str, **options: Any) -> Forest:
    if input == "float32":
        low, high = -0x7F800000, 0x7F7FFFFF
    else:
        low, high = max(np.iinfo(key).min, np.iinfo(input).min + 1), min(np.iinfo(key).max, np.iinfo(input).max - 1)
    return grow(rng, input=input, low=int(low), high=int(high), kind="regressor", outputs=(1,), leaves=rng.normal(size=(400, 1)), **options)


@pytest.mark.parametrize(("input", "key"), PAIRS)
@pytest.mark.parametrize("has_missing", [False, True])
@pytest.mark.parametrize(("n_nodes", "most"), [(9, 3), (60, 200), (700, 300), (90, 40000), (400, 1 << 20)])
def test_widths(input: str, key: str, has_missing: bool, n_nodes: int, most: int) -> None:
    rng = np.random.default_rng(n_nodes)
    missing = "never" if not has_missing else "nan" if input == "float32" else "value"
    record = grown(rng, input, key, n_features=300 if np.dtype(key).itemsize == 4 else 30, n_nodes=n_nodes, n_trees=3, missing=missing)
    agree(record, rng.integers(0, most, len(record.leaves), endpoint=True), rows(rng, record), key)


def test_left_children_of_more_words_than_a_link_holds() -> None:
    rng = np.random.default_rng(5)
    record = grown(rng, "int16", "int16", n_nodes=900, n_trees=2, n_features=9, shape="left")
    tables = agree(record, np.arange(400), rows(rng, record), "int16")
    assert tables.words is not None and not tables.words.long_skip, "all right children are leaves"
    record = grown(rng, "int16", "int16", n_nodes=2000, n_trees=2, n_features=9)
    tables = agree(record, np.arange(400), rows(rng, record), "int16")
    assert tables.words is not None and tables.words.long_skip


def test_what_words_have_no_room_for_takes_another_form() -> None:
    rng = np.random.default_rng(0)
    assert encode(grow(rng, n_nodes=0), np.arange(3), "int16") is None
    assert encode(grow(rng, input="float64", n_nodes=9), np.arange(3), "int64") is None
    wide = grow(rng, input="int16", n_features=65, n_nodes=300)
    assert encode(wide, np.arange(len(wide.leaves)), "int16") is None
    assert encode_nodes(wide, np.arange(len(wide.leaves))).form == "stream"


@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.integers(1, 6), st.sampled_from(PAIRS), st.sampled_from([1, 16, 300, 2**20]))
def test_random_trees(seed: int, n_nodes: int, n_trees: int, pair: tuple[str, str], most: int) -> None:
    rng = np.random.default_rng(seed)
    record = grown(rng, *pair, n_nodes=n_nodes, n_trees=n_trees, shape=str(rng.choice(["random", "left", "right"])))
    if record.n_nodes and np.all(record.roots >= 0):
        agree(record, rng.integers(0, most, len(record.leaves)), rows(rng, record, 40), pair[1])


def _valid(record: Forest, tables: EncodedNodes, **changes: Any) -> bool:
    assert tables.words is not None
    return kernels.valid_nodes(record, dataclasses.replace(tables, words=dataclasses.replace(tables.words, **changes)))


@pytest.mark.parametrize(("input", "key"), [("float32", "int32"), ("int16", "int16"), ("uint8", "uint8")])
def test_damage_is_refused(input: str, key: str) -> None:
    rng = np.random.default_rng(3)
    record = grown(rng, input, key, n_nodes=60, n_trees=3)
    tables = words(record, np.arange(len(record.leaves)) % 250, key)
    assert tables.words is not None
    nodes = tables.words.nodes
    assert not _valid(record, tables, nodes=nodes[:-1]) and not _valid(record, tables, nodes=np.append(nodes, np.uint32(0)))
    assert not _valid(record, tables, n_leaves=tables.words.n_leaves - 1)
    assert not kernels.valid_nodes(dataclasses.replace(record, n_features=record.n_features - 1), tables)
    assert not kernels.valid_nodes(record, dataclasses.replace(tables, payload=tables.payload - 1))
    refused = 0
    for at in range(len(nodes)):
        damaged = nodes.copy()
        damaged[at] ^= np.uint32(1 << int(rng.integers(32)))
        if not _valid(record, tables, nodes=damaged):
            refused += 1
            continue
        table = dataclasses.replace(tables.words, nodes=damaged)
        got = kernels.nodes(record, dataclasses.replace(tables, words=table)).payloads(rows(rng, record, 5))
        assert np.all(got <= np.max(tables.payload))
    assert refused > len(nodes) // 8
