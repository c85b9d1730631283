"""Linear models to C++: the tables of each map, and the calls that make an answer of its sums.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from ...gaps import gap_of_best
from ...golden import MOST_PRODUCTS, of_two_answers, small_rows
from . import digits
from .bounds import margin
from .record import Affine, Linear
from .reference import reference, values

_HERE = "::emlearn::linear::"


def emit(record: Linear) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    return cpp.Part(
        task=record.task,
        functions=tuple(cpp.Function(op, _body(record, op), constant=_is_constant(record, op)) for op in record.ops),
        includes=(_include(record),),
        tables=tuple(
            table for name, part in record.parts.items() for table in _tables(name, part, record.n_features, record.digits is not None)
        )
        + _shared_tables(record),
        declarations="\n".join(_view(name, part, record) for name, part in record.parts.items()),
        checks=tuple(_check(name, part, record) for name, part in record.parts.items()) + _shift_checks(record),
        golden=_golden(record),
    )


def _include(record: Linear) -> str:
    if record.is_categorical:
        return "emlearn/linear/categories.hpp"
    return "emlearn/linear.hpp" if record.digits is None else "emlearn/linear/digits.hpp"


def _shift_checks(record: Linear) -> tuple[cpp.Check, ...]:
    if record.digits is None:
        return ()
    return (cpp.Check(digits.valid(record.scores, "scores"), "a table of shifts is damaged", record.digits.shift.nbytes),)


def _is_constant(record: Linear, op: str) -> bool:
    """Whether a compiler can evaluate it: no libm."""
    return op != "predict_proba" and (record.link != "exp" or op == "transform")


def _tables(name: str, part: Affine, n_features: int, with_digits: bool) -> list[cpp.Table]:
    shape = f"[{len(part.columns)} features][{part.n_rows}]"
    tables = [cpp.Table(f"{name}_weights", part.table, shape), cpp.Table(f"{name}_bias", part.offset)]
    if part.is_integer and not with_digits:
        tables.append(cpp.Table(f"{name}_unit", part.unit if _step(part) else part.unit[:1], "what one of a sum means"))
    if len(part.columns) < n_features:
        dtype = np.uint8 if n_features <= 256 else np.uint16
        tables.append(cpp.Table(f"{name}_columns", part.columns.astype(dtype), "the features that are read"))
    return tables


def _step(part: Affine) -> int:
    """Of the table of units: 0 where one serves all rows."""
    return int(np.any(part.unit != part.unit[0]))


def _shared_tables(record: Linear) -> tuple[cpp.Table, ...]:
    if record.is_categorical:
        return (cpp.Table("starts", record.starts, "where the categories of each feature begin, and their number"),)
    if record.digits is not None:
        return (cpp.Table("scores_shift", record.digits.shift, "what a sum is shifted by, per column"),)
    if not record.is_binary or np.all(record.above == record.above[0]):
        return ()
    return (cpp.Table("above", record.above, "what a raw value must exceed to count, per feature"),)


def _view(name: str, part: Affine, record: Linear) -> str:
    column = f"Reader::read(tables<T>::{name}_columns + term)" if len(part.columns) < part.weights.shape[1] else "term"
    value = "static_cast<sum>(x[column<Reader>(term)])"
    if record.is_binary:
        one = not _shared_tables(record)
        above = cpp.literal(record.above[0], record.above.dtype) if one else "Reader::read(tables<T>::above + column<Reader>(term))"
        value = f"x[column<Reader>(term)] > {above} ? sum(1) : sum(0)"
    weight, bias, total = (cpp.SCALAR_TYPES[kind] for kind in (part.table.dtype.name, part.offset.dtype.name, part.sum_type))
    categories = [
        f"  static constexpr int n_features() {{ return {record.n_features}; }}",
        "  static constexpr const uint16_t* starts() { return tables<T>::starts; }",
    ]
    return cpp.lines(
        f"template <class T = void> struct {name} {{",
        f"  typedef {total} sum;",
        f"  enum {{ fixed_rows = {0 if part.is_compact else part.n_rows} }};",
        f"  static constexpr int n_terms() {{ return {len(part.columns)}; }}",
        f"  static constexpr int n_rows() {{ return {part.n_rows}; }}",
        f"  static constexpr const {weight}* weights() {{ return tables<T>::{name}_weights; }}",
        f"  static constexpr const {bias}* bias() {{ return tables<T>::{name}_bias; }}",
        f"  static constexpr sum bias_unit() {{ return {cpp.literal(part.bias_unit, part.sum_type)}; }}",
        categories if record.is_categorical else [],
        f"  template <class Reader> static EMLEARN_CONSTEXPR int column(int term) {{ return {column}; }}",
        f"  template <class Reader, class X> static EMLEARN_CONSTEXPR sum value(const X* x, int term) {{ return {value}; }}",
        "};",
    )


def _sums(name: str, record: Linear, out: str) -> str:
    return f"{_HERE}{'category_' if record.is_categorical else ''}sums<Reader>({name}<>(), x, {out});"


def _values(name: str, record: Linear, out: str) -> list[str]:
    """The row's values in `out`, as floats."""
    part = record.parts[name]
    if not part.is_integer:
        return [_sums(name, record, out)]
    local = f"{name}_sums"
    return [
        f"{name}<>::sum {local}[{part.n_rows}] = {{}};",
        _sums(name, record, local),
        f"{_HERE}scale<Reader>({local}, {part.n_rows}, tables<>::{name}_unit, {_step(part)}, {out});",
    ]


