"""What a forest of 1,000 trees and 100,000 nodes takes: to convert and save, and to compile.

    python tools/measure_large.py [mode ...]

Seconds are those of the processor, memory is the most that a process had resident; each step runs in a process of its own, the interpreter
with scikit-learn and emlearn loaded being its first line. Headers are compiled for the host (g++ -O2) and for Cortex-M0+ (-Os).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import emlearn
import numpy as np
from emlearn.options import OPTIMIZE
from sklearn.ensemble import RandomForestClassifier

TREES, NODES, FEATURES = 1000, 100_000, 20
CONVERT = """import pickle, sys, emlearn
estimator = pickle.load(open(sys.argv[1], "rb"))
if len(sys.argv) > 2: emlearn.convert(estimator, input="int16", optimize=sys.argv[2]).save("large.hpp")"""
COMPILERS = {
    "host": ("g++", "-std=c++17", "-O2"),
    "Cortex-M0+": ("arm-none-eabi-g++", "-std=gnu++17", "-Os", "-mcpu=cortex-m0plus", "-mthumb"),
}


def main(modes: list[str]) -> None:
    """Print a line as soon as a step is done."""
    with tempfile.TemporaryDirectory() as folder:
        estimator = forest()
        nodes = sum(int(np.count_nonzero(tree.tree_.children_left >= 0)) for tree in estimator.estimators_)
        (Path(folder) / "forest.pkl").write_bytes(pickle.dumps(estimator))
        print(f"{TREES:,} trees, {nodes:,} inner nodes", flush=True)
        tell("interpreter, estimator read", folder, sys.executable, "-c", CONVERT, "forest.pkl")
        for mode in modes or OPTIMIZE:
            tell(f"{mode}: convert and save", folder, sys.executable, "-c", CONVERT, "forest.pkl", mode)
            source = '#include "large.hpp"\nint answer(const int16_t* x) { return large::predict(x); }\n'
            (Path(folder) / "use.cpp").write_text(source)
            size = (Path(folder) / "large.hpp").stat().st_size
            for name, command in COMPILERS.items():
                tell(f"{mode}: compile for {name}, {size / 1e6:.1f} MB", folder, *command, "-I", emlearn.get_include(), "-c", "use.cpp")


def forest() -> RandomForestClassifier:
    """Whole numbers as features; four classes, of which a tree of 101 leaves does not make sure."""
    rng = np.random.default_rng(0)
    X = rng.integers(-1000, 1000, (4000, FEATURES))
    y = (X[:, 0] + X[:, 1] > rng.normal(size=4000) * 500) + 2 * (X[:, 2] * 1.5 > X[:, 3] + rng.normal(size=4000) * 500)
    return RandomForestClassifier(TREES, max_leaf_nodes=NODES // TREES + 1, random_state=0).fit(X, y)


def tell(what: str, folder: str, *command: str) -> None:
    """Run a step, and print its seconds and megabytes."""
    process = subprocess.Popen(command, cwd=folder)
    _, status, used = os.wait4(process.pid, 0)
    outcome = f"exit code {os.waitstatus_to_exitcode(status)}" if status else "done"
    print(f"{what:48} {used.ru_utime + used.ru_stime:6.1f} s {used.ru_maxrss / 1e3:7.0f} MB  {outcome}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
