"""Nodes to C++: their tables, and a walk over them that every aggregator takes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from ... import cpp
from . import code
from .encode import EncodedNodes
from .encode.bits import Bits
from .encode.levels import Levels
from .encode.words import Words
from .record import Trees

_MISSING = {"never": "never_missing", "nan": "nan_missing", "value": "value_missing"}

#: A walk in the body of a function: it has ``n_trees()``, and ``each(sink)`` calls ``sink(payload)`` for tree after tree.
WALK = "walk<Reader, X>(forest<>(), x)"


@dataclasses.dataclass(frozen=True)
class NodesPart:
    """What nodes put into a :class:`emlearn.cpp.Part`.

    Attributes
    ----------
    tables : tuple of Table
    declarations : str
        ``format``, ``forest`` and ``walk``, which :data:`WALK` needs.
    checks : tuple of Check
    constant : bool
        Whether a compiler can evaluate the walk.
    """

    tables: tuple[cpp.Table, ...]
    declarations: str
    checks: tuple[cpp.Check, ...]
    constant: bool = True


def nodes_part(
    trees: Trees,
    nodes: EncodedNodes,
    right: tuple[str, int] | None = None,
    calls: code.Calls | None = None,
    behind: Mapping[int, str] | None = None,
) -> NodesPart:
    """The C++ of nodes in whichever form they are; templates, so that only the tables in use are linked.

    `right` is an expression for what says whether a payload is right, and the bytes that it looks at; by default all up to the
    largest are. In generated code, `behind` has statements that stand behind as many trees.
    """
    if nodes.form == "code":
        return _code_part(trees, nodes, calls, behind or {})
    if nodes.levels is not None:
        return _levels_part(trees, nodes, nodes.levels, right)
    if nodes.form == "words" and nodes.words is not None:
        return _words_part(trees, nodes, nodes.words, right)
    return _stream_part(trees, nodes, right) if nodes.bits is None else _bits_part(trees, nodes, nodes.bits, right)


#: Up to so many nodes all trees stand in one function; compilers take long over larger ones.
_INLINE_NODES = 12000


def is_inline(trees: Trees) -> bool:
    """Whether generated code has all trees in one function."""
    return trees.n_nodes <= _INLINE_NODES


def _code_part(trees: Trees, nodes: EncodedNodes, calls: code.Calls | None, behind: Mapping[int, str]) -> NodesPart:
    """All trees in one function, or a function per tree."""
    payload_type = "uint16_t" if nodes.n_payloads <= 1 << 16 else "uint32_t"
    again = code.reads_again(trees)
    nan = [f"{'again::' * again}is_{kind}_nan" for kind in ("signed", "unsigned")]
    names = ("at", "decided", "enough", *nan, "next_column", "signed_bits", "word_bits")
    lines = [f"using ::emlearn::trees::{name};" for name in names]
    lines.append(f"using payload_type = {payload_type};")
    each = []
    if is_inline(trees):
        each = code.inline(trees, nodes.payload, calls, behind)
    else:
        for tree in range(trees.n_trees):
            lines.append(f"template <class X> EMLEARN_NOINLINE payload_type tree_{tree}(const X* x) {{")
            lines += [f"  {line}" for line in code.function(trees, nodes.payload, tree)]
            lines.append("}")
        each.append("const ::emlearn::trees::shared_sink<typename ::emlearn::trees::plain<Sink>::type> take{sink};")
        for tree in range(trees.n_trees):
            each += [f"take(tree_{tree}(x));", *filter(None, [behind.get(tree + 1)])]
    lines += [
        "template <class T = void> struct forest {};",
        "template <class Reader, class X> struct walk {",
        "  using id_type = payload_type;",
        "  const X* x;",
        "  walk(const forest<>&, const X* features) : x(features) {}",
        f"  static constexpr uint16_t n_trees() {{ return {trees.n_trees}; }}",
        f"  static constexpr bool reads_again() {{ return {str(again).lower()}; }}",
        "  template <class Sink> EMLEARN_INLINE void each(Sink&& sink) {",
        *(f"    {line}" for line in each),
        "  }",
        "};",
    ]
    return NodesPart((), cpp.lines(lines), (), constant=False)


def _bits_part(trees: Trees, nodes: EncodedNodes, bits: Bits, right: tuple[str, int] | None) -> NodesPart:
    here = "::emlearn::trees::"
    numbers = {name: getattr(bits, name) for name in ("feature", "threshold", "shift", "jumps", "jump")}
    open_type, leaf_type = f"uint_fast{8 if nodes.depth < 255 else 16}_t", "payload_leaves" if bits.counts is None else "count_leaves"
    types = f"{bits.word.replace('int', 'int_fast')}_t, {open_type}, {here}{leaf_type}, {here}{_MISSING[trees.missing]}"
    lines = [
        f"using format = {here}bits_format<{types}>;",
        "template <class T = void> struct forest {",
        "  static constexpr const uint8_t* nodes() { return tables<T>::nodes; }",
        f"  static constexpr uint16_t n_trees() {{ return {trees.n_trees}; }}",
        f"  static constexpr int32_t missing() {{ return {cpp.literal(trees.missing_value, 'int32')}; }}",
        *(f"  static constexpr uint8_t {name}() {{ return {value}; }}" for name, value in numbers.items()),
        f"  static constexpr int32_t base() {{ return {cpp.literal(bits.base, 'int32')}; }}",
    ]
    tables = [cpp.Table("nodes", bits.nodes, f"{trees.n_trees} trees, {trees.n_nodes} inner nodes; see emlearn/trees/bits.hpp")]
    is_right, more = right or _below(nodes)
    if bits.leaf is not None:
        lines += [
            f"  static constexpr uint8_t first() {{ return {bits.leaf.first}; }}",
            f"  static constexpr uint8_t more() {{ return {bits.leaf.more}; }}",
            f"  static constexpr uint32_t direct() {{ return {bits.leaf.direct}u; }}",
            *_payload_of(bits.payloads, bits.n_leaves),
        ]
        is_right = f"{here}check_numbers< ::emlearn::direct>(forest<>(), {is_right})"
        if bits.payloads is not None:
            tables.append(cpp.Table("payloads", bits.payloads, _OF_PAYLOADS))
    lines += ["};", f"template <class Reader, class X> using walk = {here}bits_walk<format, Reader, forest<>, X>;"]
    arguments = f"forest<>(), {bits.nodes.size}, {trees.n_features}, {is_right}, {nodes.depth}"
    valid = f"{here}valid_bits<format, ::emlearn::direct, {bits.jumps}>({arguments})"
    return NodesPart(tuple(tables), cpp.lines(lines), (cpp.Check(valid, "the nodes are damaged", bits.n_bytes + more),))


_OF_PAYLOADS = "what the leaves of the nodes are"


def _payload_of(table: np.ndarray | None, n_leaves: int) -> list[str]:
    """Members of ``forest`` that say what leaves are: payloads themselves, or numbers of them."""
    small = n_leaves <= 1 << 16 if table is None else table.dtype == np.uint16
    kind = "uint16_t" if small else "uint32_t"
    return [
        f"  static constexpr uint32_t n_leaves() {{ return {n_leaves}; }}",
        f"  template <class Reader> static EMLEARN_CONSTEXPR {kind} payload(uint32_t leaf) {{",
        f"    return {'Reader::read(tables<T>::payloads + leaf)' if table is not None else f'static_cast<{kind}>(leaf)'};",
        "  }",
    ]


def _levels_part(trees: Trees, nodes: EncodedNodes, levels: Levels, right: tuple[str, int] | None) -> NodesPart:
    feature, payload = f"{levels.features.dtype}", f"{levels.leaves.dtype}"
    types = f"{feature}_t, {nodes.key}_t, {payload}_t"
    tables = (
        cpp.Table("depths", levels.depths, f"questions of {trees.n_trees} trees; see emlearn/trees/levels.hpp"),
        cpp.Table("features", levels.flagged(feature), "what they look at"),
        cpp.Table("thresholds", levels.thresholds, "and what they compare it with"),
        cpp.Table("leaves", levels.leaves, "leaves by the answers"),
    )
    declarations = cpp.lines(
        f"using format = ::emlearn::trees::levels_format<{types}, ::emlearn::trees::{_MISSING[trees.missing]}>;",
        "template <class T = void> struct forest {",
        "  static constexpr const uint8_t* depths() { return tables<T>::depths; }",
        f"  static constexpr const {feature}_t* features() {{ return tables<T>::features; }}",
        f"  static constexpr const {nodes.key}_t* thresholds() {{ return tables<T>::thresholds; }}",
        f"  static constexpr const {payload}_t* leaves() {{ return tables<T>::leaves; }}",
        f"  static constexpr uint16_t n_trees() {{ return {trees.n_trees}; }}",
        f"  static constexpr int32_t missing() {{ return {cpp.literal(trees.missing_value, 'int32')}; }}",
        "};",
        "template <class Reader, class X> using walk = ::emlearn::trees::levels_walk<format, Reader, forest<>, X>;",
    )
    is_right, more = right or _below(nodes)
    sizes = f"{levels.depths.size}, {levels.features.size}, {levels.leaves.size}"
    valid = f"::emlearn::trees::valid_levels<format, ::emlearn::direct>(forest<>(), {sizes}, {trees.n_features}, {is_right})"
    return NodesPart(tables, declarations, (cpp.Check(valid, "the nodes are damaged", levels.n_bytes + more),))


def _words_part(trees: Trees, nodes: EncodedNodes, words: Words, right: tuple[str, int] | None) -> NodesPart:
    table = words.payloads
    lines = [
        f"using format = ::emlearn::trees::words_format<{words.key}_t, {words.leaf_bits}, {str(words.long_skip).lower()}, "
        f"::emlearn::trees::{_MISSING[trees.missing]}>;",
        "template <class T = void> struct forest {",
        "  static constexpr const uint32_t* nodes() { return tables<T>::nodes; }",
        f"  static constexpr uint16_t n_trees() {{ return {trees.n_trees}; }}",
        f"  static constexpr int32_t missing() {{ return {cpp.literal(trees.missing_value, 'int32')}; }}",
        *_payload_of(table, words.n_leaves),
        "};",
        "template <class Reader, class X> using walk = ::emlearn::trees::words_walk<format, Reader, forest<>, X>;",
    ]
    about = f"{trees.n_trees} trees, {trees.n_nodes} inner nodes; see emlearn/trees/words.hpp"
    tables = [cpp.Table("nodes", words.nodes, about)]
    if table is not None:
        tables.append(cpp.Table("payloads", table, _OF_PAYLOADS))
    size, (is_right, more) = words.nodes.size, right or _below(nodes)
    valid = f"::emlearn::trees::valid_words<format, ::emlearn::direct, {nodes.depth}>"
    check = cpp.Check(f"{valid}(forest<>(), {size}, {trees.n_features}, {is_right})", "the nodes are damaged", words.n_bytes + more)
    return NodesPart(tuple(tables), cpp.lines(lines), (check,))


def _below(nodes: EncodedNodes) -> tuple[str, int]:
    return f"::emlearn::trees::payloads_below{{{nodes.n_payloads}u}}", 0


def _stream_part(trees: Trees, nodes: EncodedNodes, right: tuple[str, int] | None) -> NodesPart:
    size = nodes.stream.size
    declarations = cpp.lines(
        f"using format = {format_name(trees, nodes)};",
        "template <class T = void> struct forest {",
        "  static constexpr const uint8_t* nodes() { return tables<T>::nodes; }",
        f"  static constexpr uint16_t n_trees() {{ return {trees.n_trees}; }}",
        f"  static constexpr int32_t missing() {{ return {cpp.literal(trees.missing_value, 'int32')}; }}",
        "};",
        "template <class Reader, class X> using walk = ::emlearn::trees::walk<format, Reader, forest<>, X>;",
    )
    is_right, more = right or _below(nodes)
    valid = f"::emlearn::trees::valid<format, ::emlearn::direct, {nodes.depth}>"
    return NodesPart(
        (cpp.Table("nodes", nodes.stream, f"{trees.n_trees} trees, {trees.n_nodes} inner nodes; see emlearn/trees/format.hpp"),),
        declarations,
        (cpp.Check(f"{valid}(forest<>(), {size}, {trees.n_features}, {is_right})", "the nodes are damaged", size + more),),
    )


def format_name(trees: Trees, nodes: EncodedNodes) -> str:
    """The C++ type of the stream's format."""
    flags = f"{str(nodes.wide_feature).lower()}, {str(nodes.wide_link).lower()}"
    return f"::emlearn::trees::format<{nodes.key}_t, {flags}, ::emlearn::trees::{_MISSING[trees.missing]}>"
