"""Networks of convolutions: reference, kernels and compiled headers answer alike, in float and in integers; working memory is planned.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from emlearn import UnsupportedError, targets
from emlearn.families.mlp.integer_emit import padded
from emlearn.families.networks.build import Builder
from emlearn.families.networks.integer import IntegerNetwork
from emlearn.families.networks.lifetimes import move
from emlearn.families.networks.plan import Move, Plan, plan
from emlearn.families.networks.real import logits
from emlearn.registry import family_of
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import integers, model_of, network, raw_rows

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"


@settings(max_examples=400 if CAMPAIGN else 25, deadline=None)
@given(st.integers(0, 2**31))
def test_the_float_kernels_are_the_reference_but_for_rounding(seed):
    record = network(seed, ("identity", "relu", "clipped", "leaky", "elu", "logistic", "tanh"))
    model = model_of(record, "float32")
    rows = raw_rows(record, "float32", 10, seed)
    family = family_of(model.record)
    for op in model.record.ops:
        reference, bound = family.reference(model.record, op, rows), family.bound(model.record, op, rows)
        if not (op == "predict" and record.task.is_discrete):
            assert np.all(np.abs(reference - model.answer(op, rows)) <= bound)
    if not record.task.is_discrete:
        z = logits(record, rows.astype(np.float64))
        assert np.all(np.abs(model.answer("predict", rows) - z) <= family.bound(model.record, "predict", rows))


@settings(max_examples=400 if CAMPAIGN else 25, deadline=None)
@given(st.integers(0, 2**31))
def test_the_integer_kernels_are_the_reference_to_the_bit(seed):
    model, rows = integers(seed)
    assert isinstance(model.record, IntegerNetwork)
    for op in model.record.ops:
        assert np.array_equal(family_of(model.record).reference(model.record, op, rows), model.answer(op, rows))


@settings(max_examples=400 if CAMPAIGN else 25, deadline=None)
@given(st.integers(0, 2**31))
def test_integer_answers_lie_within_the_bound_of_the_float_network(seed):
    model, rows = integers(seed)
    family, source = family_of(model.record), model.record.source
    if source.task.is_discrete:
        z = logits(source, rows.astype(np.float64))
        if source.output == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            want = e / e.sum(axis=1, keepdims=True)
        else:
            p = 1 / (1 + np.exp(-z))
            want = np.hstack([1 - p, p]) if source.is_binary else p
        op = "predict_proba"
    else:
        want, op = logits(source, rows.astype(np.float64)), "predict"
    assert np.all(np.abs(model.answer(op, rows) - want) <= family.bound(model.record, op, rows))


@pytest.mark.parametrize("seed", range(60 if CAMPAIGN else 3))
def test_compiled_headers_answer_as_the_kernels(seed):
    for model, rows in (integers(seed), (model_of(network(seed), "float32"), raw_rows(network(seed), "float32", 10, seed))):
        found = targets.run("host", model, rows)
        for op in model.record.ops:
            if isinstance(model.record, IntegerNetwork):
                assert np.array_equal(found[op], model.answer(op, rows))
            elif not (op == "predict" and model.record.task.is_discrete):
                assert np.all(np.abs(found[op] - model.answer(op, rows)) <= family_of(model.record).bound(model.record, op, rows))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), min_size=1, max_size=8), st.integers(0, 50), st.sampled_from([1, 4]))
def test_the_plan_keeps_apart_what_a_layer_needs_at_once(layers, last, step):
    """Of layers that read all they take before they answer, and of some that may write behind or before what they still read."""
    values = [n for n, _ in layers] + [last]
    moves = []
    for k, (n, patch) in enumerate(layers):
        near = k % 3 == 2
        moves.append(Move(n // 2 if near else values[k + 1], n // 3 if near else None, patch))
    found = plan(values, moves, step)
    for k, needs in enumerate(moves):
        start, end = found.values[k], found.values[k + 1]
        areas = [(start, values[k]), (found.patch[k], needs.patch), (end, values[k + 1])]
        assert all(at % step == 0 and at >= 0 and at + n <= found.size for at, n in areas)
        patch = set(range(found.patch[k], found.patch[k] + needs.patch))
        assert all(patch.isdisjoint(range(at, at + n)) for at, n in (areas[0], areas[2]))
        assert start - end >= needs.down or end - start >= (needs.up if found.backward[k] else values[k])


def check_lifetimes(record, memory, rooms):
    """Each place of each layer finds what it takes, though answers of other places were written: numbers stand for values."""
    cells = np.full(memory.size + 8, -1)
    cells[memory.values[0] : memory.values[0] + rooms[0]] = np.arange(rooms[0])
    for k, layer in enumerate(record.layers[:-1]):
        source, backward = getattr(layer, "source", layer), memory.backward[k]
        window, n = source.window, source.channels
        width = padded(record, n) if hasattr(record, "tiled") and source.kind == "dense" and not layer.arithmetic.sparse else n
        copied = bool(record.patch(layer)) and (not hasattr(record, "tiled") or record.in_place(layer) == "never")
        given = np.arange(window.n_in)
        places = range(window.n_places)
        for place in reversed(places) if backward else places:
            taps = window.positions[place]
            taps = (taps[taps >= 0, None] * window.plane[2] + np.arange(window.plane[2])).ravel()
            start, out = memory.values[k], memory.values[k + 1] + place * n
            whole = rooms[k] == 0 or np.array_equal(cells[start + taps], given[taps])
            if not copied:  # answers are written while the rest is read
                whole = whole and (rooms[k] == 0 or not set((start + taps).tolist()) & set(range(out, out + width)))
            assert whole, (k, place)
            cells[out : out + n], cells[out + n : out + width] = place * n + np.arange(n), -2
        n_out = source.n_out
        assert np.array_equal(cells[memory.values[k + 1] :][:n_out], np.arange(n_out)), k


@settings(max_examples=400 if CAMPAIGN else 40, deadline=None)
@given(st.integers(0, 2**31))
def test_no_answer_is_written_over_what_is_still_needed(seed):
    planes = dataclasses.replace(integers(seed, 8)[0].record, by_line=0)
    check_lifetimes(planes, planes.plan(), [layer.source.window.n_in for layer in planes.layers])
    record = network(seed)
    check_lifetimes(record, record.plan(), [0, *(layer.window.n_in for layer in record.layers[1:])])


def test_a_plan_that_lies_too_near_is_found_out():
    """The check above sees a distance of one element too few."""
    record = network(11)
    assert len(record.layers) > 2
    seen = 0
    for k in range(1, len(record.layers) - 1):
        memory, layer = record.plan(), record.layers[k]
        needed = move(layer, record.patch(layer), layer.channels).down
        if needed <= 0:
            continue
        values = [layer.window.n_in + needed] * (k + 1) + [needed + 1 + layer.window.n_in] * (len(memory.values) - k - 1)
        values[k], values[k + 1] = needed - 1, 0
        near = Plan(4 * memory.size + 999, tuple(values), memory.patch, tuple(False for _ in memory.backward))
        alone = dataclasses.replace(record, layers=(layer, record.layers[-1]))
        two = Plan(near.size, tuple(values[k : k + 3]), memory.patch[:2], (False, False))
        with pytest.raises(AssertionError):
            check_lifetimes(alone, two, [layer.window.n_in, 0])
        seen += 1
    assert seen


def test_the_working_memory_is_in_the_header_and_what_the_chip_uses(tmp_path):
    record = network(5)
    model = model_of(record, "float32", "int8", rows=raw_rows(record, "float32", 20, 5))
    n_bytes = model.record.plan().size
    assert f"working_bytes() {{ return {n_bytes}; }}" in model.save(name="net")
    assert model.describe()["working memory"] == f"{n_bytes} B"


def test_padding_batch_normalisation_and_activations_fold():
    builder = Builder((1, 8, 3))
    builder.pad("pad", (0, 1), (0, 1))
    builder.convolution("conv", np.ones((4, 1, 3, 3)), np.ones(4))
    builder.normalize("norm", np.full(4, 2.0), np.full(4, 1.0), np.ones(4))
    builder.activate("relu", "relu")
    builder.pool("pool", "largest", (1, 2), (1, 2))
    builder.normalize("norm 2", np.full(4, 2.0), np.zeros(4), np.zeros(4))
    record = builder.finish((8, 3))
    first, pool, after = record.layers
    assert (first.kind, first.activation, first.window.before, first.plane) == ("dense", "relu", (0, 1), (1, 8, 4))
    assert np.all(first.weights == 2) and np.all(first.bias == 3)
    assert pool.kind == "largest" and after.kind == "each" and np.all(after.weights == 2)


@pytest.mark.parametrize("counts", [True, False])
def test_means_have_steps_of_their_own_in_int8(counts):
    """Finer than those of what they are made of; where padding is not counted the divisor differs, and the steps stay."""
    rng = np.random.default_rng(counts)
    builder = Builder((6, 6, 3))
    builder.convolution("conv", rng.normal(size=(5, 3, 3, 3)), rng.normal(size=5), padding="same")
    builder.activate("activation", "leaky", 0.1)
    builder.pool("pool", "mean", (3, 3), (2, 2), "same", counts)
    builder.flatten()
    builder.dense("last", rng.normal(size=(3, 45)), np.zeros(3))
    builder.activate("output", "softmax")
    record = builder.finish((6, 6, 3))
    rows = raw_rows(record, "int16", 400, 0)
    for numeric, own in (("int8", counts), ("int16", False)):
        model = model_of(record, "int16", numeric, rows=rows)
        conv, mean, _ = model.record.layers
        assert (mean.numbers is not None) == own
        if own:
            assert np.all(mean.answer_scale < conv.answer_scale) and mean.zero > 0
        answers = targets.run("host", model, rows[:50])["predict_proba"]
        assert np.array_equal(answers, family_of(model.record).reference(model.record, "predict_proba", rows[:50]))


@pytest.mark.parametrize("numeric", ["int8", "int16"])
@pytest.mark.parametrize("pool", [None, "largest", "mean"])
@pytest.mark.parametrize(("plane", "kind"), [((1, 15, 4), "dense"), ((1, 20, 3), "each"), ((1, 4, 15), "dense")])
def test_channels_that_a_reshape_mixes_have_one_scale(numeric, pool, plane, kind):
    """Also where a pool stands between the layer and the Reshape; each channel behind holds values of several."""
    rng = np.random.default_rng(3)
    length = 22 if pool else 12
    builder = Builder((1, length, 4))
    builder.convolution("before", rng.normal(0, 0.4, (6, 1, 3, 4)), rng.normal(0, 0.3, 6))
    builder.activate("activation", "leaky", 0.1)
    if pool:
        builder.pool("pool", pool, (1, 2), (1, 2), "valid", True)
    builder.reshape(plane)
    if kind == "dense":
        builder.convolution("behind", rng.normal(0, 0.4, (4, 1, 3, plane[2])), rng.normal(0, 0.3, 4))
    else:
        builder.depthwise("behind", rng.normal(0, 0.4, (1, 3, plane[2], 1)), rng.normal(0, 0.3, plane[2]), (1, 1), (1, 1), "valid")
    builder.flatten()
    builder.dense("last", rng.normal(0, 0.5, (3, builder.plane[2])), np.zeros(3))
    record = builder.finish((length, 4))
    model, rows = model_of(record, "int16", numeric, "balanced", raw_rows(record, "int16", 60, 0)), raw_rows(record, "int16", 20, 1)
    family = family_of(model.record)
    expected = family.reference(model.record, "predict", rows)
    assert np.array_equal(family.run(model.record, "predict", rows), expected)
    assert np.all(np.abs(expected - logits(model.record.source, rows.astype(np.float64))) <= family.bound(model.record, "predict", rows))


def test_channels_of_the_input_that_a_reshape_mixes_behind_a_pool_are_refused():
    """Raw values have a scale for each channel, and a pool has none of its own."""
    builder = Builder((1, 20, 6))
    builder.pool("pool", "largest", (1, 2), (1, 2), "valid", False)
    builder.reshape((1, 15, 4))
    builder.convolution("behind", np.ones((4, 1, 3, 4)), np.zeros(4))
    builder.flatten()
    builder.dense("last", np.ones((3, builder.plane[2])), np.zeros(3))
    record = builder.finish((20, 6))
    with pytest.raises(UnsupportedError, match=r"behind: 6 channels of the input.*a Reshape before the pools"):
        model_of(record, "float32", "int8", "balanced", raw_rows(record, "float32", 60, 0))
