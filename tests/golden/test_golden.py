"""Headers as committed: a change of the output shows in the diff of a commit, line by line.

``python -m pytest tests/golden --update-golden`` writes them anew. The estimators are made by hand, so that no version of
scikit-learn changes them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.ensembles import finish as finish_ensemble
from emlearn.families.ensembles.record import Boosted
from emlearn.families.trees import finish
from emlearn.families.trees.record import Forest
from emlearn.head import Head
from emlearn.inputs import Input
from emlearn.options import Options
from emlearn.record import Task
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

HERE = Path(__file__).parent


def _forest(task: Task, classes: tuple[np.ndarray, ...], leaves: np.ndarray, optimize: str = "balanced", **fields: Any) -> emlearn.Model:
    """Two trees over two features: x[0] <= 3 ? leaf 0 : (x[1] <= -2 ? leaf 1 : leaf 2), and x[1] <= 5 ? leaf 2 : leaf 0."""
    record = Forest(
        n_features=2,
        task=task,
        roots=np.array([0, 2]),
        feature=np.array([0, 1, 1], dtype=np.int32),
        left=np.array([~0, ~1, ~2]),
        right=np.array([1, ~2, ~0]),
        missing_left=np.array([True, False, False]),
        leaves=leaves,
        **fields,
    )
    missing = record.missing_value if record.missing == "value" else None
    names = ("speed", "f 1") if classes else ()
    return emlearn.Model(
        finish(record, Options(optimize=optimize)),
        Head(classes, names, "made by hand", {}),
        Input.make(record.input, missing=missing, n_features=2, names=names),
    )


def _chain(optimize: str) -> emlearn.Model:
    """Nine trees of 12 levels each, whose right children are leaves: so many that bits are the smallest form."""
    nodes = np.arange(9 * 12)
    task, shares = Task("classifier", 1, (3,)), np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.25, 0.75, 0], [0, 1 / 3, 2 / 3]])
    left = np.where(nodes % 12 == 11, ~(nodes % 5), nodes + 1)
    record = Forest(input="int16", n_features=9, task=task, roots=nodes[::12], feature=(nodes % 9).astype(np.int32),
                    threshold=300 - 7 * nodes, left=left, right=~(nodes % 4), missing_left=np.zeros(len(nodes), bool), leaves=shares,
                    weight=np.stack([nodes % 3, nodes % 2], axis=1))  # fmt: skip
    head, source = Head((np.array([4, 5, 9]),), (), "made by hand", {}), Input.make("int16", n_features=9)
    return emlearn.Model(finish(record, Options(optimize=optimize)), head, source)


def _classifier(optimize: str = "balanced") -> emlearn.Model:
    shares = np.array([[1, 0, 0], [0.25, 0.75, 0], [0, 0.5, 0.5]])
    keys = np.array([3.0, -2.0, 5.0], dtype=np.float32).view(np.int32).astype(np.int64)
    keys[1] ^= 0x7FFFFFFF
    labels = (np.array(["idle", 'say "hi"', "è"]),)
    return _forest(Task("classifier", 1, (3,)), labels, shares, optimize, input="float32", threshold=keys, missing="nan")


def _two_outputs() -> emlearn.Model:
    shares = np.array([[1, 0, 0.5, 0.5], [0.25, 0.75, 0, 1], [0, 1, 0.1, 0.9]])
    classes = (np.array([5, 7]), np.array([-1, 1]))
    return _forest(
        Task("classifier", 2, (2, 2)),
        classes,
        shares,
        input="int16",
        threshold=np.array([300, -2, 5]),
        missing="value",
        missing_value=-32768,
    )


def _regressor() -> emlearn.Model:
    return _forest(Task("regressor"), (), np.array([[0.1], [1e-7], [-3e30]]), input="uint8", threshold=np.array([3, 2, 5]))


def _boosted() -> emlearn.Model:
    """Four trees of a split each over two features, two for each of three classes and two that are leaves alone."""
    record = Boosted(
        input="int16",
        n_features=2,
        task=Task("classifier", 1, (3,), (("decision_function", 3),)),
        roots=np.array([0, 1, 2, 3, ~4, ~5]),
        column=np.array([0, 1, 2, 0, 1, 2]),
        feature=np.array([0, 1, 1, 0], dtype=np.int32),
        threshold=np.array([300, -2, 5, 7]),
        left=np.array([~0, ~1, ~2, ~3]),
        right=np.array([~1, ~2, ~3, ~0]),
        missing_left=np.zeros(4, dtype=bool),
        leaves=np.array([[0.5], [-0.25], [1.0], [-1e-3], [0.125], [0.0]]),
        base=np.array([-1.0, 0.5, 0.5]),
        link="softmax",
    )
    return emlearn.Model(
        finish_ensemble(record, Options()), Head((np.array([1, 2, 3]),), (), "made by hand", {}), Input.make("int16", n_features=2)
    )


def _fitted(estimator: Any, **learned: Any) -> Any:
    for name, value in learned.items():
        setattr(estimator, name, value)
    return estimator


def _mlp_classifier() -> Any:
    return _fitted(
        MLPClassifier((2,), activation="relu"), n_features_in_=2, n_layers_=3, n_outputs_=3, out_activation_="softmax",
        classes_=np.array([0, 1, 2]),
        coefs_=[np.array([[0.5, -1.25], [1e-7, 3.0]]), np.array([[1.0, 2.0, -0.1], [0.3, -4.0, 7.0]])],
        intercepts_=[np.array([0.0, 1.5]), np.array([0.25, -0.5, 1 / 3])],
    )  # fmt: skip


def _mlp_regressor() -> Any:
    return _fitted(
        MLPRegressor(hidden_layer_sizes=(2,), activation="tanh"), n_features_in_=2, n_layers_=3, n_outputs_=1, out_activation_="identity",
        coefs_=[np.array([[0.5, -1.25], [0.75, 3.0]]), np.array([[1.0], [-2.5]])], intercepts_=[np.array([0.0, 1.5]), np.array([0.125])],
    )  # fmt: skip


def _bayes() -> Any:
    return _fitted(
        GaussianNB(), n_features_in_=2, classes_=np.array(["no", "yes"]), class_prior_=np.array([0.25, 0.75]), epsilon_=1e-9,
        theta_=np.array([[0.0, 1.0], [2.0, -1.0]]), var_=np.array([[1.0, 4.0], [0.25, 1.0]]),
    )  # fmt: skip


def _mixture() -> Any:
    return _fitted(
        GaussianMixture(2, covariance_type="diag"), n_features_in_=2, weights_=np.array([0.5, 0.5]), converged_=True, lower_bound_=-3.0,
        means_=np.array([[0.0, 1.0], [2.0, -1.0]]), covariances_=np.array([[1.0, 4.0], [0.25, 1.0]]),
        precisions_cholesky_=np.array([[1.0, 0.5], [2.0, 1.0]]),
    )  # fmt: skip


def _clip() -> Any:
    return _fitted(
        MinMaxScaler(clip=True), n_features_in_=2, scale_=np.array([0.5, 0.1]), min_=np.array([-1.0, 0.3]), data_min_=np.zeros(2),
        data_max_=np.ones(2), data_range_=np.ones(2), n_samples_seen_=2,
    )  # fmt: skip


def _logistic() -> Any:
    return _fitted(
        LogisticRegression(), n_features_in_=8, classes_=np.array(["a", "b", "c"]), n_iter_=np.array([1]),
        coef_=np.array([[0.5, 0.0], [1.0, -2.0], [1e-7, 3.0]]) @ np.eye(2, 8, 3), intercept_=np.array([0.25, -0.5, 1 / 3]),
    )  # fmt: skip


MODELS: dict[str, Callable[[], Any]] = {
    "forest_classifier": _classifier,
    "forest_speed": lambda: _classifier("speed"),
    "forest_size": lambda: _chain("size"),
    "forest_two_outputs": _two_outputs,
    "forest_regressor": _regressor,
    "boosted_classifier": _boosted,
    "mlp_classifier": _mlp_classifier,
    "mlp_regressor": _mlp_regressor,
    "mlp_integer": lambda: emlearn.convert(_mlp_classifier(), input="int16", numeric="int8", calibration=[[0, 5], [-3, 9], [8, -7], [2, 2]]),
    "gaussian_nb": _bayes,
    "gaussian_mixture": _mixture,
    "linear_classifier": _logistic,
    "linear_integers": lambda: emlearn.convert(_logistic(), input="int16", input_scale=0.01, numeric="int16"),
    "scaler": _clip,
    "chain": lambda: make_pipeline(_clip(), _bayes()),
}


def _plain(text: str) -> str:
    """Without the versions, which change for other reasons."""
    text = re.sub(r"^// Generated by emlearn .*$", "// Generated by emlearn; do not edit, convert again.", text, flags=re.MULTILINE)
    return re.sub(r"^#if EMLEARN_VERSION.*\n.*\n#endif\n", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", MODELS)
def test_golden(name: str, request: pytest.FixtureRequest) -> None:
    made = MODELS[name]()
    model = made if isinstance(made, emlearn.Model) else emlearn.convert(made)
    text, file = _plain(model.save(name=name)), HERE / f"{name}.hpp"
    if request.config.getoption("update_golden", default=False):
        file.write_text(text)
    assert file.exists(), "write it: python -m pytest tests/golden --update-golden"
    assert text == file.read_text(), "the output has changed: look at it, then python -m pytest tests/golden --update-golden"


def test_no_reference_is_left_over() -> None:
    assert sorted(path.stem for path in HERE.glob("*.hpp")) == sorted(MODELS)
