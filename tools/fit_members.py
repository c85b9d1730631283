"""From builds to decision trees over terms: which library members a unit drags in, and which of its tables are linked.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from emlearn.report import estimate
from estimate_samples import Sample
from scipy.optimize import nnls

#: The fewest cases that speak for a name.
SUPPORT = 3

#: The fewest cases that speak against a kernel.
MANY = 20

#: Kernels are asked for rather than other names, and those rather than limits, where they tell this share of what the best term does:
#: which functions are called is a reason, which numbers there are often chance.
FORMER = 0.6


def members_of(samples: Sequence[Sample]) -> dict[str, list[list[Any]]]:
    """Per family the library members that come and go together, and the tree that tells when.

    Firmwares of one unit tell first, and those without a member, which none of their units brings. Where a firmware of several units has
    a member that none of them is known to bring, those are held to do so that have a name which no firmware without it has.
    """
    groups: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    for name in sorted({name for sample in samples for name in sample.members}):
        groups[tuple(name in sample.members for sample in samples)].append(name)
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for seen, names in groups.items():
        told: dict[str, list[tuple[Counter[str], bool]]] = defaultdict(list)
        for sample, there in zip(samples, seen):
            for unit in sample.units if not there or len(sample.units) == 1 else ():
                told[unit.family].append((unit.terms, there))
        trees = {family: _tree(*zip(*cases)) for family, cases in told.items() if any(there for _, there in cases)}
        without = {term for sample, there in zip(samples, seen) if not there for unit in sample.units for term in unit.terms}
        changed = set()
        for sample, there in zip(samples, seen):
            if there and len(sample.units) > 1:
                if any(estimate.decide(trees.get(unit.family, False), unit.terms) for unit in sample.units):
                    continue
                owners = [unit for unit in sample.units if any(" > " not in term and term not in without for term in unit.terms)]
                likely = [unit for unit in sample.units if unit.family in trees]
                for unit in owners or likely or sample.units[-1:]:
                    told[unit.family].append((unit.terms, True))
                    changed.add(unit.family)
        trees |= {family: _tree(*zip(*told[family])) for family in sorted(changed)}
        for family, tree in trees.items():
            found[family].append([names, tree])
    return found


def ram_of(samples: Sequence[Sample], names: Sequence[str]) -> dict[str, int]:
    """Static variables of the members that have some: those whose sums are what the firmwares have."""
    rows = np.unique([[*(name in sample.members for name in names), sample.ram] for sample in samples], axis=0).astype(float)
    found, _ = nnls(rows[:, :-1], rows[:, -1])
    return {name: round(float(bytes_)) for name, bytes_ in zip(names, found) if bytes_ > 0.5}


def tables_of(samples: Sequence[Sample], family: str) -> dict[str, Any]:
    """When each kind of a family's tables is linked, where that is not always: the largest that was left out, and the tree that tells.

    Where units of one firmware have tables of the same name and some are linked, those units tell that have the same terms.
    """
    seen: dict[str, list[tuple[Counter[str], bool, int]]] = defaultdict(list)
    for sample in samples:
        for unit in sample.units:
            for name, size in unit.tables if unit.family == family else ():
                alike = all(other.terms == unit.terms for other in sample.units if any(name == own for own, _ in other.tables))
                if alike or name not in sample.linked:
                    seen[estimate.table_kind(name)].append((unit.terms, name in sample.linked, size))
    return {
        kind: [
            max(size for _, linked, size in cases if not linked),
            _tree([terms for terms, _, _ in cases], [linked for _, linked, _ in cases]),
        ]
        for kind, cases in seen.items()
        if not all(linked for _, linked, _ in cases)
    }


def _tree(cases: Sequence[Counter[str]], wanted: Sequence[bool]) -> Any:
    """A decision tree over the counts of terms, as :func:`emlearn.report.estimate.decide` takes it.

    First the names of the library that are enough by themselves, such as an activation's, and the kernels that often stand where nothing
    is wanted, and nowhere else.
    """
    terms = sorted({term for terms in cases for term in terms}, key=lambda term: (len(term), term))
    names = [term for term in terms if " > " not in term]
    enough = _enough([name for name in names if "::" in name], cases, wanted)
    left = [number for number, terms in enumerate(cases) if not any(name in terms for name in enough)]
    never = [name for name in names if _kind(name) == 0 and _is_in_vain([wanted[number] for number in left if name in cases[number]])]
    truth = np.array([wanted[number] for number in left], dtype=bool)
    tree: Any = False
    if left:
        kinds = [chosen for kind in range(3) if (chosen := [name for name in terms if _kind(name) == kind])]
        tree = _grow([(chosen, np.array([[cases[number][name] for name in chosen] for number in left])) for chosen in kinds], truth)
    brought = {name for number in left if wanted[number] for name in cases[number] if _kind(name) == 0}
    seldom = sorted(name for name in brought if sum(name in cases[number] for number in left) < MANY)
    told = tree
    for name in reversed(never if tree else []):
        told = [name, 0, told, False]
    for name in seldom if never else []:  # what few builds had may bring it beside any other kernel
        told = [name, 0, told, tree]
    tree = told
    for name in reversed(enough):
        tree = [name, 0, tree, True]
    return tree


def _kind(name: str) -> int:
    """0 of kernels, 1 of other names and of small numbers, 2 of the other limits."""
    if "::" in name and "<" not in name and " " not in name:
        return 0
    return 1 if " > " not in name or name.endswith((" > 0", " > 1", "power of two")) else 2


def _is_in_vain(wanted: Sequence[bool]) -> bool:
    """Whether these are many cases, none of which is wanted."""
    return len(wanted) >= MANY and not any(wanted)


def _enough(names: Sequence[str], cases: Sequence[Counter[str]], wanted: Sequence[bool]) -> list[str]:
    """Names that occur in wanted cases only, each in several that the ones before leave over."""
    left = {number for number, there in enumerate(wanted) if there}
    holders = {name: {number for number, terms in enumerate(cases) if name in terms} for name in names}
    pure, chosen = {name: held for name, held in holders.items() if held <= left}, []
    while pure:
        best = max(pure, key=lambda name: len(pure[name] & left))
        if len(pure[best] & left) < SUPPORT:
            break
        chosen.append(best)
        left = left - pure[best]
    return chosen


def _grow(kinds: Sequence[tuple[Sequence[str], np.ndarray]], wanted: np.ndarray) -> Any:
    """By the largest fall of the Gini impurity, the first of equals; `kinds` have names, and counts of shape (n_cases, n_names)."""
    yes, cases = int(np.count_nonzero(wanted)), len(wanted)
    if yes in (0, cases):
        return bool(yes)
    whole = 2.0 * yes * (cases - yes) / cases
    found = [_best(counts, wanted) for _, counts in kinds]
    most = whole - min(left for left, _, _ in found)
    if most < 1e-9:
        return bool(2 * yes > cases)
    kind, (_, column, limit) = next(one for one in enumerate(found) if whole - one[1][0] >= FORMER * most)
    names, counts = kinds[kind]
    more = counts[:, column] > limit
    fewer, others = (_grow([(own, counts[part]) for own, counts in kinds], wanted[part]) for part in (~more, more))
    return [names[column], limit, fewer, others]


def _best(counts: np.ndarray, wanted: np.ndarray) -> tuple[float, int, int]:
    """(impurity that is left, column, limit)."""
    yes, cases = int(np.count_nonzero(wanted)), len(wanted)
    best: tuple[float, int, int] | None = None
    for limit in range(estimate.MOST):
        more = counts > limit
        many, hits = more.sum(axis=0), more[wanted].sum(axis=0)
        few, misses = cases - many, yes - hits
        inside = 2.0 * hits * (many - hits) / np.maximum(many, 1) + 2.0 * misses * (few - misses) / np.maximum(few, 1)
        column = int(np.argmin(inside))
        if best is None or inside[column] < best[0] - 1e-9:
            best = (float(inside[column]), column, limit)
    assert best is not None
    return best
