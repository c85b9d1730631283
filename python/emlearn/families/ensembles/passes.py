"""Ensembles to ensembles: raw keys and idle splits as for forests, then integers for what is added up.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...front import Front
from ...options import Options
from ..trees.passes import absorb as absorb_trees
from ..trees.passes import drop_unused, finish_nodes
from ..trees.record import Short
from . import categories, exits
from .encode import encoded
from .quantise import FINEST_BITS, occurrences, quantise, replaced
from .record import Boosted, Isolation, Median, Recoded, Summed, Votes
from .share import shared

__all__ = ["absorb", "finish"]

#: Integer weights of votes and medians are 2^30 in sum, up to half a unit for each tree.
WHOLE = 1 << 30


def absorb(record: Any, front: Front) -> Any:
    """Thresholds on the raw values, and categories; every front folds, since all its steps are monotone."""
    return categories.absorb(record, front) if isinstance(record, Recoded) else absorb_trees(record, front)


def finish(record: Any, options: Options) -> Any:
    """The passes after folding, in order: 1. trees that columns share; 2. idle splits; 3. integers; 4. idle splits again; 5. the order of
    the trees; 6. bytes.

    Sharing costs an id per leaf: for "size" it is left out where the tables are smaller without.
    """
    if isinstance(record, Recoded):
        return dataclasses.replace(record, inner=finish(record.inner, options))
    if isinstance(record, Boosted) and (vectors := shared(record)) is not record:
        made, apart = _finished(vectors, options), _finished(record, options)
        return apart if options.optimize == "size" and encoded(apart).n_bytes <= encoded(made).n_bytes else made
    return _finished(record, options)


def _finished(record: Any, options: Options) -> Any:
    record = finish_nodes(_integers(finish_nodes(record, options), options.leaf_bits), options)
    record = drop_unused(exits.arranged(record))
    encoded(record)  # refuses what is too large, before anyone relies on the model
    return record


def _integers(record: Any, leaf_bits: int | str | None) -> Any:
    if isinstance(record, Summed):
        if isinstance(leaf_bits, int):
            made = quantise(record, min(leaf_bits, FINEST_BITS))
            return dataclasses.replace(made, short=Short(leaf_bits, float(made.slack.max())))
        return quantise(record, FINEST_BITS) if isinstance(record, Isolation) else quantise(record)
    if isinstance(record, Votes):
        return dataclasses.replace(record, weights=np.rint(record.weights * WHOLE).astype(np.int64), whole=WHOLE)
    if isinstance(record, Median):
        return _ranked(record)
    return record


def _ranked(record: Median) -> Median:
    """Leaves ascending, those equal as float32 one; a leaf's index is then its rank."""
    values, rank = np.unique(record.leaves[:, 0].astype(np.float32), return_inverse=True)
    _, leaf = occurrences(record)
    left, right, roots = replaced(record, rank.reshape(-1)[leaf])
    weights = np.rint(record.weights / record.weights.sum() * WHOLE).astype(np.int64)
    return dataclasses.replace(record, leaves=values[:, None].astype(np.float64), left=left, right=right, roots=roots, weights=weights)
