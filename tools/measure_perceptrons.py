"""What trained multilayer perceptrons lose in integers and cost on chips, beside their inner loops: figures of docs/models/mlp.md.

    python tools/measure_perceptrons.py [case ...]

Estimators and data are the benchmark's, and two more; raw rows have 16 bits; costs are means over the first 100 test rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases import CASES, Data, load

CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f", "cortex-m55")
WAYS = (("exact", "balanced"), ("int8", "size"), ("int8", "balanced"), ("int8", "speed"), ("int16", "balanced"))

#: What the tiles' inner loops take for a product, loads and all, where no input is zero: cycles, on M4F and M55 instructions.
FLOORS = {
    ("avr-atmega328p", 8, 16): 7.5,
    ("avr-atmega328p", 8, 24): 9.5,
    ("avr-atmega328p", 16, 32): 28,
    ("cortex-m0plus", 8, 16): 2.5,
    ("cortex-m0plus", 8, 24): 3.63,
    ("cortex-m0plus", 16, 32): 4.13,
    ("cortex-m4f", 8, 16): 1.06,
    ("cortex-m4f", 8, 24): 1.06,
    ("cortex-m4f", 16, 32): 0.81,
    ("cortex-m55", 8, 16): 0.16,
    ("cortex-m55", 8, 24): 0.16,
    ("cortex-m55", 16, 32): 0.31,
}


def cases(names: list[str]) -> Iterator[tuple[str, Any, Data, np.ndarray]]:
    """(name, fitted, data, labels of the test rows)."""
    for name in names:
        case = CASES.get(name)
        data = load(case.data if case else name)
        estimator = case.make() if case else make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=1000, random_state=0))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield name, estimator.fit(data.train, data.train_y), data, labels(case.data if case else name)


def labels(name: str) -> np.ndarray:
    """Of the test rows, which :func:`benchmarks.cases.load` leaves out."""
    if name == "watch":
        import recordings

        windows = recordings.load()
        return np.unique(windows.labels, return_inverse=True)[1][windows.is_test]
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return train_test_split(X, y, test_size=0.3, random_state=0)[3]


def floor(model: emlearn.Model, chip: str) -> str:
    """The products' mean floor."""
    record = model.record
    if model.arguments["numeric"] == "exact" or not record.tiled:
        return ""
    costs = [(n, FLOORS[chip, record.bits, max(proof.bits, 32 if record.bits == 16 else 16)]) for n, proof in record.products]
    return f"{sum(n * each for n, each in costs) / sum(n for n, _ in costs):.2f}"


def main(names: list[str]) -> None:
    print("| network | numbers | kept | accuracy | chip | cost | of each | inner loop | flash | stack |\n" + "|---" * 10 + "|")
    for name, estimator, data, y in cases(names):
        expected = estimator.predict(data.raw_test * data.unit)
        macs = sum(coef.size for coef in (estimator[-1] if hasattr(estimator, "steps") else estimator).coefs_)
        for numeric, optimize in WAYS:
            quantised = {} if numeric == "exact" else {"numeric": numeric, "calibration": data.raw_train}
            model = emlearn.convert(estimator, input="int16", input_scale=data.unit, optimize=optimize, **quantised)
            got = model.predict(data.raw_test)
            kept, accuracy = np.mean(got == expected), np.mean(got == y)
            for row in model.bench(data.raw_test[:100], targets=CHIPS).rows:
                cost, unit = row.cost_mean, "instructions" if row.target in ("cortex-m4f", "cortex-m55") else "cycles"
                assert row.agrees, (name, numeric, optimize, row)
                figures = f"{cost:,.0f} {unit} | {cost / macs:.2f} | {floor(model, row.target)} | {row.flash:,} B | {row.stack:,} B"
                print(f"| {name} | {numeric}, {optimize} | {kept:.4f} | {accuracy:.4f} | {row.target} | {figures} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["digits_mlp32", "digits_mlp16_16", "watch_mlp16", "breast_cancer", "wine"])
