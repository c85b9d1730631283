"""Network to C++: two tables per layer, a view of each, and one call of a kernel for each.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from ..mlp.emit import ZEROS as BY_INPUT
from ..mlp.emit import sparse_check, sparse_layer, sparse_tables, sparse_type, working_memory
from .lines_emit import NAMESPACE, calls, line_of
from .lines_emit import members as line_members
from .record import Layer, Network, text_of

#: The activation's type; those with a number take it as the type that stands in the place of {}.
_ACTIVATIONS = {
    "identity": "::emlearn::mlp::identity",
    "relu": "::emlearn::mlp::relu",
    "logistic": "::emlearn::mlp::logistic",
    "tanh": "::emlearn::mlp::hyperbolic",
    "clipped": "::emlearn::networks::clipped<{}>",
    "leaky": "::emlearn::networks::leaky<{}>",
    "elu": "::emlearn::networks::elu<{}>",
}


def emit(record: Network) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    functions = [cpp.Function("predict", _predict(record))]
    if record.task.is_discrete:
        functions.append(cpp.Function("predict_proba", _predict_proba(record)))
    return cpp.Part(
        task=record.task,
        functions=tuple(functions),
        includes=_includes(record),
        tables=_tables(record),
        declarations=cpp.lines(_views(record), _forward(record)),
        checks=_checks(record),
    )


def _includes(record: Network) -> tuple[str, ...]:
    sparse = ("emlearn/networks/sparse_float.hpp",) if record.sparse else ()
    lines = ("emlearn/networks/float_strips.hpp",) if record.by_line else ()
    return sparse + lines or ("emlearn/networks.hpp",)


def _tables(record: Network) -> tuple[cpp.Table, ...]:
    tables = []
    for k, layer in enumerate(record.layers):
        if len(layer.bias):
            what = f"layer {k}: {text_of(layer)}"
            weights = sparse_tables(k, layer.weights, what) if k in record.sparse else [cpp.Table(f"weights{k}", layer.weights, what)]
            tables += [*weights, cpp.Table(f"bias{k}", layer.bias)]
    return tuple(tables)


def window_members(layer: Layer, in_place: bool, backward: bool) -> dict[str, tuple[str, str]]:
    """What kernels ask of a window, as static functions of a view."""
    window = layer.window
    numbers = {
        "height": window.plane[0],
        "width": window.plane[1],
        "channels": window.plane[2],
        "rows": window.size[0],
        "columns": window.size[1],
        "places_y": window.places[0],
        "places_x": window.places[1],
        "stride_y": window.stride[0],
        "stride_x": window.stride[1],
        "dilation_y": window.dilation[0],
        "dilation_x": window.dilation[1],
        "above": window.before[0],
        "left": window.before[1],
    }
    members = {name: ("int", str(number)) for name, number in numbers.items()}
    members["backward"] = ("bool", "true" if backward else "false")
    if layer.kind == "dense":
        members["in_place"] = ("bool", "true" if in_place else "false")
    if layer.kind == "each":
        members["multiplier"] = ("int", str(layer.multiplier))
    if layer.kind == "mean":
        members["divisor"] = ("int", str(divisor(layer)))
    return members


def divisor(layer: Layer) -> int:
    """The values that each mean is over; 0 where places differ."""
    taps = layer.window.size[0] * layer.window.size[1]
    return taps if layer.counts_padding or bool(np.all(layer.window.positions >= 0)) else 0


def view(name: str, members: dict[str, tuple[str, str]]) -> str:
    """A type with static members."""
    lines = [f"  static constexpr {c_type} {member}() {{ return {value}; }}" for member, (c_type, value) in members.items()]
    return cpp.lines(f"template <class T = void> struct {name} {{", lines, "};")


def _views(record: Network) -> list[str]:
    backward, n = record.plan().backward, record.by_line
    found = [view("intake", {"n_features": ("int", str(line_of(record)))})] if n else []
    layers = [*record.on_strips(), *record.layers[n:]]
    return found + [_view(record, k, layer, backward[k]) for k, layer in enumerate(layers)]


def _view(record: Network, k: int, layer: Layer, backward: bool) -> str:
    members = window_members(layer, layer.window.is_contiguous, backward)
    if k < record.by_line:
        pad = "-static_cast<float>(INFINITY)" if layer.kind == "largest" else "0.0f"
        members |= line_members(record.strips()[k], ("float", pad), layer.channels)
    if len(layer.bias):
        n_in = layer.window.n_values if layer.kind == "dense" else layer.window.size[0] * layer.window.size[1]
        members |= {"weights": ("const float*", f"tables<T>::weights{k}"), "bias": ("const float*", f"tables<T>::bias{k}")}
        members |= {"n_in": ("int", str(n_in)), "n_out": ("int", str(layer.channels))}
        if k in record.sparse:
            del members["weights"], members["bias"]
            members["by_input"] = (sparse_type(layer.weights), sparse_layer(k, layer.weights, "tables<T>"))
    text = view(f"layer{k}", members)
    if "{}" in _ACTIVATIONS[layer.activation]:
        number = cpp.literal(layer.number, "float32")
        text = cpp.lines(f"struct number{k} {{", f"  static constexpr float value() {{ return {number}; }}", "};", text)
    return text


def _call(record: Network, k: int, source: str, patch: str, target: str) -> str:
    """One layer on whole planes."""
    layer = record.layers[k]
    if not len(layer.bias):
        return f"{NAMESPACE}{layer.kind}(layer{k}<>(), {source}, {target});"
    patch = f"{patch}, " if layer.kind == "dense" else ""
    return f"{NAMESPACE}convolve{_weighted(record, k)}(layer{k}<>(), {source}, {patch}{target});"


def _on_line(record: Network, k: int) -> str:
    """The type that computes a line of one."""
    kind = record.layers[k].kind
    return NAMESPACE + ({"largest": "most", "mean": "means"}.get(kind) or f"convolved{_weighted(record, k)}")


def _weighted(record: Network, k: int) -> str:
    """What tells one kernel of a layer with weights from the others: the end of its name, and what it is made for."""
    layer = record.layers[k]
    form = "each" if layer.kind == "each" else _form(record, k)
    name, by_input = {"each": ("_each", ""), "sparse": ("_sparse", ""), "by input": ("", ", true"), "plain": ("", "")}[form]
    activation = _ACTIVATIONS[layer.activation].format(f"number{k}")
    return f"{name}<Reader, {activation}{by_input} >"


def _form(record: Network, k: int) -> str:
    """How a layer's sums are added up: input by input, without an FPU, where many are zero or are whole numbers as they lie."""
    if k in record.sparse:
        return "sparse"
    before = next((layer for layer in record.layers[:k][::-1] if layer.kind != "largest"), None)
    raw = before is None and record.layers[k].window.is_contiguous and not record.input.startswith("float")
    zeros = before is not None and before.activation in ("relu", "clipped")
    return "by input" if (raw or zeros) and record.layers[k].macs >= BY_INPUT else "plain"


