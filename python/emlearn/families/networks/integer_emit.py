"""IntegerNetwork to C++: tables in tiles or rows, a view of each layer, and the calls.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ... import cpp
from ..mlp.emit import working_memory
from ..mlp.integer_emit import (
    check,
    curve_table,
    curve_view,
    intake_tables,
    intake_view,
    kernel,
    layer_members,
    numbers,
    padded,
    predict,
    predict_proba,
    scale_view,
    sparse_include,
    view,
    weights,
)
from .emit import window_members
from .integer import IntegerLayer, IntegerNetwork
from .lines_emit import NAMESPACE, calls, line_of
from .lines_emit import members as line_members
from .record import text_of
from .strips import Strip

_MLP = "::emlearn::mlp::"
_INTEGER = f"{NAMESPACE}integer::"


def emit(record: IntegerNetwork) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    places = record.layers[-1].source.window.n_places
    functions = [cpp.Function("predict", predict(record) if places == 1 else _values(record))]
    if record.task.is_discrete:
        functions.append(cpp.Function("predict_proba", predict_proba(record)))
    includes = [f"emlearn/networks/{'strips' if record.by_line else 'integer'}.hpp"]
    includes += ["emlearn/mlp/power.hpp"] if record.task.is_discrete else []
    includes += sparse_include(layer.numbers for layer in record.layers if layer.numbers)
    return cpp.Part(
        task=record.task,
        functions=tuple(functions),
        includes=tuple(includes),
        tables=_tables(record),
        declarations=cpp.lines(_views(record), _forward(record)),
        checks=_checks(record),
    )


def _tables(record: IntegerNetwork) -> tuple[cpp.Table, ...]:
    tables = intake_tables(record.intake)
    if record.curve is not None:
        tables.append(curve_table(record.curve))
    for k, layer in enumerate(record.layers):
        n = layer.numbers
        if n is None:
            continue
        if layer.source.kind == "each":
            tables.append(cpp.Table(f"weights{k}", np.ascontiguousarray(n.weights.T), f"layer {k}: {text_of(layer.source)}"))
            tables += numbers(k, dataclasses.replace(n, bias=layer.each_bias), layer.n_out)
        elif layer.source.kind == "mean":
            tables += numbers(k, n, layer.n_out)
        else:
            tables.append(weights(record, k, n))
            tables += numbers(k, n, padded(record, n.n_out))
    return tuple(tables)


def _views(record: IntegerNetwork) -> str:
    memory, tables = record.plan(), {table.name: table for table in _tables(record)}
    layers = [*record.on_strips(), *record.layers[record.by_line :]]
    taken = len(record.intake.scale) if record.intake.kind != "whole" else line_of(record) if record.by_line else record.n_features
    views = []
    for k, layer in enumerate(layers):
        members = _members(record, k, layer, tables, memory.backward[k])
        if k < record.by_line:
            members |= _strip_members(record.strips()[k], layer)
        views.append(view(f"layer{k}", members))
    return cpp.lines(
        intake_view(record.intake, taken, taken),
        [] if record.curve is None else curve_view(record.curve),
        views,
        scale_view(record) if record.task.is_discrete else [],
    )


def _members(
    record: IntegerNetwork, k: int, layer: IntegerLayer, tables: dict[str, cpp.Table], backward: bool
) -> dict[str, tuple[str, str]]:
    """What kernels ask of a layer: of its window, and of its numbers."""
    source = layer.source
    place = record.in_place(layer) if source.kind == "dense" else ""
    members = window_members(source, place == "always", backward)
    members["pad"] = ("int32_t", str(layer.padding))
    if layer.numbers is None:
        return members
    found = layer_members(record, k, layer.numbers, tables)
    if source.kind != "dense":
        found = {name: found[name] for name in ("weights", "bias", "factor", "shift", "wide", "top", "total") if name in found}
    else:
        members |= {"unaligned": ("bool", "true" if place == "unaligned" else "false"), "values": ("int", str(source.window.n_values))}
        members["n_places"] = ("int", str(record.layers[k].source.window.n_places))
    if source.activation == "leaky":
        members |= {"zero": ("int32_t", str(layer.zero)), "slope": ("int32_t", str(layer.slope))}
    return members | found | {"answers": ("int", str(layer.n_out))}


def _strip_members(strip: Strip, layer: IntegerLayer) -> dict[str, tuple[str, str]]:
    """No value is less than 0, so padding is never the largest."""
    pad = 0 if layer.source.kind == "largest" else layer.padding
    return line_members(strip, ("int32_t", str(pad)), layer.n_out)


def _step(layer: IntegerLayer) -> str:
    if layer.source.activation in ("logistic", "tanh"):
        return f"{_MLP}bent<curve<> >"
    return f"{_INTEGER}leak" if layer.source.activation == "leaky" else f"{_MLP}clamp"


def _forward(record: IntegerNetwork) -> str:
    """Intake and all layers but the last; what that one takes comes back."""
    memory, layers = record.plan(), record.layers
    element = f"uint{record.bits}_t"
    align = f"EMLEARN_MLP_ALIGN > alignof({element}) ? EMLEARN_MLP_ALIGN : alignof({element})"
    at = [f"m.a + {start}" for start in memory.values]
    patch = [f"m.a + {start}" for start in memory.patch]
    text = _by_line(record) if record.by_line else [_take(record, at[0])]
    for k, layer in enumerate(layers[record.by_line : -1], record.by_line):
        view_of, kind = f"layer{k}<>()", layer.source.kind
        if layer.numbers is None:
            text.append(f"{_INTEGER}{kind}({view_of}, {at[k]}, {at[k + 1]});")
        elif kind == "mean":
            text.append(f"{_INTEGER}scaled_mean<Reader>({view_of}, {at[k]}, {at[k + 1]});")
        elif kind == "each":
            text.append(f"{_INTEGER}convolve_each<Reader>({view_of}, {_step(layer)}(), {at[k]}, {at[k + 1]});")
        else:
            form = kernel(record, layer.arithmetic)
            text.append(f"{_INTEGER}convolve<{form}>({view_of}, {_step(layer)}(), {at[k]}, {patch[k]}, {at[k + 1]});")
    last = len(layers) - 1
    if layers[last].source.window.n_places == 1 and record.in_place(layers[last]) != "always":
        text.append(f"return {_INTEGER}under(layer{last}<>(), {at[last]}, {patch[last]});")
    else:
        text.append(f"return {at[last]};")
    n_bytes = memory.size * record.bits // 8
    return cpp.lines(
        working_memory(n_bytes),
        "struct buffers {",
        f"  alignas({align}) {element} a[{memory.size}];",
        "};",
        "template <class Reader, class X>",
        f"inline const {element}* forward(const X* x, buffers& m) {{",
        [f"  {line}" for line in text],
        "}",
    )


def _by_line(record: IntegerNetwork) -> list[str]:
    """Intake and the layers that are computed line by line."""
    kind = record.intake.kind
    positions = 1 if kind == "whole" else record.strips()[0].window.plane[1]
    take = f"{_INTEGER}{kind}" + ("" if kind == "whole" else "<Reader>")
    kinds = [_on_line(record, layer) for layer in record.layers[: record.by_line]]
    return calls(record, take, positions, kinds, "m.a", f"uint{record.bits}_t")


def _on_line(record: IntegerNetwork, layer: IntegerLayer) -> str:
    """The type that computes a line."""
    kind = layer.source.kind
    if kind == "largest":
        return f"{_INTEGER}most"
    if kind == "mean":
        return f"{_INTEGER}scaled_means<Reader>" if layer.numbers else f"{_INTEGER}means"
    if kind == "each":
        return f"{_INTEGER}convolved_each<Reader, {_step(layer)} >"
    return f"{_INTEGER}convolved<{kernel(record, layer.arithmetic)}, {_step(layer)} >"


def _take(record: IntegerNetwork, out: str) -> str:
    kind = record.intake.kind
    if kind == "whole":
        return f"{_MLP}take_whole(intake<>(), x, {out});"
    positions = record.n_features // len(record.intake.scale)
    return f"{NAMESPACE}take_positions< {_INTEGER}{kind}<Reader> >(intake<>(), x, {positions}, {out});"


def _values(record: IntegerNetwork) -> str:
    """A regressor's answers at several places."""
    k, memory = len(record.layers) - 1, record.plan()
    form = kernel(record, record.layers[k].arithmetic)
    call = f"{_INTEGER}values<{form}>(layer{k}<>(), forward<Reader>(x, m), m.a + {memory.patch[k]}, out);"
    return cpp.lines("buffers m;", call)


def _checks(record: IntegerNetwork) -> tuple[cpp.Check, ...]:
    checks, top = [], record.intake.top
    tables = {table.name: table for table in _tables(record)}
    for k, layer in enumerate(record.layers):
        if layer.numbers is None:
            continue
        if layer.source.kind == "dense":
            checks.append(check(record, k, layer.numbers, top, tables))
        top = layer.numbers.top
    return tuple(checks)
