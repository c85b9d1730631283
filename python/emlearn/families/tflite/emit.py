"""ByteNetwork to C++: tables in tiles or rows, a view of each layer, and the calls.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from ..mlp.emit import working_memory
from ..mlp.integer_emit import check, kernel, layer_members, numbers, padded, view, weights
from ..networks.emit import window_members
from ..networks.lines_emit import NAMESPACE, calls, line_of, members
from ..networks.strips import Strip
from .record import ByteLayer, ByteNetwork

_TFLITE = "::emlearn::tflite::"
_INTEGER = f"{NAMESPACE}integer::"

#: What a rescaled layer's view has of a dense layer's members.
_OF_EACH = ("weights", "bias", "total")
_OF_DENSE = (*_OF_EACH, "n_in", "n_out", "bits", "often_zero", "run", "n_runs")


def emit(record: ByteNetwork) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    functions = [cpp.Function("predict", _predict(record))]
    if record.task.is_discrete:
        functions.append(cpp.Function("predict_proba", _predict_proba(record)))
    tables = _tables(record)
    return cpp.Part(
        task=record.task,
        functions=tuple(functions),
        includes=("emlearn/tflite/strips.hpp" if record.by_line else "emlearn/tflite.hpp",),
        tables=tuple(tables.values()),
        declarations=cpp.lines(_views(record, tables), _forward(record)),
        checks=_checks(record, tables),
    )


def _tables(record: ByteNetwork) -> dict[str, cpp.Table]:
    tables = [cpp.Table("powers", record.answer.powers, "exp of 0, -1, ... steps")] if record.answer.kind == "softmax" else []
    for k, layer in enumerate(record.layers):
        n, is_dense = layer.numbers, layer.source.kind == "dense"
        if layer.source.kind == "table":
            tables.append(cpp.Table(f"values{k}", layer.table, f"layer {k}: {layer.source.label}"))
        if n is None:
            continue
        tables.append(weights(record, k, n) if is_dense else cpp.Table(f"weights{k}", np.ascontiguousarray(n.weights.T), f"layer {k}"))
        n_out = padded(record, n.n_out) if is_dense else n.n_out
        bias, factor = numbers(k, n, n_out)
        tables.append(bias)
        if not layer.is_uniform:
            tables += [factor, cpp.Table(f"power{k}", np.pad(layer.power, (0, n_out - n.n_out)))]
    return {table.name: table for table in tables}


def _views(record: ByteNetwork, tables: dict[str, cpp.Table]) -> list[str]:
    found = []
    layers = [*record.on_strips(), *record.layers[record.by_line :]]
    n_values = line_of(record) if record.by_line else record.n_features
    taken = {"n_features": ("int", str(n_values))}
    if record.low is not None:
        taken |= {"room": ("int", str(n_values)), "low": ("int32_t", str(record.low)), "top": ("uint32_t", "255")}
    else:
        taken |= {"zero": ("int32_t", str(record.zero)), "scale": ("float", cpp.literal(np.float32(record.scale), "float32"))}
    found.append(view("intake", taken))
    backward = record.plan().backward
    for k, layer in enumerate(layers):
        if k < record.by_line:
            members = _members(record, k, layer, tables, False) | _line_members(record.strips()[k], k, layer)
            found.append(view(f"layer{k}", members))
        elif layer.source.kind != "table":
            found.append(view(f"layer{k}", _members(record, k, layer, tables, backward[k])))
    if record.answer.kind == "values":
        unit = cpp.literal(np.float32(record.answer.scale), "float32")
        found.append(view("answer", {"zero": ("int32_t", str(record.answer.zero)), "unit": ("float", unit)}))
    if record.answer.kind == "softmax":
        powers = {"powers": ("const int32_t*", "tables<T>::powers"), "n_powers": ("int", str(len(record.answer.powers)))}
        found.append(view("answer", powers))
    return found


def _members(record: ByteNetwork, k: int, layer: ByteLayer, tables: dict[str, cpp.Table], backward: bool) -> dict[str, tuple[str, str]]:
    """What kernels ask of a layer: of its window, of its sums, and of how they are rescaled."""
    source = layer.source
    place = record.in_place(layer) if source.kind == "dense" else ""
    members = window_members(source, place == "always", backward)
    if source.kind in ("largest", "average", "table"):
        return members
    members["pad"] = ("int32_t", str(layer.padding))
    if layer.numbers is not None:
        factor = tables.get(f"factor{k}", cpp.Table(f"factor{k}", layer.multiplier))
        found = layer_members(record, k, layer.numbers, {**tables, factor.name: factor})
        members |= {name: found[name] for name in (_OF_DENSE if source.kind == "dense" else _OF_EACH)}
        members["answers"] = ("int", str(layer.n_out))
    if source.kind == "dense":
        members |= {"unaligned": ("bool", "true" if place == "unaligned" else "false"), "values": ("int", str(source.window.n_values))}
    if layer.is_uniform:
        members |= {"fixed": ("int32_t", str(layer.multiplier[0])), "power": ("int", str(layer.power[0]))}
        kind = f"{_TFLITE}uniform< {_TFLITE}{layer.rounded}>"
        members["factor"] = (kind, f"{kind}()")
    else:
        kind = f"{_TFLITE}each< {_TFLITE}{layer.rounded}>"
        members["factor"] = (kind, f"{kind}{{tables<T>::factor{k}, tables<T>::power{k}}}")
    return members | {name: ("int32_t", str(getattr(layer, name))) for name in ("zero", "least", "top")}


def _line_members(strip: Strip, k: int, layer: ByteLayer) -> dict[str, tuple[str, str]]:
    """No byte is less than 0, so padding is never the largest."""
    table = {"table": ("const uint8_t*", f"tables<T>::values{k}")} if layer.source.kind == "table" else {}
    return table | members(strip, ("int32_t", str(layer.padding)), layer.n_out)


def _on_line(record: ByteNetwork, layer: ByteLayer) -> str:
    """The type that computes a line."""
    kind, between = layer.source.kind, f"{_TFLITE}between"
    if kind == "dense":
        return f"{_INTEGER}convolved<{kernel(record, layer.arithmetic)}, {between}>"
    if kind == "each":
        return f"{_INTEGER}convolved_each<Reader, {between}>"
    return {"largest": f"{_INTEGER}most", "average": f"{_TFLITE}averages", "table": f"{_TFLITE}looked_up<Reader>"}[kind]


def _taken(record: ByteNetwork, first: str) -> list[str]:
    """Intake, and the layers that are computed line by line."""
    if record.by_line:
        take = f"{_TFLITE}real" if record.low is None else f"{_INTEGER}whole"
        return calls(record, take, 1, [_on_line(record, layer) for layer in record.layers[: record.by_line]], "m.a", "uint8_t")
    take = f"{_TFLITE}take_real" if record.low is None else "::emlearn::mlp::take_whole"
    return [f"{take}(intake<>(), x, {first});"]


def _forward(record: ByteNetwork) -> str:
    """Intake and all layers; the last one's bytes come back."""
    memory = record.plan()
    at = [f"m.a + {start}" for start in memory.values]
    text = _taken(record, at[0])
    for k, layer in enumerate(record.layers[record.by_line :], record.by_line):
        kind, view_of, places = layer.source.kind, f"layer{k}<>()", f"{at[k]}, {at[k + 1]}"
        if kind == "dense":
            form = kernel(record, layer.arithmetic)
            text.append(f"{_INTEGER}convolve<{form}>({view_of}, {_TFLITE}between(), {at[k]}, m.a + {memory.patch[k]}, {at[k + 1]});")
        elif kind == "each":
            text.append(f"{_INTEGER}convolve_each<Reader>({view_of}, {_TFLITE}between(), {places});")
        elif kind == "table":
            text.append(f"{_TFLITE}look_up<Reader>(tables<>::values{k}, {at[k]}, {layer.source.n_out}, {at[k + 1]});")
        else:
            call = {"largest": f"{_INTEGER}largest", "average": f"{_TFLITE}average", "total": f"{_TFLITE}total<Reader>"}[kind]
            text.append(f"{call}({view_of}, {places});")
    return cpp.lines(
        working_memory(memory.size),
        "struct buffers {",
        f"  alignas(EMLEARN_MLP_ALIGN) uint8_t a[{memory.size}];",
        "};",
        "template <class Reader, class X>",
        "inline const uint8_t* forward(const X* x, buffers& m) {",
        [f"  {line}" for line in text],
        f"  return {at[-1]};",
        "}",
    )


