"""What a forest makes of its leaves, to C++: votes of class distributions, means of values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ... import cpp
from .emit_nodes import WALK
from .encode.distributions import Distributions
from .encode.values import Values
from .record import Forest


@dataclasses.dataclass(frozen=True)
class LeavesPart:
    """What an aggregator puts into a :class:`emlearn.cpp.Part`."""

    functions: tuple[cpp.Function, ...]
    tables: tuple[cpp.Table, ...]
    declarations: str = ""
    checks: tuple[cpp.Check, ...] = ()


def distributions_part(record: Forest, leaves: Distributions) -> LeavesPart:
    """The class, and the mean distribution."""
    class_type, share_type = leaves.entry
    wide = leaves.sum == "uint64"
    tables = [
        cpp.Table("entries", leaves.entries, "distributions: class, share"),
        cpp.Table("shares", leaves.shares, f"shares in units of 1 / {leaves.whole}{', low word first' if wide else ''}"),
    ]
    if record.task.n_outputs > 1:
        tables.append(cpp.Table("classes_of", np.array(record.task.n_classes, dtype=np.uint16), "classes of each output"))
    declarations = cpp.lines(
        "template <class T = void> struct leaves {",
        f"  using format = ::emlearn::trees::leaf_format<{class_type}_t, {share_type}_t, {leaves.sum}_t>;",
        "  static constexpr const uint8_t* entries() { return tables<T>::entries; }",
        "  static constexpr const uint32_t* shares() { return tables<T>::shares; }",
        f"  static constexpr uint16_t n_pure() {{ return {leaves.n_pure}; }}",
        f"  static constexpr {leaves.sum}_t whole() {{ return {leaves.whole}u{'ll' if wide else ''}; }}",
        "};",
    )
    functions = (_predict_class(record, leaves), _predict_proba(record, leaves))
    return LeavesPart(functions, tuple(tables), declarations, _distribution_checks(record, leaves))


def _predict_class(record: Forest, leaves: Distributions) -> cpp.Function:
    n_classes, n_outputs = record.leaves.shape[1], record.task.n_outputs
    votes = f"{leaves.sum}_t votes[{n_classes}] = {{}};"
    if n_outputs > 1:
        arguments = f"{WALK}, leaves<>(), tables<>::classes_of, {n_outputs}, votes, {n_classes}, out"
        body = cpp.lines(votes, f"::emlearn::trees::classify_outputs<Reader>({arguments});")
    elif record.n_trees == 1:
        body = f"return ::emlearn::trees::classify_one<Reader>({WALK}, leaves<>());"
    else:
        body = cpp.lines(votes, f"return ::emlearn::trees::classify<Reader>({WALK}, leaves<>(), votes, {n_classes});")
    return cpp.Function("predict", body, constant=True)


def _predict_proba(record: Forest, leaves: Distributions) -> cpp.Function:
    n_classes = record.leaves.shape[1]
    call = f"::emlearn::trees::probabilities<Reader>({WALK}, leaves<>(), votes, {n_classes}, out);"
    return cpp.Function("predict_proba", cpp.lines(f"{leaves.sum}_t votes[{n_classes}] = {{}};", call), constant=True)


def _distribution_checks(record: Forest, leaves: Distributions) -> tuple[cpp.Check, ...]:
    checks, n_outputs, n_classes = [], record.task.n_outputs, record.leaves.shape[1]
    if leaves.n_entries:
        expression = f"::emlearn::trees::valid_entries< ::emlearn::direct>(leaves<>(), {leaves.n_entries}, {n_classes}, {leaves.n_shares})"
        checks.append(cpp.Check(expression, "the distributions are damaged", leaves.entries.size))
    if n_outputs > 1:
        expression = f"::emlearn::trees::valid_outputs< ::emlearn::direct>(tables<>::classes_of, {n_outputs}, {n_classes})"
        checks.append(cpp.Check(expression, "the classes of the outputs are damaged", 2 * n_outputs))
    return tuple(checks)


def values_part(record: Forest, leaves: Values) -> LeavesPart:
    """The mean of the leaves' values."""
    if record.task.n_outputs == 1:
        body = f"return ::emlearn::trees::mean_one<Reader>({WALK}, tables<>::values);"
    else:
        body = f"::emlearn::trees::mean<Reader>({WALK}, tables<>::values, {record.task.n_outputs}, out);"
    table = cpp.Table("values", leaves.values, f"{len(leaves.values)} leaves")
    return LeavesPart((cpp.Function("predict", body, constant=True),), (table,))
