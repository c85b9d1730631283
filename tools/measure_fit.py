"""Accuracy against flash by ``fit_to``: the table and the plot of docs/fit-to.md.

    python tools/measure_fit.py --plot docs/fit-to.svg

30 % of the rows are new to the models; half of these are ``data=`` of ``fit_to``, the other half tell the accuracy. Four such splits, each
with a model. Of the watch's recordings, which come with the package seglearn, three of ten people are new: one is the data (two of them
in turn), the others tell the accuracy.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import xgboost
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

BUDGETS = (2048, 4096, 8192)
SPLITS, PEOPLE = 4, 2
TARGET = "cortex-m0plus"

#: A model, rows that are new to it with their labels, and which of them are the data.
Split = tuple[emlearn.Model, np.ndarray, np.ndarray, np.ndarray]


def cases() -> Iterator[tuple[str, list[Split]]]:
    """Names and splits."""
    yield (
        "digits, forest of 50 trees",
        [digits(RandomForestClassifier(50, max_depth=10, random_state=seed), seed) for seed in range(SPLITS)],
    )
    boosted = xgboost.XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1)
    yield "digits, XGBoost, 20 rounds", [digits(clone(boosted), seed) for seed in range(SPLITS)]
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "watch"))
    import recordings

    windows = recordings.load()
    known, new = ~windows.is_test, windows.is_test
    watch = RandomForestClassifier(50, random_state=0).fit(windows.features[known] * recordings.SCALE, windows.labels[known])
    model, whose = emlearn.convert(watch, input="int16", input_scale=recordings.SCALE), windows.subject[new]
    people = np.unique(whose)[:PEOPLE]
    yield "watch, forest of 50 trees, int16", [(model, windows.features[new], windows.labels[new], whose == one) for one in people]


def digits(estimator: Any, seed: int) -> Split:
    X, X_new, y, y_new = train_test_split(*load_digits(return_X_y=True), test_size=0.3, random_state=seed)
    is_data = np.random.default_rng(seed).permutation(len(X_new)) % 2 == 0
    return emlearn.convert(estimator.fit(X, y), input="uint8"), X_new, y_new, is_data


def curve(splits: list[Split]) -> dict[int, tuple[float, float, bool]]:
    """By budget (0: as it is), means over the splits: bytes, accuracy on rows that ``fit_to`` has not seen; and whether all met it."""
    found: dict[int, list[tuple[float, float, bool]]] = {budget: [] for budget in (*BUDGETS, 0)}
    for model, X, y, is_data in splits:
        X_test, y_test = X[~is_data], y[~is_data]
        for budget in BUDGETS:
            fit = model.fit_to(flash=budget, data=(X[is_data], y[is_data]), target=TARGET)
            found[budget].append((fit.step.cost.flash, float(np.mean(fit.model.predict(X_test) == y_test)), fit.ok))
        found[0].append((fit.steps[0].cost.flash, float(np.mean(model.predict(X_test) == y_test)), True))
        print(*(f"{budget}: {100 * each[-1][1]:.1f}" for budget, each in found.items()), file=sys.stderr, flush=True)
    return {budget: (float(np.mean([f for f, _, _ in each])), float(np.mean([a for _, a, _ in each])), all(ok for _, _, ok in each))
            for budget, each in found.items()}  # fmt: skip


def plot(curves: dict[str, dict[int, tuple[float, float, bool]]], file: Path) -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for name, points in curves.items():
        flash, accuracy = zip(*sorted((bytes_, share) for bytes_, share, _ in points.values()), strict=True)
        axes.plot(flash, accuracy, marker="o", label=name)
    axes.set(xscale="log", xlabel=f"flash on {TARGET}, bytes", ylabel="accuracy on rows that fit_to has not seen")
    axes.set_xticks(BUDGETS, [f"{budget:,}" for budget in BUDGETS])
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", type=Path, help="also draw the curves")
    options: Any = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)
    print("| model | as it is |" + "".join(f" {budget:,} B |" for budget in reversed(BUDGETS)))
    print("|---" * (len(BUDGETS) + 2) + "|")
    curves = {}
    for name, splits in cases():
        points = curves[name] = curve(splits)
        given = points[0]
        cells = [f"{given[0]:,.0f} B, {100 * given[1]:.1f} %"]
        for budget in reversed(BUDGETS):
            bytes_, accuracy, ok = points[budget]
            cells.append(f"{bytes_:,.0f} B, {100 * (accuracy - given[1]):+.1f}" + ("" if ok else " (not met)"))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    if options.plot is not None:
        plot(curves, options.plot)


if __name__ == "__main__":
    main()
