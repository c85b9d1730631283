"""From builds to a calibration: which terms bring which library members, and what each adds to the code.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from emlearn.report import estimate
from emlearn.report.terms import Unit

#: Parts of the models that are left aside in turn.
FOLDS = 5

#: The fewest cases that speak for a name, and that speak for a family's errors.
SUPPORT, FEW = 3, 20

#: Standard deviations in bytes: of what terms do not tell, and that as a share of the code; of families and of what terms tell together; of
#: what a name adds, and a limit that a number exceeds; of what a line of a generated tree adds, and handing its answer on.
NOISE, SHARE, BIAS, AMPLITUDE = 5.0, 0.01, 300.0, 200.0
NAME, LIMIT, LINE, SINK = 30.0, 8.0, 10.0, 30.0


#: Errors in parts of the promise, before they are known.
OFF = {kind: [1.0, 1.0] for kind in estimate.KINDS}


@dataclasses.dataclass(frozen=True)
class Sample:
    """One firmware that was built.

    Attributes
    ----------
    group : tuple of (str, int)
        Family and number of the model; validation keeps its builds together.
    code, flash, ram : int
    stack : int or None
    members : dict of str to int
        Bytes of what was dragged in.
    linked : tuple of str
        Tables that the linker kept.
    units : tuple of Unit
    """

    group: tuple[str, int]
    code: int
    flash: int
    ram: int
    stack: int | None
    members: dict[str, int]
    linked: tuple[str, ...]
    units: tuple[Unit, ...]

    @property
    def family(self) -> str:
        return self.units[-1].family


def describe(samples: Sequence[Sample]) -> dict[str, Any]:
    """Per family what its builds differ in, and a line of digits for each different one; what generated trees have."""
    units: dict[str, list[Unit]] = defaultdict(list)
    for sample in samples:
        for unit in sample.units:
            units[unit.family].append(unit)
    families = {family: _described(units[family]) for family in sorted(units)}
    return {"families": families, "nodes": sorted({name for own in units.values() for unit in own for name in unit.nodes})}


def _described(units: Sequence[Unit]) -> dict[str, Any]:
    """Terms that no build tells apart are one, with the weight of all and the shortest name."""
    names = sorted({term for unit in units for term in unit.terms}, key=lambda name: (len(name), name))
    rows = np.array([estimate.digits(names, unit.terms) for unit in units], dtype=np.int8)
    _, first, where = np.unique(rows, axis=1, return_index=True, return_inverse=True)
    weights = np.bincount(where.ravel(), [estimate.weight_of(name) for name in names])
    order = np.argsort(first)
    terms = [names[place] for place in first[order]]
    return {
        "names": sorted({name for unit in units for name in unit.names}),
        "terms": terms,
        "weights": [round(float(weight), 1) for weight in weights[order]],
        "builds": sorted({_row(terms, unit) for unit in units}),
    }


def fit(samples: Sequence[Sample], described: dict[str, Any]) -> dict[str, Any]:
    """A target's calibration, with errors on models that were left aside."""
    known, errors = _fit(samples, described), defaultdict(list)
    for family, kind, error, sample in left_aside(samples, described):
        errors[family, kind].append(abs(error) / estimate.promise(sample.flash))
        errors["", kind].append(errors[family, kind][-1])
    for name, family in known["families"].items():
        for kind in estimate.KINDS:  # where a family has few, those of all families tell
            seen = errors[name, kind] if len(errors[name, kind]) >= FEW else errors["", kind]
            if seen:
                family["off"] = {**family["off"], kind: [round(float(np.quantile(seen, 0.95)), 3), round(max(seen), 3)]}
    # For code that was never built: all that a model's code and library ever had.
    known["largest"] = max(sample.flash - sum(size for unit in sample.units for _, size in unit.tables) for sample in samples)
    return known


def left_aside(samples: Sequence[Sample], described: dict[str, Any]) -> Iterator[tuple[str, str, int, Sample]]:
    """(family, which of the KINDS, error of flash, sample), each by a calibration without a fifth of the models."""
    groups = sorted({sample.group for sample in samples})
    fold_of = dict(zip(groups, np.random.default_rng(0).permutation(len(groups)) % FOLDS))
    for fold in range(FOLDS):
        part = _fit([sample for sample in samples if fold_of[sample.group] != fold], described)
        for sample in samples:
            if fold_of[sample.group] == fold:
                found = estimate.add_up(part, described, sample.units)
                yield sample.family, found.kind, found.flash - sample.flash, sample


