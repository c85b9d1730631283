"""From builds to a calibration: which terms bring which library members, and what each adds to the code.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
from emlearn.report import estimate
from emlearn.report.terms import Unit
from estimate_samples import Sample
from fit_members import members_of, ram_of, tables_of

#: Parts of the models that are left aside in turn.
FOLDS = 2

#: The fewest cases that speak for a family's errors.
FEW = 20

#: Standard deviations in bytes: of what terms do not tell, and that as a share of the code, which is more in generated trees; of families
#: and of what terms tell together; of what a name adds, and a limit that a number exceeds.
NOISE, SHARE, GENERATED, BIAS, AMPLITUDE = 5.0, 0.01, 0.03, 300.0, 200.0
NAME, LIMIT = 30.0, 8.0

#: Of what a kernel adds where a unit before has it already: less than nothing, as they share it.
AGAIN = 60.0

#: Of what each of :attr:`Unit.nodes` adds, by its first word; of bytes as they stand how many more or less they are, as a share.
LINES = {"trees": 4.0, "leaves": 4.0, "one": 4.0, "shared": 4.0, "decided": 6.0, "classes": 10.0} | dict.fromkeys(
    ("settled", "skipped", "places"), 10.0
)
MORE = 0.2


#: Errors in parts of the promise, before they are known.
OFF = {kind: [1.0, 1.0] for kind in estimate.KINDS}


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


def fit(chip: str, samples: Sequence[Sample], described: dict[str, Any], pool: Executor) -> dict[str, Any]:
    """A target's calibration, with errors on models that were left aside."""
    errors = defaultdict(list)
    aside = [pool.submit(left_aside, chip, samples, described, fold) for fold in range(FOLDS)]
    known = pool.submit(_fit, chip, samples, described).result()
    for family, kind, error in (one for part in aside for one in part.result()):
        errors[family, kind].append(error)
        errors["", kind].append(error)
    for name, family in known["families"].items():
        for kind in estimate.KINDS:  # where a family has few, those of all families tell
            seen = errors[name, kind] if len(errors[name, kind]) >= FEW else errors["", kind]
            if seen:
                family["off"] = {**family["off"], kind: [round(float(np.quantile(seen, 0.95)), 3), round(max(seen), 3)]}
    # For code that was never built: all that a model's code and library ever had.
    known["largest"] = max(sample.flash - sum(size for unit in sample.units for _, size in unit.tables) for sample in samples)
    return known


def left_aside(chip: str, samples: Sequence[Sample], described: dict[str, Any], fold: int) -> list[tuple[str, str, float]]:
    """(family, which of the KINDS, error of flash in parts of the promise), by a calibration without this part of the models."""
    groups = sorted({sample.group for sample in samples})
    fold_of = dict(zip(groups, np.random.default_rng(0).permutation(len(groups)) % FOLDS))
    part = _fit(chip, [sample for sample in samples if fold_of[sample.group] != fold], described)
    told = []
    for sample in samples:
        if fold_of[sample.group] == fold:
            found = estimate.add_up(part, described, sample.units)
            told.append((sample.family, found.kind, abs(found.flash - sample.flash) / estimate.promise(sample.flash)))
    return told


def _fit(chip: str, samples: Sequence[Sample], described: dict[str, Any]) -> dict[str, Any]:
    sizes: dict[str, Counter[int]] = defaultdict(Counter)
    for sample in samples:
        for name, size in sample.members.items():
            sizes[name][size] += 1
    members = {name: {"flash": sizes[name].most_common(1)[0][0], "ram": 0} for name in sorted(sizes)}
    for name, ram in ram_of(samples, sorted(sizes)).items():
        members[name]["ram"] = ram
    known: dict[str, Any] = {"members": members, "families": {}, "nodes": [], "largest": 0}
    codes, known["nodes"], known["again"] = _process(chip, samples, described)
    owners = members_of(samples)
    for name, code in codes.items():
        known["families"][name] = {"members": owners.get(name, []), "tables": tables_of(samples, name), "off": OFF, **code}
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


def _process(chip: str, samples: Sequence[Sample], described: dict[str, Any]) -> tuple[dict[str, Any], list[float], dict[str, float]]:
    """A Gaussian process over all samples, each of which is the sum of its units: per family the weights of its builds, the bytes of each
    of :attr:`Unit.nodes`, and what a kernel adds where several units name it. Generated trees have what their lines take, more or less.
    """
    names, families = described["nodes"], described["families"]
    nodes = np.array([[sum(unit.nodes[name] for unit in sample.units) for name in names] for sample in samples], dtype=float)
    code = np.array([float(sample.code) for sample in samples])
    scales = np.array([_scale(name, chip) for name in names])
    as_they_stand = np.array([float(name == f"{chip}: total") for name in names])
    shares = np.where(nodes.any(axis=1), GENERATED, SHARE)
    covariance = (nodes * scales**2) @ nodes.T + np.diag(NOISE**2 + (shares * code) ** 2)
    kernels = sorted({name for sample in samples for name in estimate.repeated(sample.units)})
    again = np.array([[estimate.repeated(sample.units)[name] for name in kernels] for sample in samples], dtype=float)
    covariance += AGAIN**2 * again @ again.T
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
    found = np.linalg.solve(covariance, code - nodes @ as_they_stand)
    codes = {}
    for family, (count, rows, adds) in counts.items():
        if count.any():
            own = count.T @ found
            codes[family] = {
                "mean": round(BIAS**2 * float(own.sum()), 1),
                "each": [round(value, 1) for value in (adds * (rows.T @ own)).tolist()],
                "weights": [round(AMPLITUDE**2 * value, 1) if used else None for value, used in zip(own.tolist(), count.any(axis=0))],
            }
    shared = {name: round(float(bytes_), 1) for name, bytes_ in zip(kernels, AGAIN**2 * (again.T @ found))}
    return codes, [round(float(each), 4) for each in as_they_stand + scales**2 * (nodes.T @ found)], shared


def _scale(name: str, chip: str) -> float:
    """The standard deviation of what one of :attr:`Unit.nodes` adds on a chip."""
    own, colon, what = name.partition(": ")
    return LINES[name.split()[0]] if not colon else MORE if own == chip and what != "total" else 0.0


def _row(names: Sequence[str], unit: Unit) -> str:
    return "".join(map(str, estimate.digits(names, unit.terms).tolist()))
