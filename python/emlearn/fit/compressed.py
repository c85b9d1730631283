"""Trees compressed for a budget of flash: thresholds moved within their gaps; of boosted trees also fewer splits, and leaves of few values.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from ..compression.compressor import Compressor, Setting
from ..compression.search import split, table_bytes
from ..compression.trees import compressible
from ..families.ensembles.record import Boosted
from .candidates import MOST_BUILDS, Candidate, Search, largest, merit

if TYPE_CHECKING:
    from ..model import Model

#: Values of leaves, and bits of thresholds, that are tried.
_VALUES, _THRESHOLD_BITS = (64, 16, 8, 4), (16, 12, 8)

#: What thresholds of fewer bits may change of the answers.
_CHANGED = 0.01

#: Rows of `data` from which on some are left aside to judge by.
FEW_ROWS = 30


def move_thresholds(search: Search, model: Model) -> None:
    """Thresholds in fewer and fewer bits, as long as each stays in the gap that the rows leave it, so that no answer on them changes."""
    if search.met or not compressible(model):
        return
    before = model.predict(search.raw)
    for bits in _tried(model, search.raw):
        made = with_thresholds(model, search.raw, bits)
        if not np.array_equal(made.predict(search.raw), before):
            return
        if search.try_(f"optimize='size', thresholds in {bits} bits", made):
            return


def with_thresholds(model: Model, raw: np.ndarray, bits: int) -> Model:
    """The same trees with thresholds of so many bits, moved within the gaps of the rows where that is possible."""
    compressor = Compressor(model, raw)
    return compressor.make(Setting(compressor.n_splits, bits if bits < compressor.threshold_bits else None))


def coarsest(search: Search, model: Model) -> int | None:
    """The fewest bits of thresholds that change the answers of no more than a hundredth of rows that were left aside; None for all bits."""
    if not compressible(model) or len(search.raw) < FEW_ROWS:
        return None
    aside, found = split(len(search.raw)), None
    before = model.predict(search.raw[aside])
    for bits in _tried(model, search.raw[~aside]):
        after = with_thresholds(model, search.raw[~aside], bits).predict(search.raw[aside])
        if _changed(model, before, after) > _CHANGED:
            break
        found = bits
    return found


def _tried(model: Model, raw: np.ndarray) -> list[int]:
    has = Compressor(model, raw[:1]).threshold_bits
    return [bits for bits in _THRESHOLD_BITS if bits < has]


def _changed(model: Model, before: np.ndarray, after: np.ndarray) -> float:
    """The share of classes that change; of values 1 less the R^2 of the new ones against the old."""
    if model.record.task.kind == "classifier":
        return float(np.mean(before != after))
    return float(np.sum((before - after) ** 2) / (np.sum((before - np.mean(before)) ** 2) or 1.0))


def compress_to(search: Search, model: Model) -> None:
    """Try what loses least; nothing where the model is made of something else.

    Two thirds of the rows make the new trees, the others choose among them. Tables are counted without a compiler; the code around them is
    taken for what it is in one model that is built.
    """
    if search.budget.flash is None or not compressible(model):
        return
    aside = split(len(search.raw)) if len(search.raw) >= FEW_ROWS else None
    mine, judged = (search.raw, slice(None)) if aside is None else (search.raw[~aside], aside)
    compressor = Compressor(model, mine)
    if not isinstance(compressor.trees, Boosted) or compressor.n_splits == 0:
        return
    whole = compressor.make(Setting(compressor.n_splits, None, _VALUES[0]))
    room = search.budget.flash - (search.budget.measure(whole, search.raw).flash - table_bytes(whole))
    candidates = []
    for bits in (None, *[bits for bits in _THRESHOLD_BITS if bits < compressor.threshold_bits]):
        for values in _VALUES:
            setting = Setting(compressor.n_splits, bits, values)
            found = largest(functools.partial(_pruned, compressor, setting), compressor.n_splits, room)
            if found is not None:
                n, made = found
                what = compressor.describe(dataclasses.replace(setting, splits=n))
                candidates.append(Candidate(made, f"optimize='size', {what}", merit(made, model, search.raw[judged], search.y[judged])))
    candidates.sort(key=lambda candidate: -candidate.merit)
    for candidate in candidates[:MOST_BUILDS]:
        if search.try_(candidate.what, candidate.model):
            return


def _pruned(compressor: Compressor, setting: Setting, n_splits: int) -> Model:
    return compressor.make(dataclasses.replace(setting, splits=n_splits))
