"""Layers that are computed line by line find what their windows see in strips, and answer as they do on whole planes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from emlearn import targets
from emlearn.families.mlp.integer_emit import padded
from emlearn.families.networks.build import Builder
from emlearn.families.networks.integer import IntegerNetwork
from emlearn.families.networks.plan import Plan
from emlearn.families.networks.strips import PRICE
from emlearn.registry import family_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import ACTIVATIONS, integers, model_of, network, raw_rows
from test_networks import check_lifetimes

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"

PADDING, GONE = -1, -2


class Raw:
    """Lines of the raw row, each value its number."""

    def __init__(self, cells: np.ndarray, line: int) -> None:
        self.cells, self.line, self.at = cells, line, 0

    def next(self, target: int) -> None:
        self.cells[target : target + self.line] = self.at * self.line + np.arange(self.line)
        self.at += 1


class Line:
    """Lines that layer k answers, each value its number; what it finds in its strip is compared with what it is to find."""

    def __init__(self, record: IntegerNetwork, memory: Plan, k: int, below: Raw | Line, cells: np.ndarray) -> None:
        self.whole, self.layer, self.strip = record.layers[k], record.on_strips()[k], record.strips()[k]
        self.held, self.spot, self.patch = memory.values[k], memory.patch[k], record.patch(self.layer)
        self.width = padded(record, self.layer.n_out) if self.layer.source.kind == "dense" else self.layer.n_out
        self.below, self.cells, self.at, self.missing, self.row = below, cells, -self.strip.above, self.strip.window.plane[0], 0
        self.line = self.strip.window.plane[1] * self.strip.window.plane[2]

    def next(self, target: int) -> None:
        window, whole, n = self.strip.window, self.whole.source.window, self.layer.n_out
        for k in range(window.plane[0] - self.missing, window.plane[0]):
            start = self.held + k * self.line
            if 0 <= self.at < self.strip.lines:
                self.below.next(start)
            else:
                self.cells[start : start + self.line] = PADDING
            self.at += 1
        self.missing = window.stride[0]
        for place in range(window.n_places):
            here, there = window.positions[place], whole.positions[self.row * window.n_places + place]
            assert np.all(there[here < 0] < 0)
            for position, meant in zip(here[here >= 0], there[here >= 0], strict=True):
                start, channels = self.held + position * window.plane[2], np.arange(window.plane[2])
                assert np.all(self.cells[start + channels] == (PADDING if meant < 0 else meant * window.plane[2] + channels))
            self.cells[self.spot : self.spot + self.patch] = GONE
            at, number = target + place * n, (self.row * window.n_places + place) * n
            self.cells[at : at + n], self.cells[at + n : at + self.width] = number + np.arange(n), GONE
        self.row += 1
        kept, end = (window.plane[0] - window.stride[0]) * self.line, self.held + window.plane[0] * self.line
        self.cells[self.held : self.held + kept] = self.cells[end - kept : end].copy()
        self.cells[self.held + kept : end] = GONE


def check_strips(record: IntegerNetwork, memory: Plan) -> None:
    """Each window finds its values; then the plane that the last strip answered is whole, and later layers' are."""
    cells, n = np.full(memory.size + 8, GONE), record.by_line
    lines: Raw | Line = Raw(cells, record.strips()[0].window.plane[1] * record.strips()[0].window.plane[2])
    for k in range(n):
        lines = Line(record, memory, k, lines, cells)
    assert isinstance(lines, Line)
    for row in range(lines.strip.n):
        lines.next(memory.values[n] + row * lines.strip.window.n_places * lines.layer.n_out)
    plane = record.layers[n - 1].source.n_out
    assert np.array_equal(cells[memory.values[n] :][:plane], np.arange(plane))
    rest = dataclasses.replace(record, layers=record.layers[n:])
    check_lifetimes(
        rest,
        Plan(memory.size, memory.values[n:], memory.patch[n:], memory.backward[n:]),
        [layer.source.window.n_in for layer in rest.layers],
    )


@settings(max_examples=400 if CAMPAIGN else 40, deadline=None)
@given(st.integers(0, 2**31))
def test_windows_find_their_values_in_strips(seed):
    model, _ = integers(seed, 8)
    for n in range(1, len(model.record.strips()) + 1):
        record = by_line(model, n).record
        check_strips(record, record.plan())


def test_strips_that_lie_too_near_are_found_out():
    """The check above sees one element of a strip under another's, and one of the answers."""
    record = by_line(network_of_lines("same"), 2).record
    memory = record.plan()
    near = [list(memory.values), list(memory.values)]
    near[0][1] = near[0][0] + 1
    near[1][2] = near[1][1] + 1
    for values in near:
        with pytest.raises(AssertionError):
            check_strips(record, dataclasses.replace(memory, values=tuple(values)))


