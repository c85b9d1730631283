"""Mlp to C++: two tables per layer, and one call of the kernel for each.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from ...gaps import gap_of_best
from ...golden import MOST_PRODUCTS, of_two_answers, small_rows
from .bounds import bound, margin
from .record import Mlp
from .reference import logits, reference
from .sparse import by_input

_ACTIVATIONS = {"identity": "identity", "logistic": "logistic", "relu": "relu", "tanh": "hyperbolic", "exp": "exponential"}

#: From here on one conversion for each whole number, or the zeros that relu leaves, are worth 100 and 200 bytes of code without an FPU.
_WHOLE, ZEROS = 250, 1_000


def emit(record: Mlp) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    functions = [cpp.Function("predict", _predict(record), constant=_is_constant(record))]
    if record.task.is_discrete:
        functions.append(cpp.Function("predict_proba", _predict_proba(record)))
    return cpp.Part(
        task=record.task,
        functions=tuple(functions),
        includes=("emlearn/mlp/sparse_float.hpp" if record.sparse else "emlearn/mlp.hpp",),
        tables=_tables(record),
        declarations=_forward(record),
        checks=_checks(record),
        golden=_golden(record),
    )


def _tables(record: Mlp) -> tuple[cpp.Table, ...]:
    tables = []
    for k, (W, b) in enumerate(record.layers):
        what = f"layer {k}: [{W.shape[0]}][{W.shape[1]}]"
        if k in record.sparse:
            tables += sparse_tables(k, W, what)
        else:
            tables.append(cpp.Table(f"weights{k}", W, what))
        tables.append(cpp.Table(f"bias{k}", b))
    return tuple(tables)


def sparse_tables(k: int, W: np.ndarray, what: str) -> list[cpp.Table]:
    """Weights (n_out, n_in) of a layer without those of zero, as :func:`sparse_layer` names them."""
    weights, outputs, counts = by_input(W)
    return [
        cpp.Table(f"weights{k}", weights, f"{what}, those that are not zero, input by input"),
        cpp.Table(f"outputs{k}", outputs, "the outputs that they belong to"),
        cpp.Table(f"counts{k}", counts, "how many each input has"),
    ]


def sparse_layer(k: int, W: np.ndarray, owner: str = "tables<>") -> str:
    """A layer's tables by inputs."""
    n_out, n_in = W.shape
    names = ", ".join(f"{owner}::{name}{k}" for name in ("weights", "outputs", "counts", "bias"))
    return f"{sparse_type(W)}{{{names}, {n_in}, {n_out}}}"


def sparse_type(W: np.ndarray) -> str:
    return f"::emlearn::mlp::by_input<{'uint8_t' if len(W) <= 255 else 'uint16_t'}>"


def sparse_check(k: int, W: np.ndarray) -> tuple[str, int]:
    """What says that the tables are valid, and their bytes, the biases' left out."""
    lengths = ", ".join(
        f"sizeof({name}) / sizeof(*{name})" for name in (f"tables<>::{t}{k}" for t in ("weights", "outputs", "counts", "bias"))
    )
    expression = f"::emlearn::mlp::valid< ::emlearn::direct>({sparse_layer(k, W)}, {lengths})"
    return expression, sum(table.nbytes for table in by_input(W))


def _is_constant(record: Mlp) -> bool:
    """Whether ``predict`` needs no libm: classes come from the logits."""
    plain = len(record.sizes) == 2 or record.hidden in ("identity", "relu")
    return plain and (record.task.is_discrete or record.output == "identity")