def _fit(samples: Sequence[Sample], described: dict[str, Any]) -> dict[str, Any]:
    sizes: dict[str, Counter[int]] = defaultdict(Counter)
    for sample in samples:
        for name, size in sample.members.items():
            sizes[name][size] += 1
    members = {name: {"flash": sizes[name].most_common(1)[0][0], "ram": 0} for name in sorted(sizes)}
    for name, ram in _ram(samples, sorted(sizes)).items():
        members[name]["ram"] = ram
    known: dict[str, Any] = {"members": members, "families": {}, "nodes": [], "largest": 0}
    codes, known["nodes"] = _process(samples, described)
    owners = _members(samples)
    for name, code in codes.items():
        own = [sample for sample in samples if sample.family == name]  # none of those that are only ever parts of others
        known["families"][name] = {"members": owners.get(name, []), "tables": _tables(own), "off": OFF, **code}
    for name in sorted(codes, key=lambda name: (name == "compose", name)):  # it needs the others'
        known["families"][name]["stack"] = _stack(known["families"], [sample for sample in samples if sample.family == name])
    return known


def _stack(families: dict[str, Any], samples: Sequence[Sample]) -> int:
    """The most that the last unit of these samples takes beside its arrays and the units before it."""
    most = 0
    for sample in samples:
        inner = sum(families[unit.family].get("stack", 0) for unit in sample.units[:-1])
        most = max(most, (sample.stack or 0) - sum(unit.arrays for unit in sample.units) - inner)
    return most


def _process(samples: Sequence[Sample], described: dict[str, Any]) -> tuple[dict[str, Any], list[float]]:
    """A Gaussian process over all samples, each of which is the sum of its units: per family the weights of its builds, and the bytes of
    each of :attr:`Unit.nodes`.
    """
    names, families = described["nodes"], described["families"]
    nodes = np.array([[sum(unit.nodes[name] for unit in sample.units) for name in names] for sample in samples], dtype=float)
    code = np.array([float(sample.code) for sample in samples])
    scales = np.array([SINK if name.startswith("sink") else LINE for name in names])
    covariance = (nodes * scales**2) @ nodes.T + np.diag(NOISE**2 + (SHARE * code) ** 2)
    counts: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
    for family, about in families.items():
        place = {row: number for number, row in enumerate(about["builds"])}
        count = np.zeros((len(samples), len(place)))
        for number, sample in enumerate(samples):
            for unit in sample.units:
                if unit.family == family:
                    count[number, place[_row(about["terms"], unit)]] += 1
        rows = np.array([list(map(int, row)) for row in place], dtype=float)
        weights = np.array(about["weights"])
        gaps = np.stack([np.abs(rows - row) @ weights for row in rows])
        adds = np.array([NAME if estimate.weight_of(name) == 1 else LIMIT for name in about["terms"]]) ** 2
        counts[family] = count, rows, adds
        covariance += count @ (BIAS**2 + AMPLITUDE**2 * np.exp(-gaps / estimate.REACH) + (rows * adds) @ rows.T) @ count.T
    found = np.linalg.solve(covariance, code)
    codes = {}
    for family, (count, rows, adds) in counts.items():
        if count.any():
            own = count.T @ found
            codes[family] = {
                "mean": round(BIAS**2 * float(own.sum()), 1),
                "each": [round(value, 1) for value in (adds * (rows.T @ own)).tolist()],
                "weights": [round(AMPLITUDE**2 * value, 1) if used else None for value, used in zip(own.tolist(), count.any(axis=0))],
            }
    return codes, [round(float(each), 3) for each in scales**2 * (nodes.T @ found)]


def _row(names: Sequence[str], unit: Unit) -> str:
    return "".join(map(str, estimate.digits(names, unit.terms).tolist()))


