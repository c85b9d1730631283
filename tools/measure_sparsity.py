"""What layers of pruned networks take with and without their weights of zero: the figures of docs/models/mlp.md, and of mlp/sparse.py.

    python tools/measure_sparsity.py [density ...]

The benchmark's digits network MLP(32); of each layer's weights the largest are kept, without training again. Raw rows have 16 bits; costs
are means over the first 20 test rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
import sys
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn.families.mlp import IntegerMlp
from emlearn.families.mlp.sparse import float_layers, thinned
from emlearn.options import OPTIMIZE

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases import CASES, load

CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f")


def pruned(estimator: Any, coefs: list[np.ndarray], density: float) -> Any:
    """The estimator with the largest weights of `coefs`, the others zero."""
    for weights, whole in zip(estimator.coefs_, coefs, strict=True):
        weights[...] = np.where(np.abs(whole) >= np.quantile(np.abs(whole), 1 - density), whole, 0)
    return estimator


def forms(model: emlearn.Model) -> dict[str, emlearn.Model]:
    """The model with all weights, and without those of zero."""
    made = {}
    for name, sparse in (("all weights", False), ("without zeros", True)):
        made[name], record = copy.copy(model), model.record
        if isinstance(record, IntegerMlp):
            made[name].record = dataclasses.replace(
                record, layers=tuple(dataclasses.replace(layer, sparse=sparse) for layer in record.layers)
            )
        else:
            made[name].record = dataclasses.replace(record, sparse=tuple(range(len(record.layers))) if sparse else ())
    return made


def takes(record: Any, optimize: str) -> bool:
    """Whether the first layer leaves out weights of zero."""
    if isinstance(record, IntegerMlp):
        return thinned(record.layers[0], optimize, optimize != "size").sparse
    return 0 in float_layers(record.layers, optimize)


def main(densities: list[float]) -> None:
    print("| numbers | not zero | tables | " + " | ".join(CHIPS) + " | taken by |\n" + "|---" * (4 + len(CHIPS)) + "|")
    case = CASES["digits_mlp32"]
    data = load(case.data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = case.make().fit(data.train, data.train_y)
    coefs = [weights.copy() for weights in estimator.coefs_]
    rows = data.raw_test[:20]
    for numeric in ("int8", "int16", "exact"):
        for density in densities:
            options = {} if numeric == "exact" else {"numeric": numeric, "calibration": data.raw_train}
            model = emlearn.convert(pruned(estimator, coefs, density), input="int16", input_scale=data.unit, **options)
            for name, form in forms(model).items():
                ways = [way for way in OPTIMIZE if takes(model.record, way) == (name == "without zeros")]
                found = form.bench(rows, targets=CHIPS).rows
                assert all(row.agrees for row in found), (numeric, density, name)
                figures = " | ".join(f"{row.flash:,} B, {row.cost_mean:,.0f}" for row in found)
                print(f"| {numeric.replace('exact', 'float')} | {density:g} | {name} | {figures} | {', '.join(ways)} |", flush=True)


if __name__ == "__main__":
    main([float(text) for text in sys.argv[1:]] or [0.05, 0.1, 0.2, 0.3, 0.5])
