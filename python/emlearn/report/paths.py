"""What is known on the ways through generated trees: features that were loaded already, and questions of the next tree that are settled.

A compiler keeps the ones in registers, and goes from a leaf on to where the others lead, which takes copies of the code between.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from .layout import COMPARED, JUMP, LABEL

_TREE = re.compile(r"goto (?:[ns](\d+)_|p(\d+))")

#: Beyond what any feature is; no line.
_FAR, _LEAF = 1 << 64, -1


@dataclasses.dataclass(frozen=True)
class _Question:
    """Whether a feature is greater than a threshold; the lines that the answers lead to."""

    feature: tuple[str, int]
    threshold: int
    greater: int
    others: int


#: What features may be, at least and at most.
_Known = Mapping[tuple[str, int], tuple[int, int]]


def known_on(lines: Sequence[str]) -> tuple[Counter[str], Counter[int]]:
    """How many leaves there are, and over all pairs of trees: how many of them settle the next tree's first question, how many questions
    they settle, and to how many places they lead. And how often a question is about each feature that one before it in its tree was.
    """
    found: Counter[str] = Counter()
    again: Counter[int] = Counter()
    roots, questions = _questions(lines)
    for root, following in zip(roots, [*roots[1:], _LEAF]):
        places: set[int] = set()
        stack: list[tuple[int, _Known]] = [(root, {})]
        while stack:
            line, known = stack.pop()
            if line in questions:
                question = questions[line]
                again[question.feature[1]] += question.feature in known
                stack += [(question.greater, _cut(known, question, True)), (question.others, _cut(known, question, False))]
                continue
            found["leaves"] += 1
            place, settled = _followed(following, questions, known)
            if settled:
                places.add(place)
                found["settled"] += 1
                found["skipped"] += settled
        found["places"] += len(places)
    return found, again


def _questions(lines: Sequence[str]) -> tuple[list[int], dict[int, _Question]]:
    """The lines of the trees' first questions, and all questions by their lines."""
    places = {label[1]: number for number, line in enumerate(lines) if (label := LABEL.match(line))}
    bodies = [LABEL.sub("", line).strip() for line in lines]
    behind, last = [0] * len(lines), _LEAF
    for number in reversed(range(len(lines))):
        behind[number] = last
        last = number if bodies[number] else last
    roots: list[int] = []
    questions: dict[int, _Question] = {}
    before: str | None = None  # the tree, which jumps name where several stand in one function
    for number, body in enumerate(bodies):
        asked, jump = COMPARED.search(body), JUMP.search(body)
        if not (body.startswith("if (") and asked):
            continue
        named = _TREE.search(body)
        tree = (named[1] or named[2]) if named else ""
        if tree != before:
            roots.append(number)
            before = tree
        place = places.get(jump[1], _LEAF) if jump and "payload" not in body else _LEAF
        there = place if place == _LEAF or bodies[place] else behind[place]
        how, column, relation, constant = asked.groups()
        threshold = int(constant) - (relation in (">=", "<"))
        ways = (there, behind[number]) if relation[0] == ">" else (behind[number], there)
        questions[number] = _Question((how, int(column)), threshold, *ways)
    return roots, questions


def _cut(known: _Known, question: _Question, greater: bool) -> _Known:
    least, most = known.get(question.feature, (-_FAR, _FAR))
    limits = (max(least, question.threshold + 1), most) if greater else (least, min(most, question.threshold))
    return {**known, question.feature: limits}


def _followed(line: int, questions: Mapping[int, _Question], known: _Known) -> tuple[int, int]:
    """Where what is known leads from a line, and how many questions it settles on the way."""
    settled = 0
    while line in questions:
        question = questions[line]
        least, most = known.get(question.feature, (-_FAR, _FAR))
        if least <= question.threshold < most:
            break
        line, settled = question.greater if least > question.threshold else question.others, settled + 1
    return line, settled
