"""How long a bench of 1,000 rows takes on each target, compile included, and whether a second one has the same figures to the unit.

Each run has an empty folder of builds, so that nothing is taken from an earlier one: ``python tools/measure_lab.py``. Processor time tells
about a machine that is busy with something else, too.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from typing import Any

import emlearn
from emlearn.targets import TARGETS
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

ROWS = 1000


def measured(model: emlearn.Model, X: Any, target: str) -> tuple[str, float, float]:
    """(rows as JSON, seconds, seconds of processors), with no builds to begin with."""
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache
        began, used = time.monotonic(), _processor()
        result = model.bench(X, [target], ops=["predict"])
        return result.to_json(), time.monotonic() - began, _processor() - used


def _processor() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def main() -> None:
    """One line per target that has an emulator."""
    X, y = load_digits(return_X_y=True)
    model = emlearn.convert(RandomForestClassifier(10, max_depth=8, random_state=0).fit(X, y), input="uint8")
    print("target          seconds  of processors  second run")
    for target in TARGETS.values():
        if target.memory is not None and target.emulators:
            (first, seconds, used), (second, _, _) = (measured(model, X[:ROWS], target.name) for _ in range(2))
            print(f"{target.name:15} {seconds:7.1f} {used:14.1f}  {'equal to the unit' if first == second else 'DIFFERS'}", flush=True)


if __name__ == "__main__":
    main()
