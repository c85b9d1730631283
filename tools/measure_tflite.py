"""What networks cost whose TensorFlow Lite files are converted: the figures of docs/models/tflite.md.

    python tools/measure_tflite.py [target ...]   # avr-atmega328p, cortex-m0plus, cortex-m4f, cortex-m55 and rv32imc by default

The files are those that the benchmark gives to TensorFlow Lite Micro. Needs Keras, flatbuffers, and the interpreter, with whose answers
those of all test rows are compared.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import emlearn
import numpy as np

from benchmarks import cases
from benchmarks.layers import Network, of_perceptron
from benchmarks.tools.tflite_micro import file_of

CASES = ("digits_mlp32", "digits_mlp16_16", "digits_cnn")


def main(chips: list[str]) -> None:
    print("| network | file | rows equal to the interpreter | chip | `optimize=` | flash | stack | cost |\n" + "|---" * 8 + "|")
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            cases.train(cases.CASES[name], Path(folder))
            about = json.loads((Path(folder) / "case.json").read_text())
            estimator = pickle.loads((Path(folder) / "bare.pkl").read_bytes())
            kept = dict(np.load(Path(folder) / "rows.npz"))
        network = estimator if isinstance(estimator, Network) else of_perceptron(estimator)
        data, _, _ = file_of(network, about, kept["train"].astype(np.float64))
        rows = kept["int16"].astype(np.int8)
        for optimize in ("size", "speed"):
            model = emlearn.convert(data, input="int8", optimize=optimize)
            report = model.verify(rows)
            equal = f"{round(report.agreement * report.rows)} of {report.rows}" if report.ok else "differs"
            for row in model.bench(rows[:20], targets=chips).rows:
                unit, cost = ("cycles", row.cycles) if row.cycles else ("instructions", row.instructions)
                figures = f"{row.flash:,} B | {row.stack:,} B | {cost:,.0f} {unit}" if cost else "does not fit | |"
                print(f"| {cases.CASES[name].title} | {len(data):,} B | {equal} | {row.target} | {optimize} | {figures} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc"])