def network_of_lines(padding: str, numeric: str = "int8"):
    """A convolution, a pool and depthwise sums over a plane of 9 x 6."""
    rng = np.random.default_rng(3)
    builder = Builder((9, 6, 2))
    builder.convolution("conv", rng.normal(0, 0.4, (5, 3, 3, 2)), rng.normal(0, 0.3, 5), (1, 1), (1, 1), padding)
    builder.activate("activation", "relu")
    builder.depthwise("depthwise", rng.normal(0, 0.4, (3, 3, 5, 1)), rng.normal(0, 0.3, 5), (1, 1), (2, 1), padding)
    builder.activate("leaky", "leaky", 0.1)
    builder.pool("pool", "largest", (2, 2), (1, 1), padding, False)
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.1, (3, builder.plane[2])), np.zeros(3))
    builder.activate("output", "softmax")
    record = builder.finish((9, 6, 2))
    return model_of(record, "int16", numeric, "balanced", raw_rows(record, "int16", 30, 0))


@pytest.mark.parametrize("numeric", ["int8", "int16"])
def test_as_many_lines_as_can_be_answer_as_whole_planes(numeric):
    """Whatever is chosen, the headers of all choices give the reference's bits."""
    model = network_of_lines("same", numeric)
    rows = raw_rows(model.record.source, "int16", 20, 1)
    expected = {op: family_of(model.record).reference(model.record, op, rows) for op in model.record.ops}
    assert len(model.record.strips()) == 3
    for n in range(4):
        found = targets.run("host", by_line(model, n), rows)
        assert all(np.array_equal(found[op], expected[op]) for op in expected)


def test_lines_end_where_a_plane_is_read_as_another():
    """Behind a Reshape a line is another number of values: the layers before it would fill the strip behind with other lines."""
    rng = np.random.default_rng(5)
    builder = Builder((1, 40, 4))
    builder.convolution("before", rng.normal(0, 0.4, (6, 1, 3, 4)), rng.normal(0, 0.3, 6), padding="same")
    builder.activate("activation", "relu")
    builder.reshape((1, 20, 12))
    builder.convolution("behind", rng.normal(0, 0.4, (4, 1, 3, 12)), rng.normal(0, 0.3, 4), stride=(1, 2))
    builder.pool_all("pool", "mean")
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.5, (3, 4)), np.zeros(3))
    record = builder.finish((40, 4))
    model = model_of(record, "int16", "int8", "balanced", raw_rows(record, "int16", 30, 0))
    rows = raw_rows(record, "int16", 10, 1)
    assert len(model.record.strips()) == 1
    found = targets.run("host", by_line(model, 9), rows)["predict"]
    assert np.array_equal(found, family_of(model.record).reference(model.record, "predict", rows))


@pytest.mark.parametrize("seed", range(100) if CAMPAIGN else (9, 11, 24, 40))
def test_in_float_the_bits_are_those_of_whole_planes(seed):
    """Every sum is added up in the same order; padding is no largest value."""
    record = network(seed, (*ACTIVATIONS, "elu"))
    dtype = "float32" if not len(record.layers[0].bias) else ("float32", "int16", "uint8")[seed % 3]
    model, rows = model_of(record, dtype, optimize=("balanced", "size")[seed % 2]), raw_rows(record, dtype, 10, seed)
    planes = targets.run("host", by_line(model, 0), rows)
    lines = targets.run("host", by_line(model, 9), rows)
    assert model.record.by_line > 0
    assert all(planes[op].tobytes() == lines[op].tobytes() for op in model.record.ops)


def test_in_float_lines_save_memory_where_no_instruction_counts():
    record = network(6)
    for optimize, kept in (("balanced", True), ("size", True), ("speed", False)):
        chosen = model_of(record, "float32", optimize=optimize).record
        assert (chosen.by_line > 0) == kept
        assert chosen.plan().size < dataclasses.replace(chosen, by_line=0).plan().size or not kept


def by_line(model, n):
    """The model with n layers line by line, or as many as can be."""
    model.record = dataclasses.replace(model.record, by_line=min(n, len(model.record.strips())))
    return model


@pytest.mark.parametrize("seed", range(60) if CAMPAIGN else (4, 9, 12))
def test_random_networks_line_by_line_answer_as_the_reference(seed):
    model, rows = integers(seed, 8)
    found = targets.run("host", by_line(model, 9), rows)
    for op in model.record.ops:
        assert np.array_equal(found[op], family_of(model.record).reference(model.record, op, rows))


def test_so_many_layers_go_line_by_line_as_save_memory():
    """The memory of the choice is the header's constant and the report's, and less than that of whole planes by what its layers cost."""
    rng = np.random.default_rng(0)
    builder = Builder((1, 120, 3))
    for k, n in enumerate((4, 8)):
        n_in = builder.plane[2]
        builder.convolution(f"conv {k}", rng.normal(0, 0.3, (n, 1, 4, n_in)), rng.normal(0, 0.3, n), (1, 2), (1, 1), "valid")
        builder.activate(f"activation {k}", "relu")
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.1, (2, builder.plane[2])), np.zeros(2))
    record = builder.finish((120, 3))
    model = model_of(record, "int16", "int8", "balanced", raw_rows(record, "int16", 30, 0))
    chosen, size = model.record.by_line, model.record.plan().size
    assert f"working_bytes() {{ return {size}; }}" in model.save(name="net")
    facts = model.describe()
    assert facts["working memory"] == f"{size} B" and facts["computed line by line"] == f"the first {chosen} of 3 layers"
    sizes = [by_line(model, n).record.plan().size for n in range(3)]
    assert chosen == int(np.argmin([n + PRICE * k for k, n in enumerate(sizes)])) > 0
    assert size < 0.7 * sizes[0]
