"""What a forest makes of its leaves, to C++: votes of class distributions, means of values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ... import cpp
from . import exits
from .code import Calls
from .emit_nodes import WALK, is_inline
from .encode import encoded
from .encode.binary import Binary
from .encode.counts import Counts
from .encode.distributions import Distributions
from .encode.fixed import Fixed
from .encode.forest import Leaves
from .encode.values import Values
from .record import Forest


@dataclasses.dataclass(frozen=True)
class LeavesPart:
    """What an aggregator puts into a :class:`emlearn.cpp.Part`."""

    functions: tuple[cpp.Function, ...]
    tables: tuple[cpp.Table, ...]
    declarations: str = ""
    checks: tuple[cpp.Check, ...] = ()


def leaves_part(record: Forest, leaves: Leaves) -> LeavesPart:
    """By the kind of leaves."""
    if isinstance(leaves, Counts):
        return entries_part(record, leaves) if leaves.is_fast else counts_part(record, leaves)
    if isinstance(leaves, Binary):
        return binary_part(leaves)
    if isinstance(leaves, Fixed):
        return fixed_part(record, leaves)
    return distributions_part(record, leaves) if isinstance(leaves, Distributions) else values_part(record, leaves)


def counts_part(record: Forest, leaves: Counts) -> LeavesPart:
    """The class, and the mean distribution, from counts."""
    tables, mixed, has_table = [], leaves.bytes.size > 0, leaves.units.size > 0
    if mixed:
        tables.append(cpp.Table("counts", leaves.bytes, "leaves of several classes; see emlearn/trees/counts.hpp"))
    if has_table:
        last = leaves.least + len(leaves.units) - 1
        tables.append(
            cpp.Table("units", leaves.units, f"the share of one row of n, for n from {leaves.least} to {last}, of {leaves.whole}")
        )
    numbers = {"least": "uint16", "n_classes": "uint16", "class_bits": "uint8", "first_bits": "uint8", "step": "uint8", "passes": "uint8"}
    numbers |= {"whole": leaves.sum, "slack": leaves.sum, "lead": leaves.sum}
    values = {name: cpp.literal(getattr(leaves, name), dtype) for name, dtype in numbers.items()}
    apart, types, where = leaves.widths is None, f"{leaves.sum}_t, {leaves.count}_t, {leaves.mask}_t, {str(has_table).lower()}", "counts"
    if not apart and leaves.widths is not None:
        numbers |= {"n_bits": "uint8", "k_bits": "uint8"}
        values |= {name: str(value) for name, value in dataclasses.asdict(leaves.widths).items()}
        types, where = f"{leaves.sum}_t, {leaves.mask}_t, {str(has_table).lower()}", "bit_counts"
    declarations = cpp.lines(
        "template <class T = void> struct leaves {",
        f"  using format = ::emlearn::trees::{where}_format<{types}>;",
        [f"  static constexpr const uint8_t* bytes() {{ return {'tables<T>::counts' if mixed else 'nullptr'}; }}"] if apart else [],
        f"  static constexpr const {leaves.sum}_t* units() {{ return {'tables<T>::units' if has_table else 'nullptr'}; }}",
        [f"  static constexpr {dtype}_t {name}() {{ return {values[name]}; }}" for name, dtype in numbers.items()],
        "};",
    )
    votes = f"{leaves.sum}_t votes[{leaves.n_classes}] EMLEARN_UNSET;"
    arguments = f"{WALK}, leaves<>(), votes"
    if record.n_trees == 1:
        predict = f"return ::emlearn::trees::classify_one_count<Reader>({WALK}, leaves<>());"
    else:
        predict = cpp.lines(votes, f"return ::emlearn::trees::classify_counts<Reader, {str(leaves.is_exact).lower()}>({arguments});")
    if leaves.sum == "uint16" and not leaves.is_exact:  # summed twice
        votes = f"{leaves.sum}_t votes[{2 * leaves.n_classes}] EMLEARN_UNSET;"
    probabilities = cpp.lines(votes, f"::emlearn::trees::count_probabilities<Reader, {str(leaves.is_exact).lower()}>({arguments}, out);")
    functions = (cpp.Function("predict", predict, constant=True), cpp.Function("predict_proba", probabilities, constant=True))
    return LeavesPart(functions, tuple(tables), declarations, _count_checks(leaves))


def entries_part(record: Forest, leaves: Counts) -> LeavesPart:
    """The same, for speed."""
    dense = is_dense(record, leaves)
    numbers = {"n_classes": "uint16", "first_bits": "uint8", "step": "uint8", "passes": "uint8", "whole": "uint16", "slack": "uint16"}
    numbers |= {"lead": "uint16"}
    mixed = leaves.bytes.size > 0
    declarations = cpp.lines(
        f"using votes = {'::emlearn::trees::votes_of<EMLEARN_PAIRED_VOTES>::type' if dense else '::emlearn::trees::single_votes'};",
        "template <class T = void> struct leaves {",
        f"  using format = ::emlearn::trees::entries_format<{leaves.n_classes}, {leaves.mask}_t>;",
        f"  static constexpr const uint8_t* bytes() {{ return {'tables<T>::entries' if mixed else 'nullptr'}; }}",
        f"  static constexpr const uint32_t* words() {{ return {'tables<T>::words' if mixed else 'nullptr'}; }}" if dense else [],
        [
            f"  static constexpr {dtype}_t {name}() {{ return {cpp.literal(getattr(leaves, name), dtype)}; }}"
            for name, dtype in numbers.items()
        ],
        "};",
    )
    scratch = f"votes::word_type sums[votes::size({leaves.n_classes})] EMLEARN_UNSET;"
    kernel = f"<Reader, votes, {str(leaves.is_exact).lower()}>({WALK}, leaves<>(), sums"
    functions = (
        cpp.Function("predict", cpp.lines(scratch, f"return ::emlearn::trees::classify_entries{kernel});")),
        cpp.Function("predict_proba", cpp.lines(scratch, f"::emlearn::trees::entry_probabilities{kernel}, out);")),
    )
    tables = []
    if mixed:
        tables.append(cpp.Table("entries", leaves.bytes, "leaves of several classes; see emlearn/trees/entries.hpp"))
        if dense:
            tables.append(cpp.Table("words", leaves.words, "the same for chips of 32 bits; see emlearn/trees/dense.hpp"))
    return LeavesPart(functions, tuple(tables), declarations)


def is_dense(record: Forest, leaves: Counts) -> bool:
    """Whether leaves stand in words, too."""
    return leaves.word_at.size > 0 and is_inline(record)


def calls(record: Forest, leaves: Leaves) -> Calls | None:
    """What generated code does at a leaf, where it is not the usual call with a payload."""
    if not isinstance(leaves, Counts) or not leaves.is_fast or not is_inline(record):
        return None
    pure, payload = np.count_nonzero(leaves.k, axis=1) == 1, encoded(record).nodes.payload

    def place(leaf: int) -> str:
        at = int(payload[leaf]) - leaves.n_classes
        return f"sink.place({at}, {leaves.word_at[leaf] if is_dense(record, leaves) else 0})"

    return Calls(
        direct=lambda leaf: f"sink.template pure<{payload[leaf]}>();" if pure[leaf] else None,
        place=place,
        shared="sink.mixed(payload);",
        type="decltype(sink.place(0, 0))",
    )


def behind(record: Forest, leaves: Leaves) -> dict[int, str]:
    """The statements of generated code that look, behind as many trees, whether the class is decided."""
    if isinstance(leaves, Binary):
        checks = exits.checks(record.n_trees, exits.LOOK_AT_ONE) if leaves.early else frozenset()
    elif isinstance(leaves, Counts) and leaves.lead:
        checks = exits.checks(record.n_trees, exits.LOOK_AT_ALL if is_dense(record, leaves) else exits.LOOK_AT_ONE)
    else:
        checks = frozenset()
    return {walked: f"if (decided(sink, {record.n_trees - walked})) return;" for walked in checks}


def _count_checks(leaves: Counts) -> tuple[cpp.Check, ...]:
    size = leaves.bytes.size
    expression = f"::emlearn::trees::valid_leaves< ::emlearn::direct, {size}, {len(leaves.units)}>(leaves<>())"
    return (cpp.Check(expression, "the leaves are damaged", size),) if size else ()


def right_payloads(leaves: Leaves) -> tuple[str, int] | None:
    """A C++ expression that says which payloads are right, and the bytes that it walks; None where all below the largest are."""
    if isinstance(leaves, Counts) and leaves.widths is not None:
        return f"::emlearn::trees::right_counts<leaves<>>{{leaves<>(), {len(leaves.units)}u}}", 0
    if not isinstance(leaves, Counts) or not leaves.bytes.size:
        return None
    size = leaves.bytes.size
    return f"::emlearn::trees::leaf_starts< ::emlearn::direct, leaves<>, {size}, {len(leaves.units)}>(leaves<>())", size


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
    votes = f"{leaves.sum}_t votes[{n_classes}] EMLEARN_UNSET;"
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
    return cpp.Function("predict_proba", cpp.lines(f"{leaves.sum}_t votes[{n_classes}] EMLEARN_UNSET;", call), constant=True)


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


def fixed_part(record: Forest, leaves: Fixed) -> LeavesPart:
    """The mean, from a sum of whole numbers."""
    bias, unit = cpp.literal(record.n_trees * leaves.least, "int32"), cpp.literal(2.0**-leaves.shift, "float32")
    body = f"return ::emlearn::trees::fixed_sum({WALK}, {bias}, {leaves.shift}, {unit});"
    return LeavesPart((cpp.Function("predict", body, constant=True),), ())


def binary_part(leaves: Binary) -> LeavesPart:
    """The class, and the mean distribution, from a sum of shares of the second class."""
    arguments = f"{WALK}, {cpp.literal(leaves.all, leaves.sum)}"
    predict = f"return ::emlearn::trees::classify_binary<{leaves.sum}_t, {str(leaves.early).lower()}>({arguments});"
    probabilities = f"::emlearn::trees::binary_probabilities<{leaves.sum}_t>({arguments}, out);"
    return LeavesPart((cpp.Function("predict", predict, constant=True), cpp.Function("predict_proba", probabilities, constant=True)), ())
