"""Counts parity of trees over random models, in every mode: the table of docs/models/trees.md.

    python tools/count_trees.py [--models 300] [--compiled 30] [class ...]

Models are those of the property tests (``tests/python/random_trees.py``, ``random_ensembles.py``): any class, loss, option, label, weight,
type of raw values, scale, scaler and missing value. Each is converted for ``size``, ``balanced`` and ``speed``, and every operation of each
is compared with the estimator on its training rows and on *probes*: for each threshold the values around it in the raw type, and the ends
of the type, beside values of other boundaries. The first ones are compiled as well, the modes by turns (``speed`` is code only there: on
the host the kernels walk its words). The worst error is a share of the bound of its row and column; *in bits* are models that ``size`` has
as a stream of bits.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import sys
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from count_parity import compared
from emlearn.families.ensembles import encode as boosted
from emlearn.families.trees import encode as trees
from emlearn.families.trees.record import Forest
from emlearn.options import OPTIMIZE
from emlearn.report.verify import expected_answers
from hypothesis import HealthCheck, Phase, given, settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "python"))

from random_ensembles import ADABOOST, BAGGING, BOOSTING, HISTOGRAMS, ensembles
from random_trees import FORESTS, TREES, cases
from sklearn.ensemble import IsolationForest, RandomTreesEmbedding
from test_ensembles import accepted
from test_trees_boundaries import rows_at

ENSEMBLES = (*BOOSTING, *HISTOGRAMS, *ADABOOST, *BAGGING, IsolationForest, RandomTreesEmbedding)
HEAD = ("class", "models", "in bits", "rows", "probes", "ties", "disagree", "worst error", "compiled", "rows", "disagree")


@dataclasses.dataclass
class Count:
    """What was seen of one class."""

    models: int = 0
    compiled: int = 0
    in_bits: int = 0
    worst: float = 0.0
    seen: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def line(self, name: str) -> str:
        seen = self.seen
        kernels = [self.models, self.in_bits, seen["rows"], seen["probes"], seen["ties"], seen["disagree"]]
        compiled = [self.compiled, seen["rows, compiled"], seen["disagree, compiled"]]
        cells = [*(f"{number:,}" for number in kernels), f"{self.worst:.3f}", *(f"{number:,}" for number in compiled)]
        return f"| {name} | " + " | ".join(cells) + " |"


def main(arguments: list[str]) -> int:
    """Print a line for each class as soon as it is counted; 1 where a row disagrees."""
    known = {cls.__name__: cls for cls in (*TREES, *FORESTS, *ENSEMBLES)}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("classes", nargs="*", help=f"some of: {', '.join(known)}")
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--compiled", type=int, default=30)
    chosen = parser.parse_args(arguments)
    print("| " + " | ".join(HEAD) + " |\n|---|" + "---:|" * (len(HEAD) - 1), flush=True)
    wrong = 0
    for name in chosen.classes or known:
        count = counted(known[name], chosen.models, chosen.compiled)
        wrong += count.seen["disagree"] + count.seen["disagree, compiled"]
        print(count.line(name), flush=True)
    return int(wrong > 0)


def counted(cls: type, models: int, compiled: int) -> Count:
    """All of one class."""
    count = Count()
    strategy = (ensembles if cls in ENSEMBLES else cases)((cls,))

    @settings(max_examples=4 * models, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def one(case: Any) -> None:
        if count.models < models:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                add(count, case, compiled)

    one()
    return count


def add(count: Count, case: Any, compiled: int) -> None:
    """One model in every mode."""
    probes = accepted(case, rows_at(case, np.random.default_rng(count.models)))
    rows = np.concatenate([case.raw, probes])
    expected = None
    for number, mode in enumerate(OPTIMIZE):
        model = emlearn.convert(case.estimator, **case.arguments, optimize=mode)
        raw = model.input.check(rows)
        if expected is None:
            expected = expected_answers(model, model.input.features(raw, model.record.fed))
        report, worst = compared(model, raw, expected, mode)
        found = {"rows": len(case.raw), "probes": len(probes), "ties": report.ties, "disagree": wrong_rows(report)}
        count.seen += collections.Counter(found)
        count.worst = max(count.worst, worst)
        tables = trees.encoded(model.record) if isinstance(model.record, Forest) else boosted.encoded(model.record)
        count.in_bits += tables.nodes.form == "bits"
        if not report.ok:
            print(f"DISAGREES in {mode}: {case.estimator!r}, {case.arguments}: {report}", flush=True)
        if count.models < compiled and count.models % len(OPTIMIZE) == number:
            report = model.verify(rows, compile=True)
            count.compiled += 1
            count.seen += collections.Counter({"rows, compiled": len(rows), "disagree, compiled": wrong_rows(report)})
            if not report.ok:
                print(f"DISAGREES compiled for {mode}: {case.estimator!r}, {case.arguments}: {report}", flush=True)
    count.models += 1


def wrong_rows(report: Any) -> int:
    """Rows that disagree, or have a number beyond its bound."""
    return max(round((1 - report.agreement) * report.rows), int(not report.ok))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
