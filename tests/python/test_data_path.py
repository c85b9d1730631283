"""From estimator to header as a whole: every arrow a function, every form a value that can be compared and printed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import os
import pickle
import re
import warnings
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn import registry
from emlearn.convert import _passes
from emlearn.front import Front
from emlearn.inputs import Input
from emlearn.options import Options
from emlearn.record import Record
from emlearn.registry import FAMILIES, FRAMEWORKS, Family, More, family_of, read, readers
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

ESTIMATORS = {
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "regressor": lambda: DecisionTreeRegressor(random_state=0),
    "forest": lambda: RandomForestClassifier(3, random_state=0),
    "network": lambda: make_pipeline(StandardScaler(), MLPClassifier((3,), max_iter=300, tol=1, random_state=0)),
    "network regressor": lambda: MLPRegressor(hidden_layer_sizes=(3,), max_iter=300, tol=10, random_state=0),
    "bayes": lambda: GaussianNB(),
    "mixture": lambda: GaussianMixture(2, random_state=0),
    "scaler": lambda: StandardScaler(),
    "chain": lambda: make_pipeline(MinMaxScaler(clip=True), GaussianNB()),
    "vote": lambda: VotingClassifier([("a", DecisionTreeClassifier(random_state=0)), ("b", GaussianNB())], voting="soft"),
}


@pytest.fixture(params=ESTIMATORS)
def fitted(request):
    X, y = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ESTIMATORS[request.param]().fit(X, y)


def test_records_are_values(fitted) -> None:
    one, two = emlearn.convert(fitted).record, emlearn.convert(copy.deepcopy(fitted)).record
    assert one == two and one is not two
    assert one != dataclasses.replace(two, n_features=two.n_features + 1)
    assert repr(one).startswith(type(one).__name__)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.n_features = 3
    assert pickle.loads(pickle.dumps(one)) == two


def test_the_data_path_in_its_arrows(fitted) -> None:
    read_once = read(fitted)
    assert isinstance(read_once, Record)
    record, facts = _passes(read_once, Front(Input.make(n_features=read_once.n_features)), Options())
    assert record == emlearn.convert(fitted).record and set(facts) <= {"folded"}
    assert read(fitted) == read_once, "passes leave their argument alone"
    assert record.ops and family_of(record).emit(record).functions


def test_subclasses_are_read_as_what_they_derive_from() -> None:
    class Mine(DecisionTreeClassifier):
        pass

    X, y = load_iris(return_X_y=True)
    assert emlearn.convert(Mine(random_state=0).fit(X, y)).verify(X).ok


def test_readers_are_of_the_frameworks_that_are_listed() -> None:
    for cls in readers():
        assert cls.__module__.split(".")[0] in FRAMEWORKS


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_what_families_have(name: str) -> None:
    """And what it has besides is taken by the same arguments in every family, and listed."""
    family = importlib.import_module(f"emlearn.families.{name}")
    assert {*members(Family), *Family.__annotations__} <= set(family.__all__)
    for wanted in (Family, More):
        for op in set(members(wanted)) & set(family.__all__):
            taken = inspect.signature(getattr(family, op)).parameters.values()
            if not any(parameter.kind is parameter.VAR_POSITIONAL for parameter in taken):  # one for each kind of record
                assert len(taken) == len(inspect.signature(getattr(wanted, op)).parameters) - 1, op


def test_what_families_may_have_is_asked_for_and_is_had() -> None:
    families = [importlib.import_module(f"emlearn.families.{name}") for name in FAMILIES]
    listed = {*members(More), *More.__annotations__}
    assert listed == {name for name in listed if any(name in family.__all__ for family in families)}
    package = Path(registry.__file__).parent
    asked = {name for path in package.rglob("*.py") for name in re.findall(r"\bown\([^\"()]+, \"(\w+)\"\)", path.read_text())}
    assert asked == listed


def members(wanted: type) -> list[str]:
    return [name for name, value in vars(wanted).items() if inspect.isfunction(value) and not name.startswith("_")]


def test_unfitted_and_foreign_objects() -> None:
    with pytest.raises(NotFittedError):
        emlearn.convert(DecisionTreeClassifier())
    with pytest.raises(NotFittedError):
        emlearn.convert(make_pipeline(StandardScaler(), DecisionTreeClassifier()))
    with pytest.raises(emlearn.InvalidInputError, match="is the class DecisionTreeClassifier"):
        emlearn.convert(DecisionTreeClassifier)
    with pytest.raises(emlearn.UnsupportedError, match="it is no estimator"):
        emlearn.convert(object())


def test_nothing_global_changes(fitted) -> None:
    before = np.geterr(), list(warnings.filters), dict(os.environ), np.random.get_state()[1].tobytes()
    emlearn.convert(fitted).save(name="m")
    assert before == (np.geterr(), list(warnings.filters), dict(os.environ), np.random.get_state()[1].tobytes())


def test_the_reference_answers_without_the_compiled_kernels(fitted, monkeypatch) -> None:
    X, _ = load_iris(return_X_y=True)
    model = emlearn.convert(fitted)
    op = model.record.ops[0]
    kernels = getattr(model, op)(X)

    def gone(*_):
        raise ImportError

    family = family_of(model.record)
    monkeypatch.setattr(family, "run", gone)
    if hasattr(family, "bulk"):
        monkeypatch.setattr(family, "bulk", gone)
    model = emlearn.convert(fitted)
    with pytest.warns(RuntimeWarning, match="numpy reference predicts instead"):
        reference = getattr(model, op)(X)
    assert reference.dtype == kernels.dtype and reference.shape == kernels.shape
    np.testing.assert_allclose(reference.astype(float), kernels.astype(float), rtol=1e-4, atol=1e-5)


def test_operations_follow_the_estimator() -> None:
    X, y = load_iris(return_X_y=True)
    tree = emlearn.convert(DecisionTreeRegressor().fit(X, y))
    assert hasattr(tree, "predict") and not hasattr(tree, "predict_proba") and not hasattr(tree, "transform")
    with pytest.raises(AttributeError, match="has no"):
        tree.score_samples(X)
    scaler = emlearn.convert(StandardScaler().fit(X))
    assert hasattr(scaler, "transform") and not hasattr(scaler, "predict")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int16", "uint16", "int8", "uint8"])
def test_every_input_type_reaches_every_family(fitted, dtype: str) -> None:
    X, _ = load_iris(return_X_y=True)
    raw = X if dtype.startswith("f") else np.rint(X * 10)
    model = emlearn.convert(fitted, input=dtype, input_scale=1 if dtype.startswith("f") else 0.1)
    assert model.verify(raw).ok
