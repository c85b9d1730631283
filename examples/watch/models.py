"""The models of the demo: what is trained, and how each is converted. Small enough for 32 kB of flash and 2 kB of RAM.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
from typing import Any

import emlearn
import numpy as np
import pandas as pd
from recordings import FEATURES, SCALE, Windows
from sklearn.base import is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


@dataclasses.dataclass(frozen=True)
class Entry:
    """One model of the demo.

    Attributes
    ----------
    name : str
        Of the header's file and namespace.
    title : str
        For the tables.
    estimator : object
        Fitted.
    model : emlearn.Model
    rows : ndarray
        All windows, as the device gets them.
    """

    name: str
    title: str
    estimator: Any
    model: emlearn.Model
    rows: np.ndarray

    def accuracy(self, windows: Windows) -> float | None:
        """The converted model's, on people whom it has never seen; None for a mixture, which knows no labels."""
        if not is_classifier(self.estimator):
            return None
        return float(np.mean(self.model.predict(self.rows[windows.is_test]) == windows.labels[windows.is_test]))


def train(windows: Windows) -> list[Entry]:
    """Fit on the training subjects, and convert."""
    units = pd.DataFrame(windows.features * SCALE, columns=list(FEATURES))
    known, labels = units[~windows.is_test], windows.labels[~windows.is_test]
    forest = RandomForestClassifier(n_estimators=10, max_leaf_nodes=48, random_state=0).fit(known, labels)
    network = make_pipeline(StandardScaler(), MLPClassifier((16,), alpha=1.0, max_iter=3000, random_state=0)).fit(known, labels)
    bayes = GaussianNB().fit(known, labels)
    mixture = make_pipeline(StandardScaler(), GaussianMixture(7, covariance_type="diag", reg_covar=1e-3, random_state=0)).fit(known)
    floats = np.asarray(units, dtype=np.float32)
    return [
        Entry("forest", "random forest, float", forest, emlearn.convert(forest), floats),
        Entry("forest16", "random forest, int16", forest, emlearn.convert(forest, input="int16", input_scale=SCALE), windows.features),
        Entry("network", "scaler + MLP", network, emlearn.convert(network), floats),
        Entry("bayes", "Gaussian naive Bayes", bayes, emlearn.convert(bayes), floats),
        Entry("mixture", "scaler + mixture", mixture, emlearn.convert(mixture), floats),
    ]
