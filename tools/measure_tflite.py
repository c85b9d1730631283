"""What networks cost whose TensorFlow Lite files are converted: the figures of docs/models/tflite.md.

    python tools/measure_tflite.py [target ...] [--only NAME] [--planes]
    # avr-atmega328p, cortex-m0plus, cortex-m4f, cortex-m55 and rv32imc by default; `--planes` computes no layer line by line

The files are those that the benchmark gives to TensorFlow Lite Micro. Needs Keras, flatbuffers, and the interpreter, with whose answers
those of all test rows are compared.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
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

CASES = ("digits_mlp32", "digits_mlp16_16", "digits_cnn", "watch_cnn")


CHIPS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f", "cortex-m55", "rv32imc")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", nargs="*", default=CHIPS)
    parser.add_argument("--only", action="append", choices=CASES, help="this network; several times")
    parser.add_argument("--planes", action="store_true", help="no layer line by line")
    chosen = parser.parse_args(arguments)
    print("| network | file | rows equal to the interpreter | chip | `optimize=` | flash | stack | cost |\n" + "|---" * 8 + "|")
    for name in chosen.only or CASES:
        with tempfile.TemporaryDirectory() as folder:
            cases.train(cases.CASES[name], Path(folder))
            about = json.loads((Path(folder) / "case.json").read_text())
            estimator = pickle.loads((Path(folder) / "bare.pkl").read_bytes())
            kept = dict(np.load(Path(folder) / "rows.npz"))
        network = estimator if isinstance(estimator, Network) else of_perceptron(estimator)
        data, _, steps = file_of(network, about, kept["train"].astype(np.float64))
        steps_of_raw = np.asarray(about["unit"]) / np.tile(steps, about["n_features"] // len(steps))
        rows = np.clip(np.rint(kept["int16"] * steps_of_raw), -128, 127).astype(np.int8)
        for optimize in ("size", "speed"):
            model = emlearn.convert(data, input="int8", optimize=optimize)
            if chosen.planes:
                model.record = dataclasses.replace(model.record, by_line=0)
            report = model.verify(rows)
            equal = f"{round(report.agreement * report.rows)} of {report.rows}" if report.ok else "differs"
            for row in model.bench(rows[:20], targets=chosen.target).rows:
                unit, cost = ("cycles", row.cycles) if row.cycles else ("instructions", row.instructions)
                figures = f"{row.flash:,} B | {row.stack:,} B | {cost:,.0f} {unit}" if cost else "does not fit | |"
                print(f"| {cases.CASES[name].title} | {len(data):,} B | {equal} | {row.target} | {optimize} | {figures} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
