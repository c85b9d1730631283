"""Pruned layers in integers: weights of zero stay zero, tables without them say the same, and are taken where they pay.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.families.mlp.rounding import moments, rounded
from emlearn.families.mlp.sparse import by_input, costs, runs, sizes
from emlearn.targets import TARGETS, run
from hypothesis import given, settings
from hypothesis import strategies as st
from mlp_networks import HIDDEN, KINDS, network, prune, raw_rows
from test_mlp_integer_header import COMPILERS, compile_all

few = settings(max_examples=settings().max_examples // 2)


def read_back(table: np.ndarray, n_out: int, n_in: int) -> np.ndarray:
    """The weights of a table of runs, as a kernel walks them."""
    bits = 4 * table.itemsize
    weights, at = np.zeros((n_out, n_in), np.int64), 0
    for j in range(n_out):
        for start in range(0, n_in, 1 << bits):
            count = 1 + 2 * int(table[at])
            for entry in table[at + 1 : at + 1 + count].tolist():
                place, value = entry & ((1 << bits) - 1), entry >> bits
                assert start + place < n_in
                weights[j, start + place] += value - (1 << bits) if value >> (bits - 1) else value
            at += 1 + count
    assert at == len(table)
    return weights


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.int8, np.int16]), st.sampled_from([0.0, 0.03, 0.4, 1.0]))
def test_runs_are_the_weights(seed: int, dtype: type, density: float) -> None:
    rng = np.random.default_rng(seed)
    shape = int(rng.integers(1, 9)), int(rng.choice([1, 4, 255, 256, 257, 700]))
    limits = np.iinfo(dtype)
    weights = np.where(rng.random(shape) < density, rng.integers(limits.min, limits.max, shape, endpoint=True), 0).astype(dtype)
    table = runs(weights)
    assert table.itemsize == 2 * weights.itemsize and np.array_equal(read_back(table, *shape), weights)


@few
@given(st.integers(0, 2**32 - 1))
def test_what_was_pruned_stays_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_in = int(rng.integers(1, 30))
    W = rng.normal(size=(5, n_in)) * (rng.random((5, n_in)) < 0.4)
    G = moments(rng.integers(0, 256, (40, n_in)))
    assert not np.any(rounded(W, G, np.full(5, 0.02), 127)[W == 0])


@pytest.mark.parametrize("numeric", ["int8", "int16"])
@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
def test_the_form_that_pays_is_taken(numeric: str, optimize: str) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (40, 60)).astype(np.uint8)
    taken = []
    for density in (0.02, 0.1, 0.3, 0.45, 1.0):
        estimator = prune(network("multiclass", "relu", [60, 40], seed=3), density)
        model = emlearn.convert(estimator, input="uint8", numeric=numeric, calibration=rows, optimize=optimize)
        layer = model.record.layers[0]
        n_dense, n_sparse = sizes(layer.weights, optimize != "size")
        dense, sparse = costs(layer)
        faster = all(a < b for a, b in zip(sparse, dense, strict=True))
        if optimize != "balanced":
            assert layer.sparse == (n_sparse < n_dense if optimize == "size" else faster)
        elif faster == (n_sparse < n_dense):
            assert layer.sparse == faster
        assert ("without those of zero" in str(model.describe()["layer 0"])) == layer.sparse
        taken.append(layer.sparse)
    assert taken[0] and not taken[-1] and taken == sorted(taken, reverse=True)
    assert sum(taken) >= {"size": 4, "balanced": 2, "speed": 1}[optimize]


def complaint_of(header: str, folder: Path) -> str:
    """What a compiler says, empty where it takes the header."""
    (folder / "m.hpp").write_text(header)
    (folder / "unit.cpp").write_text('#include "m.hpp"\n')
    return compile_all(["g++", "-std=c++17"], folder)


_HEAD = r"(weights0\[\d+\][^;{]*= \{\s*)\d+"
DAMAGE = {
    "nothing": (r"$^", "", ""),
    "a place beyond the inputs": (r"(n_in\(\) \{ return) 300; \}", r"\1 257; }", "layer 0 is damaged"),
    "a run too long": (_HEAD, r"\g<1>9999", "layer 0 is damaged"),
    "a run too short": (_HEAD, r"\g<1>0", "layer 0 is damaged"),
    "a sum too large": (r"(bits\(\) \{ return) \d+; \}", r"\1 24; }", "a sum of it can overflow"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_runs_are_refused(damage: str, tmp_path: Path) -> None:
    pattern, replacement, message = DAMAGE[damage]
    estimator = prune(network("multiclass", "relu", [300, 4], seed=4), 0.3)
    rows = np.random.default_rng(0).integers(0, 256, (30, 300)).astype(np.uint8)
    model = emlearn.convert(estimator, input="uint8", numeric="int8", calibration=rows, optimize="size")
    layers = model.record.layers
    if "large" in damage:  # weights so large that 24 bits cannot hold their sum: 300 x 127 x 255
        weights = np.where(layers[0].weights != 0, 127, 0).astype(np.int8)
        weights[0] = 127
        many = dataclasses.replace(layers[0], weights=weights)
        model.record = dataclasses.replace(model.record, layers=(many, *layers[1:]))
    assert layers[0].sparse
    damaged, count = re.subn(pattern, replacement, model.save(name="m"), count=1)
    assert count == (damage != "nothing")
    complaint = complaint_of(damaged, tmp_path)
    assert bool(complaint) == bool(message) and message in complaint, complaint


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 1.0]))
def test_float_tables_by_inputs_are_the_weights(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    shape = int(rng.choice([1, 3, 255, 256])), int(rng.integers(1, 9))
    weights = np.where(rng.random(shape) < density, rng.normal(size=shape), 0).astype(np.float32)
    kept, outputs, counts = by_input(weights)
    read, at = np.zeros_like(weights), 0
    for i, count in enumerate(counts.tolist()):
        read[outputs[at : at + count], i] = kept[at : at + count]
        at += count
    assert at == len(kept) == len(outputs) and np.array_equal(read, weights)


def float_model(seed: int, dtype: str = "float32") -> emlearn.Model:
    """A pruned network, all layers without their weights of zero."""
    kind, hidden = KINDS[seed % len(KINDS)], HIDDEN[seed % len(HIDDEN)]
    estimator = prune(network(kind, hidden, [9, 7, 6][: 1 + seed % 3], seed), 0.4)
    model = emlearn.convert(estimator, input=dtype)
    model.record = dataclasses.replace(model.record, sparse=tuple(range(len(model.record.layers))))
    return model


@pytest.mark.parametrize("seed", range(6))
def test_float_headers_answer_as_all_weights_do(seed: int) -> None:
    """To the bit on the host, which fuses nothing: the sums have the same order."""
    dtype = ("float32", "int16")[seed % 2]
    model, rows = float_model(seed, dtype), raw_rows(dtype, 9, seed, 20)
    found = run("host", model, rows)
    for op in model.record.ops:
        assert np.array_equal(found[op].reshape(len(rows), -1), model.answer(op, rows), equal_nan=True), op


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc"])
def test_float_headers_on_chips(chip: str) -> None:
    if missing := [tool.name for tool in TARGETS[chip].tools if tool.find() is None]:
        pytest.skip(f"{chip} needs {', '.join(missing)}: tools/setup_system.sh")
    for seed in (1, 3):
        model = float_model(seed)
        rows = np.random.default_rng(seed).normal(size=(10, 9)).astype(np.float32)
        report = model.verify(rows, target=chip)
        assert report.ok, (seed, str(report))


@pytest.mark.parametrize("compiler", COMPILERS.values(), ids=COMPILERS)
def test_float_headers_compile_without_a_warning(compiler: list[str], tmp_path: Path) -> None:
    calls = ""
    for seed in range(6):
        model = float_model(seed, ("float32", "int16")[seed % 2])
        text = model.save(tmp_path / f"m{seed}.hpp")
        out = "int32_t" if model.record.task.is_discrete else "float"
        call = f"m{seed}::predict(x, out)" if f"void predict(const {model.input.c_type}*" in text else f"out[0] = m{seed}::predict(x)"
        calls += f'#include "m{seed}.hpp"\nvoid p{seed}(const {model.input.c_type}* x, {out}* out);\n'
        calls += f"void p{seed}(const {model.input.c_type}* x, {out}* out) {{ {call}; }}\n"
    (tmp_path / "unit.cpp").write_text(calls)
    assert not compile_all(compiler, tmp_path)


FLOAT_DAMAGE = {
    "nothing": (r"$^", ""),
    "an output that there is not": (r"(outputs0\[\d+\][^;{]*= \{\s*)\d+", r"\g<1>200"),
    "an input that takes too much": (r"(counts0\[\d+\][^;{]*= \{\s*)\d+", r"\g<1>200"),
    "a weight that is no number": (r"(weights0\[\d+\][^;{]*= \{\s*)[^,]+", r"\g<1>1e30f * 1e30f"),
}


@pytest.mark.parametrize("damage", FLOAT_DAMAGE)
def test_damaged_float_tables_are_refused(damage: str, tmp_path: Path) -> None:
    pattern, replacement = FLOAT_DAMAGE[damage]
    damaged, count = re.subn(pattern, replacement, float_model(5).save(name="m"), count=1)
    assert count == (damage != "nothing")
    assert ("layer 0 is damaged" in complaint_of(damaged, tmp_path)) == (damage != "nothing")
