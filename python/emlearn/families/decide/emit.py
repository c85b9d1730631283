"""A rule to C++.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import itertools

from ... import cpp
from .record import Decide

_N = "::emlearn::decide::"
_LARGEST = "return ::emlearn::join::largest({}, {});"


def emit(record: Decide) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    constant = record.rule not in ("sigmoid", "target")
    ops = record.ops if record.rule == "curve" else sorted(record.ops, key="predict".__eq__)  # classes are made of scores
    functions = tuple(cpp.Function(op, cpp.lines(_body(record, op)), constant=constant) for op in ops)
    return cpp.Part(
        task=record.task,
        functions=functions,
        includes=("emlearn/decide.hpp", "emlearn/functions.hpp", "emlearn/join.hpp"),
        tables=_tables(record),
    )


def _tables(record: Decide) -> tuple[cpp.Table, ...]:
    if record.rule in ("constant", "code", "sigmoid"):
        comment = {"constant": "", "code": "the code word of each class", "sigmoid": "slopes, then offsets"}[record.rule]
        return (cpp.Table("values", record.table, comment),)
    if record.rule in ("isotonic", "curve"):
        return cpp.Table("knots_x", record.knots[0], "one curve after the other"), cpp.Table("knots_y", record.knots[1])
    return ()


def _body(record: Decide, op: str) -> list[str]:
    if op == "predict":
        return _predict(record)
    if record.rule == "curve":
        return ["out[0] = predict<Reader>(x);"]
    n = record.n_classes
    if record.rule == "constant":
        return ["static_cast<void>(x);", f"for (uint16_t i = 0; i != {n}; ++i) out[i] = Reader::read(tables<>::values + i);"]
    if record.rule == "pairs":
        if n == 2:
            return ["float scores[2] = {};", f"{_N}pairs(x, 2, scores);", "out[0] = scores[1];"]
        return [f"{_N}pairs(x, {n}, out);"]
    if record.rule in ("sigmoid", "isotonic"):
        return _probabilities(record)
    if op == "predict_proba" and record.is_single:
        return [f"{_N}both(x[0], out);"]
    width = record.task.width(op)
    copied = [f"{_N}copy(x, {width}, out);"]
    if record.rule == "rest" and op == "predict_proba":
        copied.append(f"{_N}normalize(out, {width}, -1.0f);")
    return copied


def _predict(record: Decide) -> list[str]:
    n = record.n_classes
    if record.rule == "constant":
        if record.task.is_discrete:
            return ["static_cast<void>(x);", f"return {int(record.table.argmax())};"]
        if record.task.n_outputs == 1:
            return ["static_cast<void>(x);", "return Reader::read(tables<>::values);"]
        return [
            "static_cast<void>(x);",
            f"for (uint16_t i = 0; i != {record.task.n_outputs}; ++i) out[i] = Reader::read(tables<>::values + i);",
        ]
    least = cpp.literal(record.table[0], "float32") if record.table.size else ""
    if record.rule == "threshold":
        sign = "-" if record.sign < 0 else ""
        return [f"return {sign}x[0] >= {least} ? {record.order[1]} : {record.order[0]};"]
    if record.rule == "curve":
        value = f"{_N}interpolate<Reader>(x[0], tables<>::knots_x, tables<>::knots_y, {len(record.knots[0])})"
        if not record.table.size:
            return [f"return {value};"]
        return [f"return x[0] >= {least} && x[0] <= {cpp.literal(record.table[1], 'float32')} ? {value} : NAN;"]
    if record.rule == "labels":
        return [f"{_N}labels(x, {least}, {n}, out);"]
    if record.rule == "target":
        shift = cpp.literal(record.table[1], "float32")
        value = f"::emlearn::functions::{record.function}::of({{}} * {least} + {shift})"
        if record.task.n_outputs == 1:
            return [f"return {value.format('x[0]')};"]
        return [f"for (uint16_t i = 0; i != {record.task.n_outputs}; ++i) out[i] = {value.format('x[i]')};"]
    if record.rule == "code":
        return [f"return {_N}nearest<Reader>(x, tables<>::values, {n}, {record.n_features});"]
    if record.is_single:
        return [f"return x[0] >= {least} ? 1 : 0;"]
    if record.rule == "rest":
        return [_LARGEST.format("x", n)]
    if record.rule == "pairs":
        scores = [f"float scores[{n}] = {{}};", f"{_N}pairs(x, {n}, scores);"]
        return [*scores, f"return scores[1] >= {least} ? 1 : 0;" if n == 2 else _LARGEST.format("scores", n)]
    return [f"float p[{n}] = {{}};", "predict_proba<Reader>(x, p);", _LARGEST.format("p", n)]


def _probabilities(record: Decide) -> list[str]:
    n_curves, n = record.n_features, record.n_classes
    if record.rule == "sigmoid":
        z = f"x[{{0}}] * Reader::read(tables<>::values + {{0}}) + Reader::read(tables<>::values + {n_curves} + {{0}})"
        curve = [f"{_N}falling({z.format(k)})" for k in ("0", "i")]
    else:
        starts = record.starts.tolist()
        parts = [
            f"x[{k}], tables<>::knots_x + {a}, tables<>::knots_y + {a}, {b - a}" for k, (a, b) in enumerate(itertools.pairwise(starts))
        ]
        curves = [f"{_N}interpolate<Reader>({part})" for part in parts]
        if n_curves == 1:
            return [f"{_N}both({curves[0]}, out);"]
        return [*(f"out[{k}] = {curve};" for k, curve in enumerate(curves)), _normalize(n)]
    if n_curves == 1:
        return [f"{_N}both({curve[0]}, out);"]
    return [f"for (uint16_t i = 0; i != {n}; ++i) out[i] = {curve[1]};", _normalize(n)]


def _normalize(n: int) -> str:
    return f"{_N}normalize(out, {n}, {cpp.literal(1 / n, 'float32')});"
