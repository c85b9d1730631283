"""What the benchmark's trees take on chips in each mode: the table of docs/models/trees.md.

    python tools/measure_trees.py [case ...]

Estimators and data are the benchmark's; raw rows are int16; costs are means, and the most, over the first 200 test rows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import emlearn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases import CASES, load

CHIPS = ("cortex-m0plus", "avr-atmega328p")
WAYS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("size, leaf bits auto", {"optimize": "size", "leaf_bits": "auto"}),
    ("size", {"optimize": "size"}),
    ("balanced", {"optimize": "balanced"}),
    ("speed", {"optimize": "speed"}),
)


def main(names: list[str]) -> None:
    """Print a row for each case and mode, as soon as it is measured."""
    head = [f"{chip}: {what}" for chip in CHIPS for what in ("flash", "RAM", "cycles", "at most")]
    print("| case | mode |", " | ".join(head), "| agree |", flush=True)
    print("|---|---|" + "---:|" * (len(head) + 1), flush=True)
    for name in names or [case.name for case in CASES.values() if case.family == "trees" and case.data != "watch"]:
        case = CASES[name]
        data = load(case.data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator = case.make().fit(data.train, data.train_y)
        raw = data.raw_test[:200]
        for way, options in WAYS:
            given = {"calibration": data.raw_train} if "leaf_bits" in options else {}
            try:
                model = emlearn.convert(estimator, input="int16", input_scale=data.unit, **options, **given)
            except (emlearn.UnsupportedError, emlearn.InvalidInputError) as error:
                print(f"{name}, {way}: {error}", file=sys.stderr)
                continue
            cells, agreement = [], []
            for row in model.bench(raw, targets=list(CHIPS), ops=["predict"]).rows:
                if row.error or not row.fits or row.cost_mean is None:
                    cells += [row.kind or "too large", "", "", ""]
                    continue
                agreement.append(f"{row.agreement:.4f}")
                ram = (row.ram or 0) + (row.stack or 0)
                cells += [f"{row.flash:,}", f"{ram:,}", f"{row.cost_mean:,.0f}", f"{row.cost_max:,.0f}"]
            print(f"| {name} | {way} |", " | ".join(cells), "|", ", ".join(sorted(set(agreement))), "|", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
