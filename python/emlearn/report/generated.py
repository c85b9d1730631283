"""Trees that are code themselves: how many questions, answers and hand-overs their lines have, and of which kinds.

What a compiler makes of them depends on more than that: where nothing keeps it from that, it follows what is known at the end of a tree
into the next one, and copies code for it. So these counts tell the size less well than the terms of code that reads tables do.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

#: Where the statements of all trees stand, and those of a tree that is a function of its own.
_BODY = re.compile(
    r"^  template <class Sink> \w+ void each\(Sink&& sink\)(?: const)? \{\n(.*?)^  \}\n"
    r"|^template <class X> EMLEARN_NOINLINE payload_type tree_\d+\(const X\* x\) \{\n(.*?)^\}\n",
    re.MULTILINE | re.DOTALL,
)
_COMPARED = re.compile(r"(at|signed_bits|word_bits)<(\d+)>\(x\) [<>]=? \(?(-?\d+)")
_MISSING = re.compile(r"signed_nan<|\(x\) ==")
_ANSWER = re.compile(r"(?:payload = (?:payload_type\()?(?:sink\.\w+\()?|return )(\d+)")
_HANDED = re.compile(r"\bsink(?:\.template (pure)<\d+>|\.(mixed))?\((payload\b)?")
_TREES = re.compile(r"n_trees\(\) \{ return (\d+);")
_LABEL, _JUMP = re.compile(r"^ *(\w+):"), re.compile(r"goto (\w+)")
_CLASSES = re.compile(r"entries_format<(\d+)")

#: Constants and columns beyond these take longer instructions, jumps over more lines longer branches, on one chip or another.
CONSTANTS, COLUMNS, JUMPS = (0, 31, 127, 255, 2047, 65535), (15, 31, 63, 127), (0, 8, 16, 32, 64, 128, 256)


def bodies(declarations: str) -> list[str]:
    """The statements of generated trees; none where trees are tables."""
    found = [match[1] or match[2] or "" for match in _BODY.finditer(declarations)]
    return [body for body in found if _ANSWER.search(body) or _HANDED.search(body)]


def without(declarations: str) -> str:
    """The declarations without those statements."""
    for body in bodies(declarations):
        declarations = declarations.replace(body, "")
    return declarations


def count(declarations: str, x: str, kernels: Sequence[str]) -> Counter[str]:
    """What the generated trees in these declarations have, each of the `kernels` having a copy; `x` is the type of a feature."""
    found: Counter[str] = Counter()
    for body in bodies(declarations):
        found += _statements(body.splitlines(), x)
    if not found:
        return found
    trees, classes = (sum(map(int, pattern.findall(declarations))) for pattern in (_TREES, _CLASSES))
    result = Counter({name: max(1, len(kernels)) * number for name, number in found.items()})
    for kernel in kernels or ("each",):
        result[f"trees {kernel}"], result[f"trees {kernel}, classes"] = trees, trees * classes
        for name in ("one answer", "shared answer"):
            result[f"{name} {kernel}"] = found[name]
    return Counter({name: number for name, number in result.items() if number})


def _statements(lines: Sequence[str], x: str) -> Counter[str]:
    places = {label[1]: number for number, line in enumerate(lines) if (label := _LABEL.match(line))}
    found: Counter[str] = Counter()
    asked: dict[object, int] = {}  # the tree that asked for a feature last, or made a test
    tree, constants = 0, set()
    for number, line in enumerate(lines):
        for _, column, constant in _COMPARED.findall(line):
            found["test"] += 1
            found[f"test {x}"] += 1
            _limits(found, f"test {x} column", int(column), COLUMNS)
            _limits(found, f"test {x} constant", int(constant), CONSTANTS)
            found[f"test {x} negative"] += constant.startswith("-")
            for name, key in (("feature", column), ("test", (column, constant))):
                if key in asked:
                    found[f"{name} again{'' if asked[key] == tree else ' in another tree'}"] += 1
                    found[f"{name} again in the next tree"] += asked[key] == tree - 1
                asked[key] = tree
            constants.add(constant)
        found["missing"] += len(_MISSING.findall(line))
        for answer in _ANSWER.findall(line):
            found["answer"] += 1
            _limits(found, "answer", int(answer), CONSTANTS)
        for label in _JUMP.findall(line):
            _limits(found, "jump", places.get(label, number) - number, JUMPS)
        if handed := _HANDED.search(line):
            found["shared answer" if handed[2] or handed[3] else "one answer"] += 1
        if "EMLEARN_FORGET" in line:  # a compiler loads features again, and knows nothing of the trees before
            asked.clear()
            found["forgotten"] += 1
        found["decided"] += "decided" in line
        label = _LABEL.match(line)
        tree += label is not None and label[1][0] in "tp" and "payload = " not in line and f"{' ' * 4}t{label[1][1:]}:" not in lines
    found["constants"] += len(constants)
    return found


def _limits(found: Counter[str], name: str, value: int, limits: Sequence[int]) -> None:
    for limit in limits:
        found[f"{name} > {limit}"] += abs(value) > limit
