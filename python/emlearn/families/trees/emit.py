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


def emit(record: Forest) -> cpp.Part:
    """See :class:`emlearn.registry.Family`."""
    tables = encoded(record)
    shared = [cpp.Table("nodes", tables.nodes, f"{record.n_trees} trees, {record.n_nodes} inner nodes; see emlearn/trees/format.hpp")]
    if record.is_classifier:
        shared += _classifier_tables(record, tables)
        functions = (_predict_class(record, tables), _predict_proba(record, tables))
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
    """The format and the views that all functions share; templates, so that only the tables in use are linked."""
    missing = cpp.literal(record.missing_value, "int32")
    text = [
        f"using format = {format_name(record, tables)};",
        f"template <class T = void> constexpr ::emlearn::trees::forest forest() {{ return {{tables<T>::nodes, {record.n_trees}, {missing}}}; }}",
    ]
    if record.is_classifier:
        class_type, share_type = tables.entry
        text += [
            f"using distributions = ::emlearn::trees::distributions<{class_type}_t, {share_type}_t>;",
            "template <class T = void> constexpr distributions leaves() { "
            f"return {{tables<T>::entries, tables<T>::high, tables<T>::low, {tables.n_pure}, {tables.whole}u}}; }}",
        ]
    return cpp.lines(text)


def _classifier_tables(record: Forest, tables: Encoded) -> list[cpp.Table]:
    shared = [
        cpp.Table("entries", tables.entries, "distributions: class, share"),
        cpp.Table("high", tables.high, f"shares in units of 2^-{int(tables.whole).bit_length() - 1}"),
        cpp.Table("low", tables.low, "and 32 bits more, for close calls"),
    ]
    if record.task.n_outputs > 1:
        shared.append(cpp.Table("classes_of", np.array(record.task.n_classes, dtype=np.uint16), "classes of each output"))
    return shared


def _predict_class(record: Forest, tables: Encoded) -> cpp.Function:
    n_classes, n_outputs = record.leaves.shape[1], record.task.n_outputs
    if n_outputs > 1:
        arguments = f"forest(), leaves(), x, tables<>::classes_of, {n_outputs}, exact, {n_classes}, out"
        body = cpp.lines(f"uint64_t exact[{n_classes}] = {{}};", f"::emlearn::trees::classify_outputs<format, Reader>({arguments});")
    elif record.n_trees == 1:
        body = "return ::emlearn::trees::classify_one<format, Reader>(forest(), leaves(), x);"
    else:
        slack = record.n_trees if tables.entries.size else 0
        body = cpp.lines(
            f"uint32_t votes[{n_classes}] = {{}};",
            f"uint64_t exact[{n_classes}] = {{}};",
            f"return ::emlearn::trees::classify<format, Reader>(forest(), leaves(), x, votes, exact, {n_classes}, {slack});",
        )
    return cpp.Function("predict", body, constant=True)


def _predict_proba(record: Forest, tables: Encoded) -> cpp.Function:
    n_classes = record.leaves.shape[1]
    call = f"::emlearn::trees::probabilities<format, Reader>(forest(), leaves(), x, votes, {n_classes}, out);"
    return cpp.Function("predict_proba", cpp.lines(f"uint32_t votes[{n_classes}] = {{}};", call), constant=True)


def _predict_value(record: Forest, tables: Encoded) -> cpp.Function:
    if record.task.n_outputs == 1:
        body = "return ::emlearn::trees::mean_one<format, Reader>(forest(), tables<>::values, x);"
    else:
        body = f"::emlearn::trees::mean<format, Reader>(forest(), tables<>::values, x, {record.task.n_outputs}, out);"
    return cpp.Function("predict", body, constant=True)


def _checks(record: Forest, tables: Encoded) -> tuple[cpp.Check, ...]:
    size = tables.nodes.size
    valid = f"::emlearn::trees::valid<format, ::emlearn::direct, {tables.depth}>"
    checks = [cpp.Check(f"{valid}(forest(), {size}, {record.n_features}, {tables.n_leaf_ids})", "the nodes are damaged", size)]
    if record.is_classifier and tables.entries.size:
        n_entries = tables.entries.size // tables.entry_bytes
        expression = f"::emlearn::trees::valid_entries< ::emlearn::direct>(leaves(), {n_entries}, {record.leaves.shape[1]}, {len(tables.high)})"
        checks.append(cpp.Check(expression, "the distributions are damaged", tables.entries.size))
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
