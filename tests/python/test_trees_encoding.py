"""Every width of the byte stream and of the leaf tables: kernels equal the reference, and damaged tables are refused.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn._kernels import trees as binding
from emlearn.families import trees
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import KEYS, encode, encoded
from emlearn.families.trees.encode.distributions import ENTRIES, Distributions
from emlearn.families.trees.record import Forest
from forests import distributions, grow, rows
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
FORMATS = [
    (input, key, wide_feature, wide_link, missing)
    for input, allowed in KEYS.items()
    for key in allowed
    for wide_feature in (False, True)
    for wide_link in (False, True)
    for missing in ("never", "nan" if input.startswith("f") else "value")
]


def leaves_of(record: Forest) -> Distributions:
    leaves = encoded(record).leaves
    assert isinstance(leaves, Distributions)
    return leaves


def agree(record: Forest, raw: np.ndarray) -> None:
    assert kernels.valid(record)
    for op in record.ops:
        got, want = kernels.run(record, op, raw), trees.reference(record, op, raw)
        if op == "predict" and record.is_classifier:
            np.testing.assert_array_equal(got, want)
        else:
            assert np.all(np.abs(got.astype(np.float64) - want) <= trees.bound(record, op, raw) + 1e-7)


@pytest.mark.parametrize(("input", "key", "wide_feature", "wide_link", "missing"), FORMATS)
def test_each_format(input: str, key: str, wide_feature: bool, wide_link: bool, missing: str) -> None:
    rng = np.random.default_rng(1)
    low, high = _range(input, key)
    narrow = 128 if missing == "never" else 64
    record = grow(
        rng,
        input=input,
        low=low,
        high=high,
        n_features=narrow + wide_feature,
        n_nodes=70000 // (3 + np.dtype(key).itemsize) if wide_link else 60,
        n_trees=1 if wide_link else 3,
        missing=missing,
    )
    tables = encoded(record).nodes
    assert (tables.key, tables.wide_feature, tables.wide_link) == (key, wide_feature, wide_link)
    agree(record, rows(rng, record))


def _range(input: str, key: str) -> tuple[int, int]:
    """Thresholds that need `key` and nothing wider: up to the ends of it, as far as the input goes."""
    if input == "float32":
        return -0x7F800000, 0x7F7FFFFF
    if input == "float64":
        return -0x7FF0000000000000, 0x7FEFFFFFFFFFFFFF
    low, high = max(np.iinfo(key).min, np.iinfo(input).min), min(np.iinfo(key).max, np.iinfo(input).max)
    return int(low) + (low == np.iinfo(input).min), int(high) - (high == np.iinfo(input).max)


@pytest.mark.parametrize(("entry", "n_classes", "n_leaves"), [
    (ENTRIES[0], 128, 2), (ENTRIES[1], 128, 20), (ENTRIES[2], 129, 10), (ENTRIES[2], 300, 40),
    (ENTRIES[3], 120, 1300), (ENTRIES[3], 400, 500),
], ids=str)  # fmt: skip
@pytest.mark.parametrize("n_trees", [1, 7])
def test_each_width_of_entries(entry: tuple[str, str], n_classes: int, n_leaves: int, n_trees: int) -> None:
    rng = np.random.default_rng(n_classes)
    leaves = distributions(rng, n_leaves, n_classes, 0)
    if entry == ENTRIES[0]:
        leaves = leaves.round(2)
    record = grow(rng, leaves=leaves, outputs=(n_classes,), n_trees=n_trees, n_nodes=2 * n_leaves + 5)
    assert leaves_of(record).entry == entry
    agree(record, rows(rng, record))


@pytest.mark.parametrize("outputs", [(1,), (2,), (2, 3), (1, 1), (5, 1, 120), (200, 100)], ids=str)
@pytest.mark.parametrize("n_trees", [1, 2, 40])
def test_several_outputs(outputs: tuple[int, ...], n_trees: int) -> None:
    rng = np.random.default_rng(sum(outputs))
    leaves = np.concatenate([distributions(rng, 12, count, 0) for count in outputs], axis=1)
    record = grow(rng, leaves=leaves, outputs=outputs, n_trees=n_trees)
    agree(record, rows(rng, record))


@pytest.mark.parametrize("n_outputs", [1, 2, 17])
@pytest.mark.parametrize("n_leaves", [1, 64, 65, 500])
def test_regressors(n_outputs: int, n_leaves: int) -> None:
    rng = np.random.default_rng(n_leaves)
    record = grow(rng, kind="regressor", outputs=(1,) * n_outputs, leaves=rng.normal(size=(n_leaves, n_outputs)), n_nodes=700)
    agree(record, rows(rng, record))


@pytest.mark.parametrize("shape", ["left", "right"])
@pytest.mark.parametrize("n_leaves", [3, 200])
@pytest.mark.parametrize("n_nodes", [300, 3000])
def test_chains(shape: str, n_leaves: int, n_nodes: int) -> None:
    """Deep trees; and going down on the left, skips of every length up to the whole tree, one and two byte leaves between."""
    rng = np.random.default_rng(n_nodes)
    record = grow(rng, shape=shape, n_nodes=n_nodes, kind="regressor", outputs=(1,), leaves=rng.normal(size=(n_leaves, 1)), n_trees=1)
    assert encoded(record).nodes.depth > n_nodes * 0.95
    raw = rows(rng, record)
    raw[:50] = -100 if shape == "left" else 100
    agree(record, raw)


@pytest.mark.parametrize("n_ids", [63, 64, 65, 16383, 16384, 16385, 40000])
def test_ids_at_the_edges_of_their_widths(n_ids: int) -> None:
    rng = np.random.default_rng(n_ids)
    leaves = np.arange(float(n_ids)).reshape(-1, 1)
    record = grow(rng, kind="regressor", outputs=(1,), leaves=leaves, n_trees=300 if n_ids > 1000 else 5, n_nodes=200)
    complete = dataclasses.replace(record)
    assert encode(complete).nodes.n_payloads <= n_ids
    agree(record, rows(rng, record))


@given(st.integers(0, 2**32 - 1), st.integers(0, 80), st.integers(1, 6), st.sampled_from(FORMATS))
def test_random_records(seed: int, n_nodes: int, n_trees: int, chosen: tuple[str, str, bool, bool, str]) -> None:
    rng = np.random.default_rng(seed)
    input, key, wide_feature, _, missing = chosen
    low, high = _range(input, key)
    n_classes = int(rng.integers(1, 6))
    leaves = distributions(rng, int(rng.integers(1, 9)), n_classes, 0)
    record = grow(rng, input=input, low=low, high=high, n_features=200 if wide_feature else 3, n_nodes=n_nodes, n_trees=n_trees,
                  missing=missing, leaves=leaves, outputs=(n_classes,))  # fmt: skip
    agree(record, rows(rng, record, 50))


# ---- what does not fit


def test_too_much_is_refused_in_words() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(emlearn.UnsupportedError, match="70000 trees, and it may have 65535"):
        grow(rng, n_trees=70000, n_nodes=0)
    with pytest.raises(emlearn.UnsupportedError, match="40000 classes over all outputs, and a forest may have 32768"):
        grow(rng, outputs=(40000,), leaves=np.eye(1, 40000))
    with pytest.raises(emlearn.UnsupportedError, match="32769 features, and trees may have 32768"):
        grow(rng, n_features=32769)
    with pytest.raises(emlearn.UnsupportedError, match="levels, and it may have 65535"):
        grow(rng, n_nodes=70000, shape="left", n_trees=1, high=10**6)


def test_largest_counts_fit() -> None:
    rng = np.random.default_rng(0)
    agree(record := grow(rng, n_trees=65535, n_nodes=0), rows(rng, record, 2))
    agree(record := grow(rng, n_features=32768, n_nodes=9), rows(rng, record, 2))
    leaves = np.zeros((3, 32768))
    leaves[[0, 1, 2, 2], [0, 32767, 32766, 32767]] = 1, 1, 0.75, 0.25
    agree(record := grow(rng, outputs=(32768,), leaves=leaves, n_nodes=5), rows(rng, record, 9))


# ---- damage


def _nodes(record: Forest, **changes: Any) -> Any:
    tables = encoded(record).nodes
    arguments = {
        "stream": tables.stream, "n_trees": record.n_trees, "key": tables.key, "wide_feature": tables.wide_feature,
        "wide_link": tables.wide_link, "missing": record.missing, "missing_value": record.missing_value,
    }  # fmt: skip
    return binding.Nodes(**{**arguments, **changes})


def _valid(record: Forest, nodes: Any, **limits: int) -> bool:
    tables = encoded(record).nodes
    counts = {"n_features": record.n_features, "n_payloads": tables.n_payloads, "depth": tables.depth, **limits}
    return nodes.valid(np.dtype(record.input), **counts)


def test_directed_damage_is_refused() -> None:
    record = grow(np.random.default_rng(0), n_nodes=40, n_trees=3)
    tables = encoded(record).nodes
    assert _valid(record, _nodes(record))
    longer = np.append(tables.stream, np.uint8(0x80))
    for changes in ({"n_trees": 2}, {"n_trees": 4}, {"stream": tables.stream[:-1]}, {"stream": longer}):
        assert not _valid(record, _nodes(record, **changes)), changes
    for limits in ({"n_features": record.n_features - 1}, {"n_payloads": tables.n_payloads - 1}, {"depth": tables.depth - 1}):
        assert not _valid(record, _nodes(record), **limits), limits
    damaged = [(2, 5, "feature"), (7, 0, "skip of nothing"), (7, 255, "skip beyond the tree"),
               (7, int(tables.stream[7]) + 1, "skip into the middle"),
               (0, int(tables.stream[0]) + 1, "length"), (1, 200, "length beyond the table")]  # fmt: skip
    for at, value, what in damaged:
        nodes = tables.stream.copy()
        nodes[at] = value
        assert not _valid(record, _nodes(record, stream=nodes)), what
    nodes = tables.stream.copy()
    leaf = np.flatnonzero(nodes[-3:] >= 0x80)[-1] - 3
    nodes[leaf] = 0x80 | 63
    assert not _valid(record, _nodes(record, stream=nodes)), "leaf id"


def test_damaged_distributions_are_refused() -> None:
    rng = np.random.default_rng(0)
    record = grow(rng, leaves=distributions(rng, 6, 3, 0), outputs=(3,))
    tables = leaves_of(record)
    arguments = {"entries": tables.entries, "shares": tables.shares, "n_pure": tables.n_pure, "whole": tables.whole, "sum": tables.sum,
                 "entry": tables.entry, "n_classes": 3}  # fmt: skip
    assert binding.Distributions(**arguments).valid()
    last = tables.entries.copy()
    last[-tables.entry_bytes] &= 0x7F
    wrong_class, wrong_share = tables.entries.copy(), tables.entries.copy()
    wrong_class[0] = 0x83
    wrong_share[1] = tables.n_shares
    for changes in ({"entries": last}, {"entries": wrong_class}, {"entries": wrong_share}, {"n_pure": 2}, {"n_classes": 2},
                    {"shares": tables.shares[: len(tables.shares) // 2]}):  # fmt: skip
        assert not binding.Distributions(**{**arguments, **changes}).valid(), changes


@given(st.integers(0, 2**32 - 1))
def test_flipped_bytes_are_refused_or_change_an_answer_only(seed: int) -> None:
    """What valid() lets pass runs; that it stays in bounds is for the sanitizers, in test_fuzz_under_sanitizers."""
    rng = np.random.default_rng(seed)
    record = grow(rng, n_nodes=int(rng.integers(1, 40)), missing="nan", leaves=distributions(rng, 4, 3, 0), outputs=(3,))
    nodes = encoded(record).nodes.stream.copy()
    nodes[rng.integers(len(nodes), size=rng.integers(1, 4))] = rng.integers(256)
    forest = _nodes(record, stream=nodes)
    if _valid(record, forest):
        got = kernels.distributions(record, leaves_of(record)).classify(
            forest.payloads(rows(rng, record, 20)), np.array([3], dtype=np.uint16)
        )
        assert np.all((got >= 0) & (got < 3))


def test_fuzz_under_sanitizers(tmp_path: Path) -> None:
    """Tables damaged at random, in buffers of their exact size: the kernels never leave the tables that valid() accepts."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed: tools/setup_system.sh")
    program = tmp_path / "fuzz"
    command = ["g++", "-std=c++17", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra", "-Werror",
               f"-I{ROOT / 'include'}", str(ROOT / "tests/fuzz/trees.cpp"), "-o", str(program)]  # fmt: skip
    subprocess.run(command, check=True, timeout=300)
    rng = np.random.default_rng(3)
    total = {"valid": 0, "refused": 0}
    for shape in range(12):
        wide_feature, wide_link = bool(shape & 1), shape % 4 == 3
        leaves = distributions(rng, 5, 4, 0)
        record = grow(rng, n_features=70 if wide_feature else 6, n_nodes=12000 if wide_link else int(rng.integers(1, 60)),
                      n_trees=1 if wide_link else 3, missing="nan", leaves=leaves, outputs=(4,))  # fmt: skip
        tables, tables_of_leaves = encoded(record).nodes, leaves_of(record)
        assert (tables.wide_feature, tables.wide_link) == (wide_feature, wide_link)
        numbers = [wide_feature, wide_link, record.n_trees, record.n_features, tables_of_leaves.n_leaf_ids, tables.depth,
                   tables_of_leaves.n_pure, tables_of_leaves.n_shares,
                   40 if wide_link else 4000]  # fmt: skip
        given_ = [" ".join(str(int(number)) for number in numbers)]
        given_ += [
            f"{len(table)} " + " ".join(map(str, table.tolist()))
            for table in (tables.stream, tables_of_leaves.entries, tables_of_leaves.shares)
        ]
        outcome = subprocess.run([str(program)], input="\n".join(given_), capture_output=True, text=True, check=False, timeout=120)
        assert outcome.returncode == 0, outcome.stderr[-3000:]
        for what, count in json.loads(outcome.stdout).items():
            total[what] += count
    assert total["valid"] > 1000 and total["refused"] > 5000, total
