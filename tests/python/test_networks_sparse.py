"""Pruned convolutions in float: tables without weights of zero answer as all of them do, within the bound, and are taken where they pay.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from emlearn import Model, targets
from emlearn.families.networks.record import Layer, Network
from emlearn.options import OPTIMIZE
from emlearn.registry import family_of
from random_networks import model_of, network, raw_rows
from test_mlp_integer_header import COMPILERS, compile_all


def pruned(record: Network, density: float) -> Network:
    """With the largest weights of each dense layer, that share of them."""

    def thin(layer: Layer) -> Layer:
        if layer.kind != "dense":
            return layer
        least = np.quantile(np.abs(layer.weights), 1 - density)
        return dataclasses.replace(layer, weights=np.where(np.abs(layer.weights) >= least, layer.weights, 0))

    return dataclasses.replace(record, layers=tuple(thin(layer) for layer in record.layers))


def without_zeros(model: Model) -> Model:
    """Every dense layer in the sparse form."""
    dense = tuple(k for k, layer in enumerate(model.record.layers) if layer.kind == "dense")
    model.record = dataclasses.replace(model.record, sparse=dense)
    return model


@pytest.mark.parametrize("seed", range(4))
def test_compiled_headers_answer_within_the_bound(seed: int) -> None:
    record = pruned(network(seed, ("identity", "relu", "clipped", "leaky")), 0.3)
    model, rows = without_zeros(model_of(record, "float32")), raw_rows(record, "float32", 10, seed)
    found = targets.run("host", model, rows)
    for op in model.record.ops:
        if not (op == "predict" and record.task.is_discrete):
            assert np.all(np.abs(found[op] - model.answer(op, rows)) <= family_of(model.record).bound(model.record, op, rows))


def test_line_by_line_the_bits_are_those_of_whole_planes() -> None:
    record = pruned(network(5, ("relu",)), 0.3)
    model, rows = without_zeros(model_of(record, "int16")), raw_rows(record, "int16", 10, 5)
    found = []
    for n in (0, len(model.record.strips())):
        model.record = dataclasses.replace(model.record, by_line=n)
        found.append(targets.run("host", model, rows))
    assert model.record.by_line > 0 and 0 in model.record.sparse
    assert all(found[0][op].tobytes() == found[1][op].tobytes() for op in model.record.ops)


@pytest.mark.device
@pytest.mark.parametrize("chip", ["avr-atmega2560", "cortex-m0plus", "cortex-m4f"])
def test_chips_answer_within_the_bound(chip: str) -> None:
    if not all(tool.find() for tool in targets.TARGETS[chip].tools):
        pytest.skip(f"the compiler for {chip} is not installed: tools/setup_system.sh")
    record = pruned(network(1, ("relu",)), 0.2)
    model, rows = without_zeros(model_of(record, "int16")), raw_rows(record, "int16", 5, 1)
    found = targets.run(chip, model, rows)
    for op in model.record.ops:
        if not (op == "predict" and record.task.is_discrete):
            assert np.all(np.abs(found[op] - model.answer(op, rows)) <= family_of(model.record).bound(model.record, op, rows))


@pytest.mark.parametrize("compiler", ["g++ c++11", "clang++ c++20", "avr gnu++11", "cortex-m4 c++20"])
def test_compiles_without_a_warning(compiler: str, tmp_path: Path) -> None:
    text = ""
    for seed in range(3):
        without_zeros(model_of(pruned(network(seed), 0.3), "float32")).save(tmp_path / f"m{seed}.hpp")
        text += f'#include "m{seed}.hpp"\n'
    (tmp_path / "unit.cpp").write_text(text)
    assert not compile_all(COMPILERS[compiler], tmp_path)


@pytest.mark.parametrize("optimize", OPTIMIZE)
def test_the_form_that_pays_is_taken(optimize: str) -> None:
    whole = network(6, ("relu",))
    for density, taken in ((0.05, True), (1.0, False)):
        model = model_of(pruned(whole, density), "float32", optimize=optimize)
        large = [k for k, layer in enumerate(model.record.layers) if layer.kind == "dense" and layer.weights.size > 90]
        assert large
        for k in large:
            assert (k in model.record.sparse) == taken
            assert ("without those of zero" in str(model.describe()[f"layer {k}"])) == taken
        assert ("convolve_sparse" in model.save(name="net")) == bool(model.record.sparse)
        assert ("by_input<uint8_t>{tables<>::weights" in model.save(name="net")) == bool(model.record.sparse)


def test_convolutions_behind_relu_go_input_by_input() -> None:
    """Without an FPU a zero is skipped with all its weights; there the answers stay within the bound."""
    record = network(6, ("relu",))
    model, rows = model_of(record, "float32"), raw_rows(record, "float32", 10, 6)
    large = [k for k, layer in enumerate(record.layers) if k and layer.kind == "dense" and layer.macs >= 1000]
    text = model.save(name="net")
    assert large and all(f"true >(layer{k}<>" in text for k in large)
    found = targets.run("cortex-m0plus", model, rows)
    op = model.record.ops[-1]
    assert np.all(np.abs(found[op] - model.answer(op, rows)) <= family_of(model.record).bound(model.record, op, rows))
