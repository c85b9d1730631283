"""Smaller trees from given ones: fewer splits, thresholds in fewer bits, leaves of fewer values; what is lost is made good by the rest.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from ..families.ensembles.compressed import CompressedTrees, sums
from ..families.ensembles.record import Boosted
from ..families.trees.record import Forest
from .leaves import Round, codebook, nearest, refit, simplex, to_shares
from .prune import Order, ends, order
from .rows import Rows, follow
from .thresholds import coarser, shift_for
from .trees import cut, shared, spread, training_weight, trees_of
from .worst import farthest

if TYPE_CHECKING:
    from ..model import Model


@dataclasses.dataclass(frozen=True)
class Setting:
    """How small.

    Attributes
    ----------
    splits : int
        At most about so many stay.
    threshold_bits : int or None
        Thresholds are multiples of the power of two with which so many bits hold them all; None leaves them where they are.
    values : int or None
        Leaves of boosted trees have so many values at most; shares of a forest's classes are multiples of ``1 / (values - 1)``.
    """

    splits: int
    threshold_bits: int | None = None
    values: int | None = None


class Compressor:
    """The trees of a model, and the rows whose answers are to stay.

    Parameters
    ----------
    model : Model
    raw : ndarray of shape (n_samples, n_features)
        Rows as :meth:`emlearn.inputs.Input.check` gives them.
    """

    def __init__(self, model: Model, raw: np.ndarray) -> None:
        self.model = model
        self.trees = spread(trees_of(model))
        self.rows = Rows.of(self.trees, raw)
        self.target = sums(self.trees, follow(self.trees, self.rows).leaf)

    @property
    def n_splits(self) -> int:
        return self.trees.n_nodes

    @functools.cached_property
    def threshold_bits(self) -> int:
        """Bits that hold all thresholds as they are, from the least on."""
        return int(np.ptp(self.trees.threshold)).bit_length() if self.n_splits else 0

    @functools.cached_property
    def _order(self) -> Order:
        return order(self.trees, self.trees.leaves, training_weight(self.trees))

    def make(self, setting: Setting) -> Model:
        """The model of the smaller trees, for ``optimize="size"``."""
        from ..convert import convert

        made = shared(self._fitted(setting))
        arguments = {**self.model.arguments, "input_scale": 1, "input_offset": 0, "optimize": "size"}
        if isinstance(made, Boosted) or setting.values is not None:
            arguments["leaf_bits"] = None
        if arguments["leaf_bits"] is None and arguments["numeric"] == "exact":
            arguments["calibration"] = None
        if made.missing != "value":
            arguments["missing"] = None
        return convert(CompressedTrees.of(made, self.model.head, self.describe(setting)), **arguments)

    def worst(self, setting: Setting) -> float:
        """A bound, over all rows that there are, of what a sum (of a forest: a class's share) changes by."""
        return float(np.max(farthest(self.trees, self._fitted(setting))))

    def describe(self, setting: Setting) -> str:
        parts = [f"{setting.splits:,} of {self.n_splits:,} splits"]
        if setting.threshold_bits is not None:
            parts.append(f"thresholds in {setting.threshold_bits} bits")
        if setting.values is not None:
            of = "values of leaves" if isinstance(self.trees, Boosted) else "steps of a leaf's shares"
            parts.append(f"{setting.values if isinstance(self.trees, Boosted) else setting.values - 1} {of}")
        return ", ".join(parts)

    @functools.lru_cache(maxsize=2)  # noqa: B019  (a compressor lives as long as a search)
    def _fitted(self, setting: Setting) -> Forest | Boosted:
        column = self.trees.column if isinstance(self.trees, Boosted) else None
        trees = cut(self.trees, self._order, ends(self._order, setting.splits, column, self.trees.roots))
        ways = follow(trees, self.rows)
        if setting.threshold_bits is not None:
            trees = coarser(trees, ways, shift_for(trees, setting.threshold_bits))
            ways = follow(trees, self.rows)
        if isinstance(trees, Boosted):
            target, share, free = self.target - trees.base, 1.0, _as_it_is
        else:
            target, share, free = self.target, 1 / trees.n_trees, simplex
        values = trees.leaves
        if setting.values is not None or column is not None:  # a forest's leaves are counts, which other shares are not
            values = refit(ways.leaf, column, values, target, share, free)
        if setting.values is not None:
            values = refit(ways.leaf, column, values, target, share, self._rounding(values, ways.leaf, setting.values))
        return dataclasses.replace(trees, leaves=values)

    def _rounding(self, values: np.ndarray, leaf: np.ndarray, count: int) -> Round:
        if not isinstance(self.trees, Boosted):
            return functools.partial(to_shares, whole=count - 1)
        reached = np.bincount(leaf.reshape(-1), minlength=len(values)) + 0.5
        return nearest(codebook(values.reshape(-1), reached, count))


def _as_it_is(values: np.ndarray) -> np.ndarray:
    return values