def _forward(record: Mlp) -> str:
    """The function that all operations share: every layer, the last one with the activation of the caller's choice.

    Hidden layers take turns between two buffers.
    """
    sizes, n_layers, constant = record.sizes.tolist(), len(record.sizes) - 1, _is_constant(record)
    zeros = record.hidden == "relu" and n_layers > 1 and record.weights.size >= ZEROS
    whole = not record.input.startswith("float") and record.weights.size >= _WHOLE
    kernel = "dense_by_input" if zeros or whole else "dense"
    text = []
    for buffer, width in zip("ab", record.buffers, strict=True):
        if width:
            # A constant expression reads no variable that was declared without a value.
            text.append(f"float {buffer}[{width}]{' = {}' if constant else ''};")
    source = "x"
    for k in range(n_layers):
        target, f = ("out", "Last") if k + 1 == n_layers else ("ab"[k % 2], f"::emlearn::mlp::{_ACTIVATIONS[record.hidden]}")
        if k in record.sparse:
            text.append(f"::emlearn::mlp::dense_sparse<Reader, {f}>({source}, {sparse_layer(k, record.layers[k][0])}, {target});")
        else:
            arguments = f"{source}, tables<>::weights{k}, tables<>::bias{k}, {sizes[k]}, {sizes[k + 1]}, {target}"
            text.append(f"::emlearn::mlp::{kernel}<Reader, {f}>({arguments});")
        source = target
    body = "\n".join(f"  {line}" for line in text)
    how = "EMLEARN_CONSTEXPR" if constant else "inline"
    return cpp.lines(
        working_memory(4 * sum(record.buffers)),
        f"template <class Reader, class Last, class X>\n{how} void forward(const X* x, float* out) {{\n{body}\n}}",
    )


def working_memory(n_bytes: int) -> list[str]:
    """The constant that says what a network keeps on the stack."""
    return [
        f"/// What layers hand on: {n_bytes} bytes, the network's whole working memory but for a few words and the answers.",
        f"constexpr int working_bytes() {{ return {n_bytes}; }}",
    ]


def _call(activation: str, out: str) -> str:
    return f"forward<Reader, ::emlearn::mlp::{_ACTIVATIONS[activation]}>(x, {out});"


def _predict(record: Mlp) -> str:
    n_out = int(record.sizes[-1])
    if not record.task.is_discrete and n_out > 1:
        return _call(record.output, "out")
    activation = "identity" if record.task.is_discrete else record.output
    result = {
        "classifier": "return ::emlearn::mlp::binary_class(z[0]);" if record.is_binary else f"return ::emlearn::mlp::argmax(z, {n_out});",
        "multilabel": f"::emlearn::mlp::labels(z, {n_out}, out);",
        "regressor": "return z[0];",
    }[record.task.kind]
    return cpp.lines(f"float z[{n_out}]{' = {}' if _is_constant(record) else ''};", _call(activation, "z"), result)


def _predict_proba(record: Mlp) -> str:
    if record.is_binary:
        return cpp.lines("float z[1];", _call("identity", "z"), "::emlearn::mlp::binary_proba(z[0], out);")
    if record.output == "softmax":
        return cpp.lines(_call("identity", "out"), f"::emlearn::mlp::softmax(out, {int(record.sizes[-1])});")
    return _call(record.output, "out")


def _checks(record: Mlp) -> tuple[cpp.Check, ...]:
    checks = []
    for k, (W, b) in enumerate(record.layers):
        weights, bias = f"tables<>::weights{k}", f"tables<>::bias{k}"
        counts = [f"{name}, sizeof({name}) / sizeof(float)" for name in (weights, bias)]
        expression = f"::emlearn::mlp::valid< ::emlearn::direct>({counts[0]}, {counts[1]}, {W.shape[1]}, {W.shape[0]})"
        expression, n_bytes = sparse_check(k, W) if k in record.sparse else (expression, W.nbytes)
        checks.append(cpp.Check(expression, f"layer {k} is damaged", n_bytes + b.nbytes))
    return tuple(checks)


def _golden(record: Mlp) -> tuple[cpp.Golden, ...]:
    """Up to two made-up rows, with different answers if possible, whose class no rounding can change."""
    if record.task.kind != "classifier" or not _is_constant(record) or record.weights.size > MOST_PRODUCTS:
        return ()
    rows = small_rows(record.input, record.n_features)
    z = logits(record, rows).astype(np.float64)
    gap = np.abs(np.tanh(z[:, 0] / 2)) if record.is_binary else _gap(z)
    sure = np.all(np.isfinite(bound(record, "predict_proba", rows)), axis=1) & (gap > 8 * margin(record, rows)[:, 0])
    answers = reference(record, "predict", rows)[:, 0]
    return of_two_answers(rows, answers, sure)


def _gap(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return gap_of_best(e) / e.sum(axis=1)
