"""Accuracy and flash at once: Optuna looks for the digit classifiers that no other one beats in both.

    python examples/search/two_objectives.py --trials 50

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import emlearn
import optuna
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import cross_validate

X, y = load_digits(return_X_y=True)
SCORING = {"accuracy": "accuracy", "flash": emlearn.scorers.flash("cortex-m0plus", input="uint8", optimize="size")}


def objective(trial: optuna.Trial) -> tuple[float, float]:
    """Accuracy, and bytes on a Cortex-M0+."""
    forest = ExtraTreesClassifier(
        n_estimators=trial.suggest_int("n_estimators", 2, 30),
        max_depth=trial.suggest_int("max_depth", 3, 12),
        min_samples_leaf=trial.suggest_int("min_samples_leaf", 1, 8),
        random_state=0,
    )
    found = cross_validate(forest, X, y, scoring=SCORING, cv=3)
    return found["test_accuracy"].mean(), -found["test_flash"].mean()


def main(arguments: Sequence[str] | None = None) -> optuna.Study:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=50)
    options = parser.parse_args(arguments)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=options.trials)
    print("accuracy  flash   parameters")
    for trial in sorted(study.best_trials, key=lambda trial: trial.values[1]):
        print(f"{trial.values[0]:8.4f} {trial.values[1]:6,.0f}   {trial.params}")
    return study


if __name__ == "__main__":
    main()
