"""Counts parity per class: fits of every parity case from many seeds, all rows, the worst error as a share of its bound.

    python tools/count_parity.py [--fits 50] [--family svm] [--case rbf]

Each case of ``tests/parity/cases/`` is fitted from so many seeds (a few of them where the data are large) and verified on all its rows. A
line per scikit-learn class: how many fits it was part of, rows, rows that another class is allowed for and got it (ties), fits that failed,
and the largest |device - scikit-learn| in units of the bound of its row and column.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn.registry import FAMILIES, family_of
from emlearn.report.verify import compare, expected_answers

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

#: Cases with many rows or features, by a word in their names: so many fits are enough.
LARGE, FEW = ("digits", "cancer", "diabetes", "watch"), 5


@dataclasses.dataclass
class Count:
    """What was seen of one class."""

    fits: int = 0
    rows: int = 0
    ties: int = 0
    failed: int = 0
    worst: float = 0.0


def main(arguments: list[str]) -> int:
    """Print the table; 1 where a fit failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fits", type=int, default=50)
    parser.add_argument("--family", choices=FAMILIES, action="append")
    parser.add_argument("--case", default="", help="only cases with this in their names")
    chosen = parser.parse_args(arguments)
    failed = 0
    for family in chosen.family or FAMILIES:
        counts: dict[str, Count] = {}
        cases = importlib.import_module(f"parity.cases.{family}").CASES
        for name, case in cases.items():
            if chosen.case in name:
                fits = min(chosen.fits, FEW) if any(word in name for word in LARGE) else chosen.fits
                failed += sum(not add(counts, case, f"{family}: {name}", 1000 + seed) for seed in range(fits))
        for name, count in sorted(counts.items()):
            numbers = f"fits {count.fits:5} rows {count.rows:8} ties {count.ties:5} failed {count.failed:3} worst / bound {count.worst:.3f}"
            print(f"{family:16} {name:32} {numbers}", flush=True)
    return int(failed > 0)


def add(counts: dict[str, Count], case: Any, name: str, seed: int) -> bool:
    """Fit one case and count it for each of its classes; whether all rows agree."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator, X = case(seed)
        model = emlearn.convert(estimator)
        raw = model.input.check(X)
        expected = expected_answers(model, model.input.features(raw, model.record.fed))
        answers = {op: model.answer(op, raw) for op in model.record.ops}
        report = compare(model, raw, answers, expected, name)
        share = max((_share(model, op, raw, answers[op], expected[op]) for op in answers if _is_number(model, op)), default=0.0)
    if not report.ok:
        print(f"FAILED {name}, seed {seed}: {report}", flush=True)
    for cls in {part.__name__ for part in _classes(estimator)}:
        count = counts.setdefault(cls, Count())
        count.fits, count.rows, count.ties = count.fits + 1, count.rows + len(raw), count.ties + report.ties
        count.failed, count.worst = count.failed + (not report.ok), max(count.worst, share)
    return report.ok


def _is_number(model: emlearn.Model, op: str) -> bool:
    return op != "predict" or not model.record.task.is_discrete


def _share(model: emlearn.Model, op: str, raw: np.ndarray, got: np.ndarray, want: np.ndarray) -> float:
    bound = family_of(model.record).bound(model.record, op, raw)
    with np.errstate(all="ignore"):
        error = np.abs(np.asarray(got, np.float64).reshape(want.shape) - want)
        return float(np.nanmax(np.where((error > 0) & np.isfinite(bound), error / bound, 0.0), initial=0.0))


def _classes(estimator: Any) -> Iterator[type]:
    """Of the estimator, or of a Pipeline's steps."""
    for step in [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]:
        if hasattr(step, "steps"):
            yield from _classes(step)
        else:
            yield type(step)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