def _forward(record: Network) -> str:
    """The function that all operations share; the last layer writes to `out`."""
    layers, memory = record.layers, record.plan()
    text, source, n = [], "x", record.by_line
    if memory.size:
        text.append(f"float m[{memory.size}];")
    if n:
        text += calls(record, f"{NAMESPACE}as_float", 1, [_on_line(record, k) for k in range(n)], "m", "float")
        source = f"m + {memory.values[n]}"
    for k, layer in enumerate(layers[n:], n):
        target = "out" if k + 1 == len(layers) else f"m + {memory.values[k + 1]}"
        patch = f"m + {memory.patch[k]}" if record.patch(layer) else "static_cast<float*>(nullptr)"
        text.append(_call(record, k, source, patch, target))
        source = target
    return cpp.lines(
        working_memory(4 * memory.size),
        "template <class Reader, class X>",
        "inline void forward(const X* x, float* out) {",
        [f"  {line}" for line in text],
        "}",
    )


def _predict(record: Network) -> str:
    n = record.n_answers
    if not record.task.is_discrete and n > 1:
        return "forward<Reader>(x, out);"
    result = {
        "classifier": "return ::emlearn::mlp::binary_class(z[0]);" if record.is_binary else f"return ::emlearn::mlp::argmax(z, {n});",
        "multilabel": f"::emlearn::mlp::labels(z, {n}, out);",
        "regressor": "return z[0];",
    }[record.task.kind]
    return cpp.lines(f"float z[{n}];", "forward<Reader>(x, z);", result)


def _predict_proba(record: Network) -> str:
    if record.is_binary:
        return cpp.lines("float z[1];", "forward<Reader>(x, z);", "::emlearn::mlp::binary_proba(z[0], out);")
    if record.output == "softmax":
        return cpp.lines("forward<Reader>(x, out);", f"::emlearn::mlp::softmax(out, {record.n_answers});")
    return cpp.lines(
        "forward<Reader>(x, out);", f"for (int j = 0; j < {record.n_answers}; ++j) out[j] = ::emlearn::mlp::logistic::of(out[j]);"
    )


def _checks(record: Network) -> tuple[cpp.Check, ...]:
    checks = []
    for k, layer in enumerate(record.layers):
        if len(layer.bias):
            weights, bias = f"tables<>::weights{k}", f"tables<>::bias{k}"
            counts = [f"{name}, sizeof({name}) / sizeof(float)" for name in (weights, bias)]
            n_in = layer.weights.size // layer.channels
            expression = f"::emlearn::mlp::valid< ::emlearn::direct>({counts[0]}, {counts[1]}, {n_in}, {layer.channels})"
            expression, n_bytes = sparse_check(k, layer.weights) if k in record.sparse else (expression, layer.weights.nbytes)
            checks.append(cpp.Check(expression, f"layer {k} is damaged", n_bytes + layer.bias.nbytes))
    return tuple(checks)
