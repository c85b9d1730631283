"""Nodes to C++: their tables, and a walk over them that every aggregator takes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

from ... import cpp
from .encode import EncodedNodes
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


def nodes_part(trees: Trees, nodes: EncodedNodes) -> NodesPart:
    """The C++ of nodes in whichever form they are; templates, so that only the tables in use are linked."""
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
    valid = f"::emlearn::trees::valid<format, ::emlearn::direct, {nodes.depth}>"
    return NodesPart(
        (cpp.Table("nodes", nodes.stream, f"{trees.n_trees} trees, {trees.n_nodes} inner nodes; see emlearn/trees/format.hpp"),),
        declarations,
        (cpp.Check(f"{valid}(forest<>(), {size}, {trees.n_features}, {nodes.n_payloads})", "the nodes are damaged", size),),
    )


def format_name(trees: Trees, nodes: EncodedNodes) -> str:
    """The C++ type of the stream's format."""
    flags = f"{str(nodes.wide_feature).lower()}, {str(nodes.wide_link).lower()}"
    return f"::emlearn::trees::format<{nodes.key}_t, {flags}, ::emlearn::trees::{_MISSING[trees.missing]}>"
