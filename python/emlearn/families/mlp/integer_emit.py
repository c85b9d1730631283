"""IntegerMlp to C++: tables in tiles or rows, a view of each, and the calls.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ... import cpp
from .emit import working_memory
from .integer import Curve, Intake, IntegerMlp, Layer
from .integer_reference import softmax_scale
from .sparse import runs

_MLP = "::emlearn::mlp::"

#: Shorter runs of 16-bit lanes cost more than they save.
_LEAST_RUN = 8

#: From this share of zeros on it pays to look for them on AVR: 2 cycles for each input, of 21 and more that one saves.
_MANY_ZEROS = 0.1


def emit(record: IntegerMlp) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    functions = [cpp.Function("predict", predict(record))]
    if record.task.is_discrete:
        functions.append(cpp.Function("predict_proba", predict_proba(record)))
    includes = ["emlearn/mlp/integer.hpp"]
    if record.task.is_discrete or record.source.output == "exp":
        includes.append("emlearn/mlp/power.hpp")
    includes += sparse_include(record.layers)
    return cpp.Part(
        task=record.task,
        functions=tuple(functions),
        includes=tuple(includes),
        tables=_tables(record),
        declarations=cpp.lines(_views(record), _forward(record)),
        checks=_checks(record),
    )


def padded(record: Any, n: int) -> int:
    """Inputs or outputs with what fills up tiles."""
    return -(-n // 4) * 4 if record.tiled else n


def _tables(record: IntegerMlp) -> tuple[cpp.Table, ...]:
    tables = intake_tables(record.intake)
    if record.curve is not None:
        tables.append(curve_table(record.curve))
    for k, layer in enumerate(record.layers):
        tables.append(weights(record, k, layer))
        tables += numbers(k, layer, padded(record, layer.n_out))
    return tuple(tables)


def numbers(k: int, layer: Layer, n: int) -> list[cpp.Table]:
    """Biases and factors of n outputs, or the units of a regressor's answers."""
    bias = np.pad(layer.bias, (0, n - layer.n_out))
    small = np.all(np.abs(bias) <= np.iinfo(np.int16).max)
    table = cpp.Table(f"bias{k}", bias.astype(np.int16 if small else np.int32))
    if layer.factor.size:
        return [table, cpp.Table(f"factor{k}", np.pad(layer.factor, (0, n - layer.n_out)))]
    return [table, cpp.Table("unit", layer.answer_scale.astype(np.float32))]


