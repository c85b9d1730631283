"""Trees as questions and leaves by their answers: walks give every leaf's payload, trees that ask much take another form, damage shows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import emlearn
import numpy as np
from emlearn.families.ensembles.encode import encoded
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encode_nodes
from emlearn.families.trees.encode.levels import encode
from emlearn.families.trees.encode.nodes import EncodedNodes
from emlearn.families.trees.record import Forest
from emlearn.families.trees.reference import leaves as reached
from forests import grow, limits, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import GradientBoostingClassifier

INPUTS = ["float32", "float64", "int32", "int16", "uint16", "int8", "uint8"]


def levels(record: Forest, payload: np.ndarray) -> EncodedNodes:
    nodes = encode_nodes(record, payload)
    table = encode(record, payload, nodes.key, 1 << 20)
    assert table is not None
    return dataclasses.replace(nodes, form="levels", bits=None, levels=table)


@given(st.integers(0, 2**32 - 1), st.integers(0, 10), st.integers(1, 6), st.sampled_from(INPUTS), st.sampled_from([1, 255, 256, 65535]))
def test_random_trees(seed: int, n_nodes: int, n_trees: int, input: str, most: int) -> None:
    rng = np.random.default_rng(seed)
    missing = str(rng.choice(["never", "nan" if input.startswith("float") else "value"]))
    n_features = int(rng.choice([2, 127, 128, 129, 256, 257]))
    low, high = limits(input)
    record = grow(rng, input=input, low=low, high=high, n_nodes=n_nodes, n_trees=n_trees, missing=missing, n_features=n_features)
    payload = rng.integers(0, most, len(record.leaves), endpoint=True)
    tables = levels(record, payload)
    raw = rows(rng, record, 40)
    assert kernels.valid_nodes(record, tables)
    np.testing.assert_array_equal(kernels.nodes(record, tables).payloads(raw), payload[reached(record, raw)])


def test_stumps_take_this_form() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    boosting = GradientBoostingClassifier(n_estimators=60, max_depth=1, random_state=0).fit(X[::2], y[::2])
    model = emlearn.convert(boosting)
    assert encoded(model.record).nodes.form == "levels"
    assert kernels.valid_nodes(model.record, encoded(model.record).nodes)
    report = model.verify(X[1::2], compile=True)
    assert report.ok and report.ran == "compiled header"


def test_trees_that_ask_much_take_another_form() -> None:
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, y), input="uint8")
    assert encoded(model.record).nodes.form != "levels"
    rng = np.random.default_rng(0)
    record = grow(rng, n_nodes=60, n_trees=1)
    assert encode(record, np.arange(len(record.leaves)), "int32", 1 << 30) is None
    record = grow(rng, n_nodes=3, n_trees=1)
    assert encode(record, np.arange(len(record.leaves)), "int32", 9) is None
    assert encode(record, np.arange(len(record.leaves)) + 65535, "int32", 1 << 20) is None


def _valid(record: Forest, tables: EncodedNodes, **changes: Any) -> bool:
    assert tables.levels is not None
    return kernels.valid_nodes(record, dataclasses.replace(tables, levels=dataclasses.replace(tables.levels, **changes)))


def test_damage_is_refused() -> None:
    rng = np.random.default_rng(1)
    record = grow(rng, n_nodes=6, n_trees=3, input="int16")
    tables = levels(record, np.arange(len(record.leaves)))
    table = tables.levels
    assert table is not None and _valid(record, tables)
    for names in (("depths",), ("features", "missing_left"), ("thresholds",), ("leaves",)):
        assert not _valid(record, tables, **{name: getattr(table, name)[:-1] for name in names})
    assert not _valid(record, tables, depths=table.depths + np.uint8(1))
    assert not _valid(record, tables, depths=np.where(np.arange(3) == 0, 16, table.depths).astype(np.uint8))
    assert not _valid(record, tables, leaves=np.full_like(table.leaves, len(record.leaves)))
    assert not kernels.valid_nodes(dataclasses.replace(record, n_features=int(table.features.max())), tables)
