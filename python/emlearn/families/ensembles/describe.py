"""Facts about ensembles for people.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..trees.reference import leaf_facts
from .encode import encoded
from .record import Boosted, Embedding, Isolation, Median, Recoded, Summed, Votes

_KINDS = {
    Boosted: "boosted trees",
    Isolation: "isolation forest",
    Votes: "trees with weighted votes",
    Median: "trees with a weighted median",
    Embedding: "embedding by leaves of trees",
}


def describe(record: Any) -> dict[str, Any]:
    """See :class:`emlearn.registry.Family`."""
    if isinstance(record, Recoded):
        asked = f"{len(record.flag_of)} questions about {len(np.unique(record.flag_of))} features, {record.inner.n_features} values in RAM"
        return describe(record.inner) | {"categories": asked}
    tables = encoded(record)
    facts = {
        "kind": f"{_KINDS[type(record)]}, {record.task.kind}",
        "trees": record.n_trees,
        "inner nodes": record.n_nodes,
        "distinct leaves": len(record.leaves),
        "depth": tables.nodes.depth,
        "thresholds": tables.nodes.key if record.input not in ("float32", "float64") else f"{record.input} keys",
        "missing values": {"never": "none", "nan": "NaN", "value": f"raw {record.missing_value}"}[record.missing],
    }
    if isinstance(record, Summed):
        facts["leaves"] = f"integers up to {int(record.leaves.max())}, a step is {record.step:.3g}"
        facts["largest error of a sum"] = f"{float(record.slack.max()):.3g}"
    if isinstance(record, Boosted):
        facts["link"] = record.link
    return facts | leaf_facts(record)
