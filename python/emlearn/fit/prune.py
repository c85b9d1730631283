"""Forests and trees for a budget of flash: fewer splits, fewer trees and shorter leaves, whichever together score best.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from ..registry import shortens
from .candidates import Search, score
from .pruned import Pruner
from .shorter import Members, members, truth

if TYPE_CHECKING:
    from ..model import Model

#: Bits of leaves that are tried besides those that the model has.
_BITS = (8, 4, 2, 1)

#: Shares of the trees that are kept.
_SHARES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.2, 0.15, 0.1, 0.06)

#: Of one comparison and its jump in generated code.
_CODE_BYTES = 8

#: A lead of this part of all probability counts three quarters of a hit.
_STEEP = 5.0

#: Candidates that are built, best score first, until one meets the budget.
_MOST_BUILDS = 6


@dataclasses.dataclass(frozen=True)
class _Candidate:
    """A smaller model, what was done for it, and how good it is."""

    model: Model
    what: str
    merit: float


def prune(search: Search, model: Model) -> None:
    """Try what loses least; nothing where the estimator is no forest or decision tree.

    Tables are counted without a compiler; the code around them is taken for what it is in the model as it was given, for each width of
    leaves.
    """
    found = members(model.estimator, model.input.features(search.raw, model.record.fed), search.y)
    if found is None or search.budget.flash is None:
        return
    candidates = []
    pruners = [Pruner.of(found.trees[:n]) for n in _counts(len(found.trees))]
    for bits in _widths(model):
        small = model.again(optimize="size", leaf_bits=bits)
        code = search.budget.measure(small, search.raw).flash - _size(small)
        room = search.budget.flash - code
        candidates += [made for pruner in pruners if (made := _largest(search, model, found, pruner, bits, room)) is not None]
    candidates.sort(key=lambda candidate: -candidate.merit)
    for candidate in candidates[:_MOST_BUILDS]:
        if search.try_(candidate.what, candidate.model):
            return


def _widths(model: Model) -> list[Any]:
    given = model.arguments["leaf_bits"]
    return [given, *_BITS] if given is None and shortens(model.record) else [given]


def _merit(model: Model, search: Search) -> float:
    """What few rows tell better than a score does: by how much the right class is ahead, near misses and near hits counted in part.

    Of values minus the mean squared error; of several outputs the score.
    """
    expected = truth(model.estimator, search.y)
    if expected is None or model.record.task.n_outputs > 1:
        return score(model, search.raw, search.y)
    if model.record.task.kind != "classifier":
        return -float(np.mean((model.predict(search.raw).reshape(expected.shape) - expected) ** 2))
    found = model.predict_proba(search.raw)
    right = np.sum(found * expected, axis=1)
    return float(np.mean(np.tanh(_STEEP * (right - np.max(np.where(expected > 0, -1.0, found), axis=1)))))


def _size(model: Model) -> int:
    """Bytes of the tables; of generated code, which has none, about those of its comparisons."""
    return model.report().total_bytes or _CODE_BYTES * int(getattr(model.record, "n_nodes", 0))


def _counts(n_trees: int) -> list[int]:
    return sorted({max(1, round(share * n_trees)) for share in _SHARES}, reverse=True)


def _largest(search: Search, model: Model, found: Members, pruner: Pruner, bits: Any, room: float) -> _Candidate | None:
    """The most splits whose tables take no more than `room`, by bisection: fewer splits hardly ever take more."""
    from ..convert import convert

    arguments = {**model.arguments, "optimize": "size", "leaf_bits": bits}
    low, high, best = 0, pruner.n_splits + 1, None
    step = max(1, pruner.n_splits // 200)
    while high - low > step:
        n = pruner.n_splits if best is None and high > pruner.n_splits else (low + high) // 2
        made = convert(found.put(pruner.keep(n)), **arguments)
        if _size(made) <= room:
            low, best = n, made
        else:
            high = n
        if low == pruner.n_splits:
            break
    if best is None or low == 0:
        return None
    of = f"{len(pruner.trees)} of {len(found.trees)} trees with {low:,} of {pruner.n_splits:,} splits"
    shorter = "" if bits == model.arguments["leaf_bits"] else f", leaf_bits={bits}"
    return _Candidate(best, f"optimize='size', {of}{shorter}", _merit(best, search))
