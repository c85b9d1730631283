"""Three networks in float and in integers: what they lose, and what they cost on chips.

    python examples/networks/demo.py [--out out/networks] [--target NAME ...] [--rows N] [--only NAME ...]

The network for movements is trained (see `train.py`), and judged on people whom it has never seen; the keyword spotter and the autoencoder
have random weights: their costs are those of trained ones. Writes a header for each. Needs Keras.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nets
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "watch"))

import emlearn
import keras
import recordings

WEIGHTS = Path(__file__).resolve().parent / "watch.npz"
ARITHMETIC = ("exact", "int8", "int16")
HEADER = f"{'network':<12}{'numbers':<9}{'accuracy':>9}{'kept':>8}{'margin lost':>13}  {'ok':<4}{'tables':>9}{'memory':>9}"


def watch() -> tuple[keras.Model, dict[str, Any], np.ndarray, np.ndarray, np.ndarray]:
    """The trained network, how its rows are taken, calibration rows, and rows with labels of people that it does not know."""
    windows = recordings.load()
    network = nets.watch()
    weights = np.load(WEIGHTS)
    network.set_weights([weights[name].astype(np.float32) for name in weights.files])
    rows = windows.samples.reshape(len(windows.samples), -1)
    known, labels = ~windows.is_test, np.unique(windows.labels, return_inverse=True)[1]
    scale = np.tile(list(recordings.CHANNELS.values()), recordings.WINDOW)
    return network, {"input": "int16", "input_scale": scale}, rows[known], rows[~known], labels[~known]


def random(network: keras.Model) -> tuple[keras.Model, dict[str, Any], np.ndarray, np.ndarray, None]:
    """A network of random weights, and noise as rows."""
    rows = np.rint(np.random.default_rng(0).normal(0, 2000, (80, int(np.prod(network.input_shape[1:]))))).astype(np.int16)
    return network, {"input": "int16", "input_scale": 1 / 2000}, rows[:40], rows[40:], None


def made(name: str) -> tuple[keras.Model, dict[str, Any], np.ndarray, np.ndarray, np.ndarray | None]:
    if name == "watch":
        return watch()
    keras.utils.set_random_seed(0)
    return random(getattr(nets, name)())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/networks"))
    parser.add_argument("--target", action="append", default=[], help="a chip to measure on; several times")
    parser.add_argument("--rows", type=int, default=None, help="at most so many rows are compared")
    parser.add_argument("--only", action="append", choices=("watch", "keywords", "autoencoder"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    all_ok = True
    print(HEADER)
    for name in options.only or ("watch", "keywords", "autoencoder"):
        network, how, calibration, rows, labels = made(name)
        rows, labels = rows[: options.rows], None if labels is None else labels[: options.rows]
        for numeric in ARITHMETIC:
            quantised = {} if numeric == "exact" else {"numeric": numeric, "calibration": calibration, "optimize": "speed"}
            model = emlearn.convert(network, **how, **quantised)
            model.save(options.out / f"{name}_{numeric}.hpp")
            all_ok &= show(name, numeric, model, rows, labels)
            for row in model.bench(rows[:2], targets=options.target).rows if options.target else ():
                cost = row.cycles or row.instructions
                what = f"{cost:,.0f} {row.unit}, {cost / macs(model):.2f} for each product" if cost else row.error
                print(f"    {row.target}: {what}; flash {row.flash or 0:,} B, stack {row.stack or 0:,} B")
    return 0 if all_ok else 1


def show(name: str, numeric: str, model: emlearn.Model, rows: np.ndarray, labels: np.ndarray | None) -> bool:
    report = model.verify(rows, labels)
    lost = report.losses
    accuracy = "" if report.score is None else f"{report.score:.4f}"
    kept, margin = (f"{lost.kept:.4f}", f"{lost.worst_gap:.3g}") if lost else ("1", "0")
    memory = model.describe().get("working memory", "")
    print(
        f"{name:<12}{numeric:<9}{accuracy:>9}{kept:>8}{margin:>13}  {'yes' if report.ok else 'NO':<4}"
        f"{model.report().total_bytes:>9,}{memory:>9}"
    )
    return report.ok


def macs(model: emlearn.Model) -> int:
    return int(model.describe()["multiply-accumulates"])


if __name__ == "__main__":
    sys.exit(main())