def _body(record: Linear, op: str) -> str:
    kind, n = record.task.kind, record.scores.n_rows
    if op == "transform" and record.projection is not None:
        return cpp.lines(_values("projection", record, "out"))
    if record.digits is not None:
        narrow = f"{_HERE}narrow<Reader>(z, {n}, tables<>::scores_shift, scores<>::sum({record.digits.top}), out);"
        return cpp.lines(f"scores<>::sum z[{n}] = {{}};", _sums("scores", record, "z"), narrow)
    if op == "predict" and kind in ("classifier", "multilabel", "detector"):
        decided = {
            "classifier": f"return {_HERE}largest(z, {n});",
            "multilabel": f"{_HERE}labels(z, {n}, out);",
            "detector": "return z[0] >= scores<>::sum(0) ? 1 : -1;",
        }
        return cpp.lines(f"scores<>::sum z[{n}] = {{}};", _sums("scores", record, "z"), decided[kind])
    local = ["float z[1] = {};", *_values("scores", record, "z")]
    if op == "predict_proba" and n == 1:
        return cpp.lines(
            local, f"{_HERE}clipped_proba(z[0], out);" if record.link == "clipped" else "::emlearn::mlp::binary_proba(z[0], out);"
        )
    if op == "predict_proba" or (op == "decision_function" and record.first is not None):
        return cpp.lines(_all_classes(record, op))
    exponential = "::emlearn::mlp::exponential::of"
    if op == "predict" and n == 1:
        return cpp.lines(local, f"return {exponential}(z[0]);" if record.link == "exp" else "return z[0];")
    found = _values("scores", record, "out")
    if op == "score_samples":
        found.append(f"out[0] += {cpp.literal(record.level, 'float32')};")
    if record.link == "exp":
        found.append(f"for (int j = 0; j < {n}; ++j) out[j] = {exponential}(out[j]);")
    return cpp.lines(found)


def _all_classes(record: Linear, op: str) -> list[str]:
    n = record.scores.n_rows + 1
    statements = ["out[0] = 0.0f;", *_values("scores", record, "out + 1")]
    if record.first is not None and (op == "decision_function" or record.link != "softmax"):
        statements += ["float base[1] = {};", *_values("first", record, "base"), f"{_HERE}add_first(base[0], out, {n});"]
    if op == "predict_proba":
        statements.append(f"::emlearn::mlp::softmax(out, {n});" if record.link == "softmax" else f"{_HERE}{record.link}(out, {n});")
    return statements


def _check(name: str, part: Affine, record: Linear) -> cpp.Check:
    sizes = ", ".join(f"sizeof(tables<>::{name}_{table}) / sizeof(tables<>::{name}_{table}[0])" for table in ("weights", "bias"))
    largest = record.largest if part.is_integer else 0
    n_inputs = part.weights.shape[1] if record.is_categorical else record.n_features
    expression = f"{_HERE}valid({name}<>(), {sizes}, {n_inputs}, {largest}u)"
    if record.is_categorical:
        expression += f" && {_HERE}valid_starts({name}<>())"
    return cpp.Check(expression, f"{name}_weights, or a table beside it, is damaged", part.table.nbytes + part.offset.nbytes)


def _golden(record: Linear) -> tuple[cpp.Golden, ...]:
    """Up to two made-up rows, with different answers if possible, whose class no rounding can change."""
    if record.task.kind not in ("classifier", "detector") or record.scores.table.size > MOST_PRODUCTS:
        return ()
    rows = _rows(record)
    scores = values(record.scores, record.terms(rows)).astype(np.float64)
    gap = np.abs(scores) if scores.shape[1] == 1 else _lead(scores)
    sure = np.tanh(gap[:, 0] / 2) if record.gap_op == "predict_proba" else gap[:, 0]
    answers = reference(record, "predict", rows)[:, 0]
    return of_two_answers(rows, answers, sure > 8 * margin(record, rows)[:, 0])


def _lead(scores: np.ndarray) -> np.ndarray:
    return gap_of_best(np.hstack([np.zeros((len(scores), 1)), scores]))[:, np.newaxis]


def _rows(record: Linear) -> np.ndarray:
    """Made up: of categories numbers that there are."""
    if record.is_categorical:
        most = np.diff(record.starts.astype(np.int64)) - 1
        return np.random.default_rng(0).integers(0, np.minimum(most, 100) + 1, size=(64, record.n_features)).astype(record.input)
    return small_rows(record.input, record.n_features)