def _predict(record: ByteNetwork) -> str:
    n, kind = record.n_answers, record.answer.kind
    statements = ["buffers m;", "const uint8_t* const y = forward<Reader>(x, m);"]
    if kind == "softmax" and record.answer.is_sure:
        return cpp.lines(statements, f"return {_TFLITE}best(y, {n});")
    if kind == "softmax":
        return cpp.lines(statements, _softmax(n), f"return {_TFLITE}best(p, {n});")
    if record.is_binary:
        return cpp.lines(statements, "return *y > 128 ? 1 : 0;")
    if kind == "logistic":
        return cpp.lines(statements, f"{_TFLITE}positive(y, {n}, out);")
    if n > 1:
        return cpp.lines(statements, f"{_TFLITE}values(answer<>(), y, {n}, out);")
    return cpp.lines(statements, "float value[1];", f"{_TFLITE}values(answer<>(), y, 1, value);", "return value[0];")


def _softmax(n: int) -> list[str]:
    return [f"uint8_t p[{n}];", f"{_TFLITE}softmax<Reader>(answer<>(), y, {n}, p);"]


def _predict_proba(record: ByteNetwork) -> str:
    n = record.n_answers
    statements = ["buffers m;", "const uint8_t* const y = forward<Reader>(x, m);"]
    if record.answer.kind == "softmax":
        return cpp.lines(statements, _softmax(n), f"{_TFLITE}shares(p, {n}, out);")
    if record.is_binary:
        return cpp.lines(statements, f"{_TFLITE}shares(y, 1, out + 1);", "out[0] = 1.0f - out[1];")
    return cpp.lines(statements, f"{_TFLITE}shares(y, {n}, out);")


def _checks(record: ByteNetwork, tables: dict[str, cpp.Table]) -> tuple[cpp.Check, ...]:
    dense = [(k, layer) for k, layer in enumerate(record.layers) if layer.source.kind == "dense"]
    return tuple(check(record, k, layer.arithmetic, 255, tables) for k, layer in dense)
