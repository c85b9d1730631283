"""Trees to C++ statements: what ``optimize="speed"`` compiles in place of a table.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .record import Trees

_FLOATS = {"float32": 32, "float64": 64}


def function(trees: Trees, payload: np.ndarray, tree: int) -> list[str]:
    """The body of a function of ``const X* x`` that returns the payload of the leaf that x reaches in one tree."""
    return list(_statements(trees, int(trees.roots[tree]), "n", lambda leaf: f"return {payload[leaf]};"))


def inline(trees: Trees, payload: np.ndarray) -> list[str]:
    """Statements that hand the payload of each tree to ``sink``: no calls, and the commonest leaves without a look at their payload."""
    lines: list[str] = ["payload_type payload = 0;"] if trees.n_nodes else []
    for tree, root in enumerate(trees.roots.tolist()):
        ids = payload[_leaves_below(trees, root)]
        common = set(np.flatnonzero(np.bincount(ids) > 1).tolist())
        done, other = f"t{tree + 1}", f"p{tree}"

        def leaf(number: int, common: set[int] = common, done: str = done, other: str = other) -> str:
            value = int(payload[number])
            return f"{{ sink(payload_type({value})); goto {done}; }}" if value in common else f"{{ payload = {value}; goto {other}; }}"

        if root < 0:
            lines.append(f"sink(payload_type({payload[~root]}));")
            continue
        lines += _statements(trees, root, f"n{tree}_", leaf)
        if len(common) < len(np.unique(ids)):
            lines += [f"{other}: sink(payload);"]
        if common:
            lines.append(f"{done}:;")
    return lines


def _leaves_below(trees: Trees, root: int) -> np.ndarray:
    stack, found = [root], []
    while stack:
        node = stack.pop()
        if node < 0:
            found.append(~node)
        else:
            stack += (int(trees.left[node]), int(trees.right[node]))
    return np.array(found)


def _statements(trees: Trees, root: int, prefix: str, leaf: Callable[[int], str]) -> Iterator[str]:
    """In preorder, the likelier child right behind its parent and the other behind a label: nothing is nested, since compilers count
    brackets, and the likely way takes no branch.
    """
    test = _tests(trees)
    stack = [(root, "")]
    while stack:
        node, label = stack.pop()
        if label:
            yield f"{label}:"
        while node >= 0:
            left, right = int(trees.left[node]), int(trees.right[node])
            right_first = trees.weight is not None and trees.weight[node, 1] > trees.weight[node, 0]
            near, far = (right, left) if right_first else (left, right)
            if near < 0 <= far:  # a leaf needs no label
                near, far, right_first = far, near, not right_first
            condition = test(node, not right_first)
            if far < 0:
                yield f"if ({condition}) {leaf(~far)}"
            else:
                label = f"{prefix}{far}"
                yield f"if ({condition}) goto {label};"
                stack.append((far, label))
            node = near
        yield leaf(~node)


def _tests(trees: Trees) -> Callable[[int, bool], str]:
    """A function that gives the C++ condition under which a row goes right (or left) at a node."""
    bits = _FLOATS.get(trees.input)

    def compare(node: int, right: bool) -> str:
        feature, threshold = int(trees.feature[node]), int(trees.threshold[node])
        if bits is None:
            return f"at<{feature}>(x) {'>' if right else '<='} {_integer(threshold)}"
        if threshold >= 0:
            return f"signed_bits<{feature}>(x) {'>' if right else '<='} {threshold}{'' if bits == 32 else 'll'}"
        word = (threshold ^ ((1 << (bits - 1)) - 1)) % (1 << bits)
        return f"word_bits<{feature}>(x) {'<' if right else '>='} {word}u{'' if bits == 32 else 'll'}"

    def test(node: int, right: bool) -> str:
        plain = compare(node, right)
        if trees.missing == "never":
            return plain
        feature = int(trees.feature[node])
        is_missing = f"at<{feature}>(x) == {_integer(trees.missing_value)}" if bits is None else f"is_nan<{feature}>(x)"
        joined = bool(trees.missing_left[node]) != right  # whether a missing value goes the way that is asked for
        return f"{is_missing} || {plain}" if joined else f"!({is_missing}) && {plain}"

    return test


def _integer(value: int) -> str:
    if value == -(2**31):
        return "(-2147483647 - 1)"
    return f"{value}l" if abs(value) > 32767 else str(value)