def _members(samples: Sequence[Sample]) -> dict[str, list[list[Any]]]:
    """Per family the library members that come and go together, and the tree that tells when.

    Where a firmware has several units, those are held to bring a member that have a name which no firmware without it has.
    """
    groups: dict[tuple[bool, ...], list[str]] = defaultdict(list)
    for name in sorted({name for sample in samples for name in sample.members}):
        groups[tuple(name in sample.members for sample in samples)].append(name)
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for seen, names in groups.items():
        without = {term for sample, there in zip(samples, seen) if not there for unit in sample.units for term in unit.terms}
        told: dict[str, list[tuple[Counter[str], bool]]] = defaultdict(list)
        for sample, there in zip(samples, seen):
            owners = [unit for unit in sample.units if any(" > " not in term and term not in without for term in unit.terms)]
            for unit in (owners or sample.units[-1:]) if there else sample.units:
                told[unit.family].append((unit.terms, there))
        for family, cases in told.items():
            if any(there for _, there in cases):
                found[family].append([names, _tree([terms for terms, _ in cases], [there for _, there in cases])])
    return found


def _ram(samples: Sequence[Sample], names: Sequence[str]) -> dict[str, int]:
    """Static variables by the members that come and go with them."""
    left, result = {id(sample): sample.ram for sample in samples}, {}
    while any(value > 0 for value in left.values()):
        owners = {}
        for name in names:
            own = [left[id(sample)] for sample in samples if name in sample.members]
            if name not in result and own and min(own) > 0:
                owners[name] = min(own)
        if not owners:
            break
        best = max(owners, key=lambda name: sum(name in sample.members for sample in samples))
        result[best] = owners[best]
        for sample in samples:
            if best in sample.members:
                left[id(sample)] -= owners[best]
    return result


def _tables(samples: Sequence[Sample]) -> dict[str, Any]:
    """When each kind of table is linked, where that is not always."""
    seen: dict[str, list[tuple[Counter[str], bool]]] = defaultdict(list)
    for sample in samples:
        if len(sample.units) == 1:  # parts may have tables of the same name
            for name, _ in sample.units[0].tables:
                seen[estimate.table_kind(name)].append((sample.units[0].terms, name in sample.linked))
    return {
        kind: _tree([terms for terms, _ in cases], [linked for _, linked in cases])
        for kind, cases in seen.items()
        if not all(linked for _, linked in cases)
    }


def _tree(cases: Sequence[Counter[str]], wanted: Sequence[bool]) -> Any:
    """A decision tree over the counts of terms, as :func:`emlearn.report.estimate.decide` takes it.

    First the names of the library that are enough by themselves, such as an activation's; for the other cases names and small numbers, or
    else all terms.
    """
    terms = sorted({term for terms in cases for term in terms}, key=lambda term: (len(term), term))
    names = [term for term in terms if " > " not in term]
    enough = _enough([name for name in names if "::" in name], cases, wanted)
    left = [number for number, terms in enumerate(cases) if not any(name in terms for name in enough)]
    truth = np.array([wanted[number] for number in left], dtype=bool)
    small = [term for term in terms if term.endswith((" > 0", " > 1", "power of two"))]
    tree: Any = False
    for chosen in ([*names, *small], [*names, *small, *(term for term in terms if " > " in term and term not in small)]):
        if len(left):
            tree = _grow(chosen, np.array([[cases[number][name] for name in chosen] for number in left]), truth)
        if all(estimate.decide(tree, cases[number]) == wanted[number] for number in left):
            break
    for name in reversed(enough):
        tree = [name, 0, tree, True]
    return tree


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


def _grow(names: Sequence[str], counts: np.ndarray, wanted: np.ndarray) -> Any:
    """By the largest fall of the Gini impurity, the first of equals; `counts` are of shape (n_cases, n_names)."""
    yes, cases = int(np.count_nonzero(wanted)), len(wanted)
    if yes in (0, cases):
        return bool(yes)
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
    left, column, limit = best
    if left > 2.0 * yes * (cases - yes) / cases - 1e-9:
        return bool(2 * yes > cases)
    more = counts[:, column] > limit
    return [names[column], limit, _grow(names, counts[~more], wanted[~more]), _grow(names, counts[more], wanted[more])]
