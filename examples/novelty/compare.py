"""Eight ways to tell a new movement from a known one, learned from normal data only: one exercise of the watch's recordings.

    python examples/novelty/compare.py [--out out/novelty] [--normal ER]

Each detector is fitted on windows of one exercise, its threshold is calibrated on other windows of it, and a header is written whose
`is_novel(features)` tells the rest. Ends with exit code 1 where the device's kernels do not agree with scikit-learn's scores.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from sklearn.cluster import KMeans
from sklearn.covariance import EllipticEnvelope
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import LocalOutlierFactor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.svm import OneClassSVM

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "watch"))

import recordings

#: Of each of six channels the mean and the standard deviation.
COLUMNS = [k for k, name in enumerate(recordings.FEATURES) if name.endswith(("_mean", "_std"))]

#: With 30 calibration windows and more, 10 % is the smallest rate that can be promised with confidence 0.95.
FALSE_ALARM_RATE = 0.1


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one detector did.

    Attributes
    ----------
    name : str
    novelty : emlearn.novelty.Novelty
    false_alarms, of_new_people : float
        The share of normal windows told to be novel: of the people that it was fitted on, and of others.
    found : float
        The share of other exercises' windows told to be novel.
    table_bytes : int
    ok : bool
        Whether all that the model answers is scikit-learn's, within the stated bounds.
    """

    name: str
    novelty: Any
    false_alarms: float
    of_new_people: float
    found: float
    table_bytes: int
    ok: bool


def detectors(Z: np.ndarray) -> dict[str, Any]:
    """Fitted on standardised normal rows."""
    return {
        "isolation": IsolationForest(n_estimators=30, random_state=0).fit(Z),
        "envelope": EllipticEnvelope(random_state=0, support_fraction=0.9).fit(Z),
        "mixture": GaussianMixture(3, covariance_type="diag", reg_covar=1e-2, random_state=0).fit(Z),
        "one_class": OneClassSVM(nu=0.1, gamma=0.05).fit(Z),
        "clusters": KMeans(6, n_init=5, random_state=0).fit(Z),
        "neighbours": LocalOutlierFactor(n_neighbors=10, novelty=True).fit(Z),
        "residual": make_pipeline(PCA(4), LinearRegression()).fit(Z, Z),
        "autoencoder": MLPRegressor(hidden_layer_sizes=(6,), alpha=1e-2, max_iter=4000, random_state=0).fit(Z, Z),
    }


def compare(windows: recordings.Windows, normal: str, out: Path | None = None) -> list[Outcome]:
    """All detectors on one exercise as normal; headers are written to `out`."""
    rows = windows.features[:, COLUMNS]
    is_normal = windows.labels == normal
    # Half of the windows overlap the one before: a bound on false alarms is for independent ones, so every other is left out. What is left
    # of the known people is shared out at random: a third to fit on, a third to calibrate on, a third to try.
    apart = np.arange(len(rows)) % 2 == 0
    known = np.random.default_rng(0).permutation(np.flatnonzero(is_normal & apart & ~windows.is_test))
    fit, calibrate, rest = np.array_split(known, 3)
    units = recordings.SCALE[COLUMNS]
    center, spread = (rows[fit] * units).mean(axis=0), (rows[fit] * units).std(axis=0)
    scaling = {"input": "int16", "input_scale": units / spread, "input_offset": -center / spread}
    outcomes = []
    for name, estimator in detectors((rows[fit] * units - center) / spread).items():
        model = emlearn.convert(estimator, **scaling)
        novelty = emlearn.calibrate_threshold(model, rows[calibrate], FALSE_ALARM_RATE)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            model.save(out / f"{name}.hpp", novelty=novelty)
        outcomes.append(
            Outcome(
                name=name,
                novelty=novelty,
                false_alarms=float(np.mean(model.is_novel(rows[rest], novelty))),
                of_new_people=float(np.mean(model.is_novel(rows[is_normal & windows.is_test], novelty))),
                found=float(np.mean(model.is_novel(rows[~is_normal], novelty))),
                table_bytes=model.report().total_bytes,
                ok=model.verify(rows).ok,
            )
        )
    return outcomes


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/novelty"), help="where headers go")
    parser.add_argument("--normal", default="ER", help="the exercise that is normal")
    options = parser.parse_args(arguments)
    windows = recordings.load()
    if options.normal not in windows.labels:
        parser.error(f"--normal {options.normal}: the exercises are {', '.join(sorted(set(windows.labels)))}")
    outcomes = compare(windows, options.normal, options.out)
    print(f"normal: {options.normal}; novel: the six other exercises. Headers: {options.out}")
    print("detector     score           table bytes  false alarms  of new people  found  as scikit-learn")
    for o in outcomes:
        print(
            f"{o.name:<12} {o.novelty.op:<15} {o.table_bytes:>11,}  {o.false_alarms:>12.1%}  {o.of_new_people:>13.1%}  {o.found:>5.1%}"
            f"  {'yes' if o.ok else 'NO'}"
        )
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
