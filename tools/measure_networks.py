"""What networks of usual shapes cost on a chip, with random weights: the figures of docs/models/networks.md.

    python tools/measure_networks.py [target ...] [--only NAME] [--planes] [--float]   # cortex-m55, cortex-m4f and cortex-m0plus by default

`--planes` computes no layer line by line; `--float` takes float rows and computes in float, balanced, where the others are int8, for speed.

Needs Keras, and a backend of it. Costs do not depend on what the weights are, but for the accumulators that they need.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "networks"))

import emlearn
import nets
import numpy as np

CHIPS = ("cortex-m55", "cortex-m4f", "cortex-m0plus")
NETWORKS = (nets.dense, nets.watch, nets.signals, nets.keywords, nets.autoencoder)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", nargs="*", default=CHIPS)
    parser.add_argument("--only", action="append", choices=[make.__name__ for make in NETWORKS], help="this network; several times")
    parser.add_argument("--planes", action="store_true", help="no layer line by line")
    parser.add_argument("--float", action="store_true", help="networks in float")
    chosen = parser.parse_args(arguments)
    print("| network | multiply-accumulates | chip | cost | of each | flash | stack | working memory |\n" + "|---" * 8 + "|")
    for make in NETWORKS:
        if chosen.only and make.__name__ not in chosen.only:
            continue
        nets.keras.utils.set_random_seed(0)
        network = make()
        rows = np.rint(np.random.default_rng(0).normal(0, 2000, (60, int(np.prod(network.input_shape[1:]))))).astype(np.int16)
        if chosen.float:
            rows = (rows / 2000).astype(np.float32)
            model = emlearn.convert(network)
        else:
            model = emlearn.convert(network, input="int16", input_scale=1 / 2000, numeric="int8", calibration=rows, optimize="speed")
        if chosen.planes and hasattr(model.record, "by_line"):
            model.record = dataclasses.replace(model.record, by_line=0)
        source = model.record if chosen.float else model.record.source
        macs, memory = source.macs, model.describe()["working memory"]
        for row in model.bench(rows[:2], targets=chosen.target).rows:
            cost = row.cycles or row.instructions
            unit = "cycles" if row.cycles else "instructions"
            figures = f"{cost:,.0f} {unit} | {cost / macs:.2f} | {row.flash:,} B | {row.stack:,} B" if cost else "too large | | |"
            print(f"| {make.__name__} | {macs:,} | {row.target} | {figures} | {memory} |")


if __name__ == "__main__":
    main(sys.argv[1:])
