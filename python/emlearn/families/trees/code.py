"""Trees to C++ statements: what ``optimize="speed"`` compiles in place of a table.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from .record import Forest, Trees

_FLOATS = {"float32": 32, "float64": 64}


def function(trees: Trees, payload: np.ndarray, tree: int) -> list[str]:
    """The body of a function of ``const X* x`` that returns the payload of the leaf that x reaches in one tree."""
    return list(_statements(trees, int(trees.roots[tree]), "n", lambda leaf: f"return {payload[leaf]};"))


@dataclasses.dataclass(frozen=True)
class Calls:
    """What stands at the leaves, where that is not ``sink(payload)``.

    Attributes
    ----------
    direct : callable
        The statement of a leaf (its number is given), or None where leaves of a tree share one.
    place : callable
        What ``payload`` is then, in C++.
    shared : str
        The statement that takes ``payload``.
    type : str
        Of ``payload``.
    """

    direct: Callable[[int], str | None]
    place: Callable[[int], str]
    shared: str
    type: str = "payload_type"


def inline(trees: Trees, payload: np.ndarray, calls: Calls | None = None, behind: Mapping[int, str] | None = None) -> list[str]:
    """Statements that hand the payload of each tree to ``sink``: no calls, and the commonest leaves without a look at their payload.

    `behind` has statements that stand behind as many trees.
    """
    lines: list[str] = []
    is_named = False  # whether a leaf says `payload`
    for tree, root in enumerate(trees.roots.tolist()):
        found = _leaves_below(trees, root)
        chosen = calls or _usual(payload, found)
        done, other = f"t{tree + 1}", f"p{tree}"
        is_named |= any(chosen.direct(number) is None for number in found.tolist())
        stubs: dict[str, str] = {}

        def leaf(number: int, chosen: Calls = chosen, other: str = other, stubs: dict[str, str] = stubs, tree: int = tree) -> str:
            direct = chosen.direct(number)
            if direct is None:
                return f"{{ payload = {chosen.place(number)}; goto {other}; }}"
            return f"goto {stubs.setdefault(direct, f's{tree}_{len(stubs)}')};"

        if root < 0:
            direct = chosen.direct(~root)
            lines.append(f"payload = {chosen.place(~root)}; {chosen.shared}" if direct is None else direct)
            lines += filter(None, [(behind or {}).get(tree + 1)])
            continue
        if tree and isinstance(trees, Forest) and trees.is_classifier:  # many features, each of them asked for seldom
            lines.append("EMLEARN_FORGET(x);")
        lines += _statements(trees, root, f"n{tree}_", leaf)
        for direct, label in stubs.items():
            lines.append(f"{label}: {direct} goto {done};")
        if any(chosen.direct(number) is None for number in found.tolist()):
            lines += [f"{other}: {chosen.shared}"]
        if stubs:
            lines.append(f"{done}:;")
        if isinstance(trees, Forest):  # what boosted trees know of a row settles much of the next one, and is worth its copies
            lines.append("EMLEARN_APART();" if stubs else "EMLEARN_APART_NEAR();")
        lines += filter(None, [(behind or {}).get(tree + 1)])
    return [f"{calls.type if calls else 'payload_type'} payload = 0;", *lines] if is_named else lines


#: More features than these have no registers for all of them on x86, the only core that compares with memory.
_REGISTERS = 16


def reads_again(trees: Trees) -> bool:
    """Whether a float is better read again where it may be missing than kept in a register: most are asked for once, or have none."""
    return trees.missing == "nan" and (len(trees.roots) == 1 or len(np.unique(trees.feature)) > _REGISTERS)


def _usual(payload: np.ndarray, leaves: np.ndarray) -> Calls:
    """Leaves whose payload stands more than once in the tree give it as a constant."""
    common = set(np.flatnonzero(np.bincount(payload[leaves]) > 1).tolist())
    return Calls(
        direct=lambda leaf: f"sink(payload_type({payload[leaf]}));" if payload[leaf] in common else None,
        place=lambda leaf: str(payload[leaf]),
        shared="sink(payload);",
    )


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
    test, first_right = _tests(trees), _order(trees, root)
    none: frozenset[int] = frozenset()
    stack = [(root, "", none)]
    while stack:
        node, label, present = stack.pop()  # features that are known not to be missing
        if label:
            yield f"{label}:"
        while node >= 0:
            left, right = int(trees.left[node]), int(trees.right[node])
            right_first = first_right(node)
            near, far = (right, left) if right_first else (left, right)
            if near < 0 <= far:  # a leaf needs no label
                near, far, right_first = far, near, not right_first
            condition = test(node, not right_first, present)
            beside = present if trees.missing == "never" else present | {int(trees.feature[node])}  # where no missing value goes
            near_has_missing = bool(trees.missing_left[node]) != right_first
            if far < 0:
                yield f"if ({condition}) {leaf(~far)}"
            else:
                label = f"{prefix}{far}"
                yield f"if ({condition}) goto {label};"
                stack.append((far, label, beside if near_has_missing else present))
            node, present = near, present if near_has_missing else beside
        yield leaf(~node)


#: A branch over more nodes than these takes one more jump on Cortex-M0.
_NEAR = 19


def _order(trees: Trees, root: int) -> Callable[[int], bool]:
    """Which child of a node stands right behind it: one jump is saved on the way to it, one is lost where it is too large to be
    jumped over.
    """
    size: dict[int, int] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        children = [child for child in (int(trees.left[node]), int(trees.right[node])) if child >= 0]
        missing = [child for child in children if child not in size]
        if missing:
            stack += missing
        else:
            size[node] = 1 + sum(size[child] for child in children)
            stack.pop()

    def right_first(node: int) -> bool:
        left, right = (size.get(int(child[node]), 0) for child in (trees.left, trees.right))
        share = 0.5 if trees.weight is None else float(trees.weight[node, 1] / max(trees.weight[node].sum(), 1e-300))
        return (1 - share) + (right > _NEAR) < share + (left > _NEAR)

    return right_first


def _tests(trees: Trees) -> Callable[[int, bool, frozenset[int]], str]:
    """A function that gives the C++ condition under which a row goes right (or left) at a node, where some features are not missing.

    A missing value is greater or less than the threshold as any other is; only where it stands on the side that it must not go to, it is
    asked for, and only there: of NaNs those without a sign stand on the right, those with one on the left.
    """
    bits = _FLOATS.get(trees.input)

    def compare(node: int, right: bool) -> str:
        feature, threshold = int(trees.feature[node]), int(trees.threshold[node])
        if bits is None:
            return f"at<{feature}>(x) {'>' if right else '<='} {_integer(threshold)}"
        if threshold >= 0:
            return f"signed_bits<{feature}>(x) {'>' if right else '<='} {threshold}{'' if bits == 32 else 'll'}"
        word = (threshold ^ ((1 << (bits - 1)) - 1)) % (1 << bits)
        return f"word_bits<{feature}>(x) {'<' if right else '>='} {word}u{'' if bits == 32 else 'll'}"

    def test(node: int, right: bool, present: frozenset[int]) -> str:
        plain, feature, to_left = compare(node, right), int(trees.feature[node]), bool(trees.missing_left[node])
        if trees.missing == "never" or feature in present:
            return plain
        if bits is not None:
            is_missing = f"is_{'unsigned' if to_left else 'signed'}_nan<{feature}>(x)"
        elif (trees.missing_value <= int(trees.threshold[node])) == to_left:
            return plain
        else:
            is_missing = f"at<{feature}>(x) == {_integer(trees.missing_value)}"
        return f"{plain} || {is_missing}" if to_left != right else f"{plain} && !({is_missing})"

    return test


def _integer(value: int) -> str:
    if value == -(2**31):
        return "(-2147483647 - 1)"
    return f"{value}l" if abs(value) > 32767 else str(value)