def weights(record: Any, k: int, layer: Layer) -> cpp.Table:
    name, what = f"weights{k}", f"layer {k}: [{layer.n_out}][{layer.n_in}]"
    if layer.sparse:
        table = runs(layer.weights)
        return cpp.Table(name, table, f"{what}, without weights of zero", align=2 * table.itemsize)
    if not record.tiled:
        return cpp.Table(name, layer.weights, what)
    n_out, n_in = (padded(record, n) for n in layer.weights.shape)
    filled = np.pad(layer.weights, ((0, n_out - layer.n_out), (0, n_in - layer.n_in)))
    in_tiles = filled.reshape(n_out // 4, 4, n_in // 4, 4).transpose(0, 2, 1, 3)
    return cpp.Table(name, in_tiles.ravel(), f"{what}, in tiles of 4 x 4", tile=f"EMLEARN_MLP_TILE{record.bits}", align=4)


def view(name: str, members: dict[str, tuple[str, str]]) -> str:
    """A type with static members."""
    lines = [f"  static constexpr {c_type} {member}() {{ return {value}; }}" for member, (c_type, value) in members.items()]
    return cpp.lines(f"template <class T = void> struct {name} {{", lines, "};")


def _views(record: IntegerMlp) -> str:
    tables = {table.name: table for table in _tables(record)}
    return cpp.lines(
        intake_view(record.intake, record.n_features, padded(record, record.n_features)),
        [] if record.curve is None else curve_view(record.curve),
        [view(f"layer{k}", layer_members(record, k, layer, tables)) for k, layer in enumerate(record.layers)],
        scale_view(record) if record.task.is_discrete else [],
    )


def intake_view(taken: Intake, n_features: int, room: int) -> str:
    """Of `n_features` raw values; elements up to `room` become zero."""
    members: dict[str, tuple[str, str]] = {
        "n_features": ("int", str(n_features)),
        "room": ("int", str(room)),
        "top": ("uint32_t", str(taken.top)),
    }
    if taken.kind == "whole":
        members["low"] = ("int32_t", cpp.literal(taken.low[0], "int32"))
    else:
        for name, values in (("low", taken.low), ("factor", taken.factor)):
            members[name] = (f"const {cpp.SCALAR_TYPES[values.dtype.name]}*", f"tables<T>::{name}")
        members["shift"] = ("int", str(taken.shift))
    return view("intake", members)


def intake_tables(taken: Intake) -> list[cpp.Table]:
    if taken.kind == "whole":
        return []
    return [cpp.Table("low", taken.low, "intake: what is subtracted, and what multiplied"), cpp.Table("factor", taken.factor)]


def curve_view(curve: Curve) -> str:
    sizes = {"bits": curve.bits, "spare": curve.spare, "mid": curve.mid, "largest": curve.largest}
    members = {"nodes": ("const uint16_t*", "tables<T>::nodes")}
    members |= {name: ("int32_t" if name in ("mid", "largest") else "int", str(value)) for name, value in sizes.items()}
    return view("curve", members)


def curve_table(curve: Curve) -> cpp.Table:
    return cpp.Table("nodes", curve.nodes, "tanh of 0 to 8")


def scale_view(record: Any) -> str:
    """How a classifier's scores become powers of two."""
    pre, limit, factor = softmax_scale(record)
    return view("scale", {"pre": ("int", str(pre)), "limit": ("uint32_t", f"{limit}u"), "factor": ("uint32_t", f"{factor}u")})


def layer_members(record: Any, k: int, layer: Layer, tables: dict[str, cpp.Table]) -> dict[str, tuple[str, str]]:
    """What kernels ask of a dense layer, as static functions of a view."""
    n_in, run = layer.n_in if layer.sparse else padded(record, layer.n_in), layer.proof.run
    run = n_in if run >= layer.n_in else run if run >= _LEAST_RUN else 0
    names = {"weights": f"weights{k}", "bias": f"bias{k}"}
    names |= {"factor": f"factor{k}"} if layer.factor.size else {"unit": "unit"}
    members = {name: (f"const {tables[table].c_type}*", f"tables<T>::{table}") for name, table in names.items() if table in tables}
    members |= {
        "n_in": ("int", str(n_in)),
        "n_out": ("int", str(layer.n_out if layer.sparse else padded(record, layer.n_out))),
        "shift": ("int", str(layer.shift)),
        "wide": ("bool", "true" if layer.wide else "false"),
        "top": ("int32_t", str(layer.top)),
        "bits": ("int", str(layer.proof.bits)),
        "total": ("int", str(layer.proof.total)),
    }
    if not layer.sparse:
        members |= {
            "often_zero": ("bool", "true" if layer.zeros >= _MANY_ZEROS else "false"),
            "run": ("int", str(run)),
            "n_runs": ("int", str(-(-n_in // run) if run else 1)),
        }
    return members


def form(record: Any, layer: Layer) -> str:
    """The C++ type that sums up a layer's weights."""
    return f"{_MLP}{'sparse' if layer.sparse else 'tiled' if record.tiled else 'plain'}"


def kernel(record: Any, layer: Layer) -> str:
    return f"Reader, {form(record, layer)}"


def check(record: Any, k: int, layer: Layer, top: int, tables: dict[str, cpp.Table]) -> cpp.Check:
    """Of a dense layer that takes 0..top."""
    names = [f"weights{k}", f"bias{k}", f"factor{k}" if f"factor{k}" in tables else f"bias{k}"]
    counts = ", ".join(f"sizeof(tables<>::{name}) / sizeof(*tables<>::{name})" for name in names)
    valid = f"valid_runs<uint{record.bits}_t" if layer.sparse else f"valid<{form(record, layer)}"
    expression = f"{_MLP}{valid}, ::emlearn::direct>(layer{k}<>(), {top}, {counts})"
    n_bytes = sum(tables[name].n_bytes for name in names)
    return cpp.Check(expression, f"layer {k} is damaged, or a sum of it can overflow", n_bytes)


def sparse_include(layers: Iterable[Layer]) -> list[str]:
    return ["emlearn/mlp/sparse.hpp"] if any(layer.sparse for layer in layers) else []


def _forward(record: IntegerMlp) -> str:
    """Intake and hidden layers, in turns between two buffers; what the last layer takes comes back."""
    a, b = record.buffers()
    element = f"uint{record.bits}_t"
    align = f"EMLEARN_MLP_ALIGN > alignof({element}) ? EMLEARN_MLP_ALIGN : alignof({element})"
    fields = [f"  alignas({align}) {element} {name}[{n}];" for name, n in (("a", a), ("b", b)) if n]
    reader = "" if record.intake.kind == "whole" else "<Reader>"
    text = [f"  {_MLP}take_{record.intake.kind}{reader}(intake<>(), x, m.a);"]
    step = f"{_MLP}clamp()" if record.curve is None else f"{_MLP}bent<curve<> >()"
    source = "a"
    for k in range(len(record.layers) - 1):
        target = "b" if source == "a" else "a"
        text.append(f"  {_MLP}hidden<{kernel(record, record.layers[k])}>(layer{k}<>(), {step}, m.{source}, m.{target});")
        source = target
    return cpp.lines(
        working_memory((a + b) * record.bits // 8),
        "struct buffers {",
        fields,
        "};",
        "template <class Reader, class X>",
        f"inline const {element}* forward(const X* x, buffers& m) {{",
        text,
        f"  return m.{source};",
        "}",
    )


def last(record: Any, function: str, out: str = "") -> str:
    k, layer = len(record.layers) - 1, record.layers[-1]
    form = kernel(record, getattr(layer, "numbers", layer))
    return f"{_MLP}{function}<{form}>(layer{k}<>(), forward<Reader>(x, m), {layer.n_out}{', ' + out if out else ''})"


def predict(record: Any) -> str:
    n, output = record.layers[-1].n_out, record.source.output
    if output == "softmax":
        return cpp.lines("buffers m;", f"return {last(record, 'best')};")
    if record.is_binary:
        return cpp.lines("buffers m;", "int32_t label[1];", f"{last(record, 'positive', 'label')};", "return static_cast<int>(label[0]);")
    if record.task.is_discrete:
        return cpp.lines("buffers m;", f"{last(record, 'positive', 'out')};")
    statements = ["buffers m;"]
    target = "out" if n > 1 else "y"
    if n == 1:
        statements.append("float y[1];")
    statements.append(f"{last(record, 'values', target)};")
    if output == "exp":
        statements.append(f"for (int j = 0; j < {n}; ++j) {target}[j] = {_MLP}mean_of({target}[j]);")
    return cpp.lines(statements, "return y[0];" if n == 1 else [])


def predict_proba(record: Any) -> str:
    n = record.layers[-1].n_out
    statements = ["buffers m;", f"int32_t z[{n}];", f"{last(record, 'scores', 'z')};"]
    if record.source.output == "softmax":
        statements.append(f"{_MLP}softmax(scale<>(), z, {n}, out);")
    elif record.is_binary:
        statements.append(f"{_MLP}chances(scale<>(), z[0], out);")
    else:
        statements.append(f"for (int j = 0; j < {n}; ++j) out[j] = {_MLP}chance(scale<>(), z[j]);")
    return cpp.lines(statements)


def _checks(record: IntegerMlp) -> tuple[cpp.Check, ...]:
    tables = {table.name: table for table in _tables(record)}
    tops = [record.intake.top, *(layer.top for layer in record.layers)]
    return tuple(check(record, k, layer, top, tables) for k, (layer, top) in enumerate(zip(record.layers, tops, strict=False)))
