"""Forest to C++: one format, its tables, and calls of the kernels.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

from ... import cpp
from . import keys
from .encode import Encoded, encoded
from .record import Forest
from .reference import reference

_MISSING = {"never": "never_missing", "nan": "nan_missing", "value": "value_missing"}
_WALK = "walk<Reader, X>(forest<>(), x)"


def emit(record: Forest) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    tables = encoded(record)
    shared = [cpp.Table("nodes", tables.nodes, f"{record.n_trees} trees, {record.n_nodes} inner nodes; see emlearn/trees/format.hpp")]
    if record.is_classifier:
        shared += _classifier_tables(record, tables)
        functions: tuple[cpp.Function, ...] = (_predict_class(record, tables), _predict_proba(record, tables))
    else:
        shared.append(cpp.Table("values", tables.values, f"{len(tables.values)} leaves"))
        functions = (_predict_value(record, tables),)
    return cpp.Part(
        task=record.task,
        functions=functions,
        includes=("emlearn/trees.hpp",),
        tables=tuple(shared),
        declarations=_declarations(record, tables),
        checks=_checks(record, tables),
        golden=_golden(record) if record.task.is_discrete and record.task.n_outputs == 1 and tables.nodes.size <= 1 << 16 else (),
    )


def format_name(record: Forest, tables: Encoded) -> str:
    """The C++ type of the forest's format."""
    flags = f"{str(tables.wide_feature).lower()}, {str(tables.wide_link).lower()}"
    return f"::emlearn::trees::format<{tables.key}_t, {flags}, ::emlearn::trees::{_MISSING[record.missing]}>"


def _declarations(record: Forest, tables: Encoded) -> str:
    """The format and the constants that all functions share; templates, so that only the tables in use are linked."""
    missing = cpp.literal(record.missing_value, "int32")
    text = [
        f"using format = {format_name(record, tables)};",
        "template <class T = void> struct forest {",
        "  static constexpr const uint8_t* nodes() { return tables<T>::nodes; }",
        f"  static constexpr uint16_t n_trees() {{ return {record.n_trees}; }}",
        f"  static constexpr int32_t missing() {{ return {missing}; }}",
        "};",
    ]
    text.append("template <class Reader, class X> using walk = ::emlearn::trees::walk<format, Reader, forest<>, X>;")
    if record.is_classifier:
        class_type, share_type = tables.entry
        text += [
            "template <class T = void> struct leaves {",
            f"  using format = ::emlearn::trees::leaf_format<{class_type}_t, {share_type}_t, {tables.sum}_t>;",
            "  static constexpr const uint8_t* entries() { return tables<T>::entries; }",
            "  static constexpr const uint32_t* shares() { return tables<T>::shares; }",
            f"  static constexpr uint16_t n_pure() {{ return {tables.n_pure}; }}",
            f"  static constexpr {tables.sum}_t whole() {{ return {tables.whole}u{'ll' if tables.sum == 'uint64' else ''}; }}",
            "};",
        ]
    return cpp.lines(text)


def _classifier_tables(record: Forest, tables: Encoded) -> list[cpp.Table]:
    shared = [
        cpp.Table("entries", tables.entries, "distributions: class, share"),
        cpp.Table("shares", tables.shares, f"shares in units of 1 / {tables.whole}{', low word first' if tables.sum == 'uint64' else ''}"),
    ]
    if record.task.n_outputs > 1:
        shared.append(cpp.Table("classes_of", np.array(record.task.n_classes, dtype=np.uint16), "classes of each output"))
    return shared


def _predict_class(record: Forest, tables: Encoded) -> cpp.Function:
    n_classes, n_outputs = record.leaves.shape[1], record.task.n_outputs
    votes = f"{tables.sum}_t votes[{n_classes}] = {{}};"
    if n_outputs > 1:
        arguments = f"{_WALK}, leaves<>(), tables<>::classes_of, {n_outputs}, votes, {n_classes}, out"
        body = cpp.lines(votes, f"::emlearn::trees::classify_outputs<Reader>({arguments});")
    elif record.n_trees == 1:
        body = f"return ::emlearn::trees::classify_one<Reader>({_WALK}, leaves<>());"
    else:
        body = cpp.lines(votes, f"return ::emlearn::trees::classify<Reader>({_WALK}, leaves<>(), votes, {n_classes});")
    return cpp.Function("predict", body, constant=True)


def _predict_proba(record: Forest, tables: Encoded) -> cpp.Function:
    n_classes = record.leaves.shape[1]
    call = f"::emlearn::trees::probabilities<Reader>({_WALK}, leaves<>(), votes, {n_classes}, out);"
    return cpp.Function("predict_proba", cpp.lines(f"{tables.sum}_t votes[{n_classes}] = {{}};", call), constant=True)


def _predict_value(record: Forest, tables: Encoded) -> cpp.Function:
    if record.task.n_outputs == 1:
        body = f"return ::emlearn::trees::mean_one<Reader>({_WALK}, tables<>::values);"
    else:
        body = f"::emlearn::trees::mean<Reader>({_WALK}, tables<>::values, {record.task.n_outputs}, out);"
    return cpp.Function("predict", body, constant=True)


def _checks(record: Forest, tables: Encoded) -> tuple[cpp.Check, ...]:
    size = tables.nodes.size
    valid = f"::emlearn::trees::valid<format, ::emlearn::direct, {tables.depth}>"
    checks = [cpp.Check(f"{valid}(forest<>(), {size}, {record.n_features}, {tables.n_leaf_ids})", "the nodes are damaged", size)]
    if record.is_classifier and tables.entries.size:
        n_entries = tables.entries.size // tables.entry_bytes
        expression = (
            f"::emlearn::trees::valid_entries< ::emlearn::direct>(leaves<>(), {n_entries}, {record.leaves.shape[1]}, {tables.n_shares})"
        )
        checks.append(cpp.Check(expression, "the distributions are damaged", tables.entries.size))
    if record.task.is_discrete and record.task.n_outputs > 1:
        expression = (
            f"::emlearn::trees::valid_outputs< ::emlearn::direct>(tables<>::classes_of, {record.task.n_outputs}, {record.leaves.shape[1]})"
        )
        checks.append(cpp.Check(expression, "the classes of the outputs are damaged", 2 * record.task.n_outputs))
    return tuple(checks)


def _golden(record: Forest) -> tuple[cpp.Golden, ...]:
    """Rows made of the model's own thresholds: on the boundary, and one key beyond it."""
    least, most = keys.limits(record.input)
    row = np.zeros(record.n_features, dtype=np.int64).clip(least, most)
    feature, first = np.unique(record.feature, return_index=True)
    row[feature] = record.threshold[first].clip(least, most)
    beyond = row.copy()
    beyond[feature] = np.minimum(row[feature] + 1, most)
    rows = np.array([row, beyond])
    answers = reference(record, "predict", keys.from_keys(rows, record.input))[:, 0]
    dtype = {"float32": np.int32, "float64": np.int64}.get(record.input, np.dtype(record.input))
    if dtype == np.int64:
        return ()
    return tuple(cpp.Golden(values.astype(dtype), int(answer)) for values, answer in zip(rows, answers, strict=True))
