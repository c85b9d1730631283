"""Trees that are code themselves: what their lines take on each chip, what is known on the ways through them, and how often a firmware has
them.

A compiler makes more of it than that: where nothing keeps it from that, it follows what is known at the end of a tree into the next one,
and copies code for it. So the size of many trees is told less well than that of one, or of code that reads tables.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .layout import CHIPS, SIZES, bytes_of
from .paths import known_on

#: Where the statements of all trees stand, and those of a tree that is a function of its own.
_BODY = re.compile(
    r"^  template <class Sink> \w+ void each\(Sink&& sink\)(?: const)? \{\n(.*?)^  \}\n"
    r"|^template <class X> EMLEARN_NOINLINE payload_type tree_\d+\(const X\* x\) \{\n(.*?)^\}\n",
    re.MULTILINE | re.DOTALL,
)
_ANSWER = re.compile(r"(?:payload = (?:payload_type\()?(?:sink\.\w+\()?|return )(\d+)")
_HANDED = re.compile(r"\bsink(?:\.template (pure)<\d+>|\.(mixed))?\((payload\b)?")
_TREES = re.compile(r"n_trees\(\) \{ return (\d+);")
_APART = re.compile(r"EMLEARN_APART(_NEAR)?\(")
_CLASSES = re.compile(r"entries_format<(\d+)")

#: These kernels have the trees in a function that they share.
_SHARING = {"classify_entries", "entry_probabilities"}


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
    """What the generated trees in these declarations have; `kernels` are those of the calls that are given them, each of which has a copy,
    and `x` is the type of a feature.

    Names that begin with a chip count its bytes; of these ``total`` is what the lines take as they stand.
    """
    found: Counter[str] = Counter()
    texts = bodies(declarations)
    if not texts:
        return found
    trees, classes = (sum(map(int, pattern.findall(declarations))) for pattern in (_TREES, _CLASSES))
    kind = "one tree" if trees == 1 else _kept(texts)
    copies = max(1, len(kernels) - (set(kernels) >= _SHARING))
    handed = Counter({"trees": trees})
    for text in texts:
        lines = text.splitlines()
        known, loaded = known_on(lines)
        handed += Counter({"leaves": known.pop("leaves", 0)}) + _handed(lines)
        for name, number in known.items():
            for key in (name, f"{name} {kind}", *(f"{name} {kernel}" for kernel in kernels)):
                found[key] += number
        for chip, isa in CHIPS.items():
            own = bytes_of(lines, x, isa)
            own["reload"] = sum(times * isa.load(SIZES.get(x, 4), column, x.startswith("int")) for column, times in loaded.items())
            for name, number in own.items():
                for key in (f"{chip}: {name}", *([] if name == "total" else [f"{chip}: {name} {x}", f"{chip}: {name} {kind}"])):
                    found[key] += copies * number
    for kernel in kernels or ("each",):
        for name, number in handed.items():
            found[name] += number
            found[f"{name} {kernel}"] += number
        found[f"classes {kernel}"] += classes
    return +found


def _kept(texts: Sequence[str]) -> str:
    """How trees are kept apart: everywhere, where branches would become long, or nowhere."""
    marks = {mark for text in texts for mark in _APART.findall(text)}
    return "apart" if "" in marks else "near" if marks else "followed"


def _handed(lines: Sequence[str]) -> Counter[str]:
    """The places where an answer is handed on, that of one leaf or of several, and the looks at whether the class is decided."""
    found: Counter[str] = Counter()
    for line in lines:
        if handed := _HANDED.search(line):
            found["shared answer" if handed[2] or handed[3] else "one answer"] += 1
        found["decided"] += "decided" in line
    return found
