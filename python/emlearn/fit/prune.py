"""Forests and trees for a budget of flash: fewer splits, fewer trees and shorter leaves, whichever together score best.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..compression.search import table_bytes
from ..registry import shortens
from .candidates import MOST_BUILDS, Candidate, Search, largest, merit
from .compressed import coarsest, with_thresholds
from .judged import Judge
from .pruned import Pruner
from .shorter import Members, members
from .voters import chooser

if TYPE_CHECKING:
    from ..model import Model

#: Bits of leaves that are tried besides those that the model has.
_BITS = (8, 4, 2, 1)

#: Shares of the trees that are kept.
_SHARES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.2, 0.15, 0.1, 0.06)


def prune(search: Search, model: Model) -> None:
    """Try what loses least; nothing where the estimator is no forest or decision tree.

    Tables are counted without a compiler; the code around them is taken for what it is in the model as it was given, for each width of
    leaves.
    """
    found = members(model.estimator, model.input.features(search.raw, model.record.fed), search.y, search.orders)
    if found is None or search.budget.flash is None:
        return
    candidates, coarse = [], coarsest(search, model)
    whole, voters = Pruner.of(found.trees), chooser(search, model, found, coarse)
    pruners = [whole.first(n) for n in _counts(len(found.trees))]
    if voters is not None:
        candidates += voters.candidates()
    for bits in _widths(model) if voters is None else _widths(model)[:-1]:  # one class per leaf is what voters have
        small = model.again(optimize="size", leaf_bits=bits)
        code = search.budget.measure(small, search.raw).flash - table_bytes(small)
        room = search.budget.flash - code
        judge = None if voters is None else voters.judge
        candidates += [
            made for pruner in pruners if (made := _fitting(search, model, found, pruner, bits, coarse, room, judge)) is not None
        ]
    candidates.sort(key=lambda candidate: -candidate.merit)
    for candidate in candidates[:MOST_BUILDS]:
        if search.try_(candidate.what, candidate.model):
            return


def _widths(model: Model) -> list[Any]:
    given = model.arguments["leaf_bits"]
    return [given, *_BITS] if given is None and shortens(model.record) else [given]


def _counts(n_trees: int) -> list[int]:
    return sorted({max(1, round(share * n_trees)) for share in _SHARES}, reverse=True)


def _fitting(
    search: Search, model: Model, found: Members, pruner: Pruner, bits: Any, coarse: int | None, room: float, judge: Judge | None
) -> Candidate | None:
    """The most splits whose tables take no more than `room`."""
    from ..convert import convert

    arguments = {**model.arguments, "optimize": "size", "leaf_bits": bits}

    def make(n: int) -> Model:
        whole = convert(found.put(pruner.keep(n)), **arguments)
        return whole if coarse is None else with_thresholds(whole, search.raw, coarse)

    best = largest(make, pruner.n_splits, room)
    if best is None:
        return None
    n, made = best
    of = f"{len(pruner.trees)} of {len(found.trees)} trees with {n:,} of {pruner.n_splits:,} splits"
    narrow = "" if coarse is None else f", thresholds in {coarse} bits"
    shorter = "" if bits == model.arguments["leaf_bits"] else f", leaf_bits={bits}"
    good = merit(made, model, search.raw, search.y) if judge is None else judge.of_pruned(len(pruner.trees), n, bits)
    return Candidate(made, f"optimize='size', {of}{narrow}{shorter}", good)
