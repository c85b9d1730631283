"""What layers of pruned networks take with and without their weights of zero: figures of docs/models/mlp.md, networks.md, mlp/sparse.py.

    python tools/measure_sparsity.py [--convolutions] [density ...]

The benchmark's digits network MLP(32), or its network of convolutions in float; of each layer's weights the largest are kept, but of
depthwise ones all, without training again. Raw rows have 16 bits; costs are means over the first 20 test rows, of convolutions over 2.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn.families.mlp import IntegerMlp
from emlearn.families.mlp.sparse import float_layers, thinned
from emlearn.families.networks import Network
from emlearn.options import OPTIMIZE

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import networks
from benchmarks.cases import CASES, load

CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f")


def pruned(estimator: Any, coefs: list[np.ndarray], density: float) -> Any:
    """The estimator with the largest weights of `coefs`, the others zero."""
    for weights, whole in zip(estimator.coefs_, coefs, strict=True):
        weights[...] = _largest(whole, density)
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
            dense = tuple(k for k, layer in enumerate(record.layers) if not isinstance(record, Network) or layer.kind == "dense")
            made[name].record = dataclasses.replace(record, sparse=dense if sparse else ())
    return made


def takes(record: Any, optimize: str) -> bool:
    """Whether the first layer leaves out weights of zero."""
    if isinstance(record, IntegerMlp):
        return thinned(record.layers[0], optimize, optimize != "size").sparse
    first = record.layers[0]
    return bool(float_layers([(first.weights, first.bias)] if isinstance(record, Network) else [first], optimize))


def convolutions(densities: list[float]) -> Iterator[tuple[str, float, emlearn.Model, np.ndarray]]:
    """The network of convolutions in float: numbers, density, model, rows."""
    data, trained = load("digits"), networks.digits()
    whole = trained.model.get_weights()
    for density in densities:
        kept = [values if values.ndim == 1 or values.shape[-1] == 1 else _largest(values, density) for values in whole]
        trained.model.set_weights(kept)
        yield "float", density, emlearn.convert(trained.model, input="int16", input_scale=data.unit), data.raw_test[:2]


def _largest(values: np.ndarray, density: float) -> np.ndarray:
    return np.where(np.abs(values) >= np.quantile(np.abs(values), 1 - density), values, 0)


def perceptrons(densities: list[float]) -> Iterator[tuple[str, float, emlearn.Model, np.ndarray]]:
    """The perceptron in all arithmetics."""
    case = CASES["digits_mlp32"]
    data = load(case.data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = case.make().fit(data.train, data.train_y)
    coefs = [weights.copy() for weights in estimator.coefs_]
    for numeric in ("int8", "int16", "exact"):
        for density in densities:
            options = {} if numeric == "exact" else {"numeric": numeric, "calibration": data.raw_train}
            model = emlearn.convert(pruned(estimator, coefs, density), input="int16", input_scale=data.unit, **options)
            yield numeric.replace("exact", "float"), density, model, data.raw_test[:20]


def main(arguments: list[str]) -> None:
    print("| numbers | not zero | tables | " + " | ".join(CHIPS) + " | taken by |\n" + "|---" * (4 + len(CHIPS)) + "|")
    densities = [float(text) for text in arguments if not text.startswith("-")] or [0.05, 0.1, 0.2, 0.3, 0.5]
    large = "--convolutions" in arguments
    for numbers, density, model, rows in (convolutions if large else perceptrons)(densities):
        for name, form in forms(model).items():
            ways = [way for way in OPTIMIZE if takes(model.record, way) == (name == "without zeros")]
            found = form.bench(rows, targets=CHIPS).rows
            assert all(row.agrees for row in found if row.flash or not large), (numbers, density, name)
            figures = " | ".join(f"{row.flash:,} B, {row.cost_mean:,.0f}" if row.cost_mean else "too large" for row in found)
            print(f"| {numbers} | {density:g} | {name} | {figures} | {', '.join(ways)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
