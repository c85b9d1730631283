"""Ensembles to C++: their nodes, what stands beside them, and calls of the kernels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import cpp
from ..trees.emit_nodes import WALK, nodes_part
from . import exits
from .categories import tables as tables_of
from .encode import encoded
from .kernels import exponent, half
from .record import Boosted, Embedding, Isolation, Median, Recoded, Votes
from .reference import affine, link_of

_E = "::emlearn::ensembles::"

#: Operations with their statements, and whether a compiler can evaluate them.
Functions = list[tuple[str, tuple[str, ...], bool]]
#: Links of single values.
_VALUES = {"exp": "expf", "sigmoid": f"{_E}sigmoid"}

Pieces = tuple[Functions, list[cpp.Table], str, list[cpp.Check]]


def emit(record: Any) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, Recoded):
        return _recoded(record)
    nodes = nodes_part(record, encoded(record).nodes, behind=exits.behind(record))
    functions, tables, declarations, checks = _EMITTERS[type(record)](record)
    return cpp.Part(
        task=record.task,
        functions=tuple(cpp.Function(op, cpp.lines(*body), constant=constant and nodes.constant) for op, body, constant in functions),
        includes=("emlearn/ensembles.hpp",),
        tables=nodes.tables + tuple(tables),
        declarations="\n".join(filter(None, (nodes.declarations, declarations))),
        checks=nodes.checks + tuple(checks),
    )


def _float(value: float) -> str:
    return cpp.literal(value, "float32")


def _summed(record: Any) -> tuple[list[cpp.Table], str, list[cpp.Check]]:
    """What sums read: the values of leaves, and where columns start."""
    tables, checks, values = [], [], encoded(record).values
    declarations = f"template <class T = void> struct leaves : {_E}plain {{}};"
    if record.has_vectors and values is not None:
        return _vectors(record, values)
    if values is not None:
        tables.append(cpp.Table("values", values, f"{len(values)} leaves in steps of {record.step:.9g}"))
        declarations = cpp.lines(
            "template <class T = void> struct leaves {",
            "  template <class Reader, class Id> static EMLEARN_CONSTEXPR int32_t value(Id payload) {",
            "    return static_cast<int32_t>(Reader::read(tables<T>::values + payload));",
            "  }",
            "};",
        )
    if record.n_columns > 1:
        tables.append(cpp.Table("start", record.start.astype(np.int32), "where the sum of each column starts"))
        expression = (
            f"{_E}valid_columns(sizeof(tables<>::start) / sizeof(int32_t), {record.n_columns}, "
            f"{record.n_trees // record.n_columns}, {record.n_trees})"
        )
        checks.append(cpp.Check(expression, "the starts of the sums are damaged", 4 * record.n_columns))
    return tables, declarations, checks


def _vectors(record: Any, values: np.ndarray) -> tuple[list[cpp.Table], str, list[cpp.Check]]:
    """The same of leaves that are vectors."""
    n = record.n_columns
    tables = [
        cpp.Table("values", values, f"{len(record.leaves)} leaves of {n} values in steps of {record.step:.9g}"),
        cpp.Table("start", record.start.astype(np.int32), "where the sum of each column starts"),
    ]
    c_type = cpp.SCALAR_TYPES[values.dtype.name]
    expression = (
        f"{_E}valid_vectors(sizeof(tables<>::start) / sizeof(int32_t), sizeof(tables<>::values) / sizeof({c_type}), {n}, "
        f"{len(record.leaves)}u)"
    )
    return tables, "", [cpp.Check(expression, "the leaves of the trees are damaged", 4 * n)]


def _total(record: Any) -> str:
    return f"{_E}total<Reader>({WALK}, leaves<>(), {cpp.literal(int(record.start[0]), 'int32')})"


def _each(record: Any, finish: str) -> str:
    """A call of `finish` for each column; with vectors after the working memory of :func:`_memory`."""
    if record.has_vectors:
        return f"{_E}each_vector<Reader>({WALK}, tables<>::values, tables<>::start, {record.n_columns}, sums, {finish})"
    return f"{_E}each_column<Reader>({_columns(record)}, {finish})"


def _memory(record: Any) -> tuple[str, ...]:
    return (f"int32_t sums[{record.n_columns}] = {{}};",) if record.has_vectors else ()


def _columns(record: Any) -> str:
    return f"{WALK}, leaves<>(), tables<>::start, {record.n_columns}, {record.n_trees // record.n_columns}"


def _scaled(record: Any) -> str:
    return f"{_E}scale{{{_float(float(record.base[0]))}, {_float(record.step)}}}.of({_total(record)})"


def _boosted(record: Boosted) -> Pieces:
    tables, declarations, checks = _summed(record)
    if record.task.kind == "classifier":
        rests = exits.table(record)
        if rests.size:
            tables.append(cpp.Table("rests", rests, "what the last trees of each column add at most"))
        return _boosted_classifier(record), tables, declarations, checks
    if record.n_columns == 1:
        value = _scaled(record)
        body = (f"return {_VALUES[record.link]}({value});",) if record.link in _VALUES else (f"return {value};",)
        return [("predict", body, record.link == "identity")], tables, declarations, checks
    tables.append(cpp.Table("base", record.base.astype(np.float32), "what is added to each sum"))
    write = f"{_E}write_based<Reader>{{tables<>::base, {_float(record.step)}, out}}"
    lines = [*_memory(record), f"{_each(record, write)};"]
    if record.link != "identity":
        lines.append(f"{_E}exponentials(out, {record.n_columns});" if record.link == "exp" else _all(record, "sigmoids"))
    return [("predict", tuple(lines), record.link == "identity")], tables, declarations, checks


def _all(record: Boosted, link: str) -> str:
    return f"{_E}{link}(out, {record.n_columns}, {_float(record.factor)});"


def _looked(record: Boosted, arguments: str) -> str:
    """The rest of a call that leaves trees out by a table, where there is one."""
    return f"_looked<Reader>({arguments}, tables<>::rests, {exits.shift(record)})" if exits.table(record).size else f"<Reader>({arguments})"


def _positive(record: Boosted) -> str:
    """Whether the one sum is not negative."""
    if not exits.applies(record):
        return f"{_total(record)} >= 0"
    arguments = f"{WALK}, leaves<>(), {cpp.literal(int(record.start[0]), 'int32')}, {record.n_trees}"
    return f"{_E}not_negative{_looked(record, arguments)}"


def _boosted_classifier(record: Boosted) -> Functions:
    if record.is_binary:
        score, factor = _scaled(record), "" if record.factor == 1 else f"{_float(record.factor)} * "
        functions: Functions = [
            ("predict", (f"return {_positive(record)} ? 1 : 0;",), True),
            ("predict_proba", (f"{_E}two_classes({factor}{score}, out);",), False),
            ("decision_function", (f"out[0] = {score};",), True),
        ]
        return [function for function in functions if function[0] in record.ops]
    memory, each = _memory(record), f"{_E}write_scaled{{{_float(record.step)}, out}}"
    write = (*memory, f"{_each(record, each)};")
    largest = f"{_E}largest{_looked(record, _columns(record))}"
    if record.has_vectors:
        largest = f"static_cast<int>({_each(record, f'{_E}keep_largest{{0, 0}}')}.best)"
    return [
        ("predict", (*memory, f"return {largest};"), True),
        ("predict_proba", (*write, _all(record, "sigmoids" if record.link == "sigmoid" else "softmax")), False),
        ("decision_function", write, True),
    ]


def _isolation(record: Isolation) -> Pieces:
    tables, declarations, checks = _summed(record)
    base, step = exponent(record)
    score = f"{_E}isolation({_E}scale{{{_float(base)}, {_float(step)}}}.of({_total(record)}))"
    functions: Functions = [
        ("predict", (f"return {_total(record)} >= 0 ? 1 : -1;",), True),
        ("decision_function", (f"out[0] = {score} - {_float(record.offset)};".replace("- -", "+ "),), False),
        ("score_samples", (f"out[0] = {score};",), False),
    ]
    return functions, tables, declarations, checks


def _votes(record: Votes) -> Pieces:
    n, (link, factor), (slope, offset) = record.n_classes, link_of(record), affine(record)
    votes = f"uint32_t votes[{n}] = {{}};"
    arguments = f"{WALK}, tables<>::weights, votes, {n}"
    decide = (votes, f"{_E}weighted_votes<Reader>({arguments});", f"{_E}decisions(votes, {n}, {_float(slope)}, {_float(offset)}, out);")
    last = f"{_E}two_classes(out[0], out);" if link == "logistic" else f"{_E}softmax(out, {n}, {_float(factor)});"
    functions: Functions = [
        ("predict", (votes, f"return {_E}elect<Reader>({arguments});"), True),
        ("predict_proba", (*decide, last), False),
        ("decision_function", decide, False),
    ]
    return functions, [cpp.Table("weights", record.weights.astype(np.uint32), f"weights of the trees, {record.whole} in sum")], "", []


def _median(record: Median) -> Pieces:
    rank = "uint16_t" if len(record.leaves) <= 1 << 16 else "uint32_t"
    tables = [
        cpp.Table("values", record.leaves[:, 0].astype(np.float32), "distinct leaves, ascending"),
        cpp.Table("weights", record.weights.astype(np.uint32), "weights of the trees"),
    ]
    arguments = f"{WALK}, tables<>::weights, {half(record)}u, {len(record.leaves)}u, ranks"
    body = (f"{rank} ranks[{record.n_trees}] = {{}};", f"return Reader::read(tables<>::values + {_E}median<Reader>({arguments}));")
    return [("predict", body, True)], tables, "", []


def _embedding(record: Embedding) -> Pieces:
    return [("transform", (f"{_E}one_hot({WALK}, {record.task.n_outputs}, out);",), True)], [], "", []


def _recoded(record: Recoded) -> cpp.Part:
    """A row of features and flags, and the trees behind it in a namespace of their own."""
    found, inner = tables_of(record), emit(record.inner)
    heads = found.categorical
    c_type = cpp.SCALAR_TYPES[record.input]
    low, high = (cpp.literal(value, record.input) for value in record.flag_values)
    declarations = cpp.lines(
        "template <class T = void> struct categories {",
        "  static constexpr const uint16_t* plain() { return tables<T>::plain; }",
        "  static constexpr const uint16_t* categorical() { return tables<T>::categorical; }",
        f"  static constexpr const {c_type}* bounds() {{ return tables<T>::bounds; }}",
        "  static constexpr const uint8_t* bits() { return tables<T>::bits; }",
        f"  static constexpr uint16_t n_plain() {{ return {len(found.plain)}; }}",
        f"  static constexpr uint16_t n_categorical() {{ return {len(heads)}; }}",
        f"  static constexpr {c_type} low() {{ return {low}; }}",
        f"  static constexpr {c_type} high() {{ return {high}; }}",
        "};",
    )
    row = (f"X row[{record.inner.n_features}] = {{}};", f"{_E}recode<Reader>(categories<>(), x, row);")
    functions = []
    for function in inner.functions:
        returns = "" if cpp.Signature.of(record.task, function.op).out else "return "
        body = cpp.lines(*row, f"{returns}{cpp.call('trees', inner.task, function.op, 'row')};")
        functions.append(cpp.Function(function.op, body, function.constant))
    expression = (
        f"{_E}valid_categories< ::emlearn::direct>(categories<>(), {found.bounds.size}, {found.bits.size}, "
        f"{record.n_features}, {record.inner.n_features})"
    )
    tables = (
        cpp.Table("plain", found.plain, "features that are numbers"),
        cpp.Table("categorical", heads, "features that are categories: column, pieces, questions"),
        cpp.Table("bounds", found.bounds, "least and largest value of each piece"),
        cpp.Table("bits", found.bits, "answers to each question: a bit for each piece, and for other values"),
    )
    checks = (cpp.Check(expression, "the categories are damaged", 2 * heads.size),)
    return cpp.Part(record.task, tuple(functions), ("emlearn/ensembles.hpp",), tables, checks, (), (("trees", inner),), declarations)


_EMITTERS: dict[type, Callable[[Any], Pieces]] = {
    Boosted: _boosted,
    Isolation: _isolation,
    Votes: _votes,
    Median: _median,
    Embedding: _embedding,
}
