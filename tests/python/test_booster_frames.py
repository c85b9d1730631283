"""Boosters as users have them: columns of categories in frames, and records that are read once.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import gc
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError
from emlearn.families.ensembles import kept
from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True)


def numbering(library: str) -> Any:
    """An estimator that numbers the categories of a frame."""
    module = pytest.importorskip(library, reason=f"{library} is not installed: pip install {library}")
    if library == "xgboost":
        return module.XGBClassifier(n_estimators=3, n_jobs=1, enable_categorical=True)
    return module.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1, min_data_per_group=1, cat_smooth=0)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_categories_of_a_frame_are_their_numbers_or_refused(library):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    values = (10 * np.rint(X[:, 2])).astype(int)
    frame = pandas.DataFrame({"width": X[:, 1].astype(np.float32), "length": pandas.Categorical(values)})
    estimator = numbering(library).fit(frame, y)
    model = emlearn.convert(estimator)
    for ask in (model.predict, model.verify):
        with pytest.raises(InvalidInputError, match=r"column 'length' of categories.*pass X\['length'\]\.cat\.codes"):
            ask(frame)
    numbers = frame.assign(length=frame["length"].cat.codes)
    assert np.array_equal(model.predict(numbers), estimator.predict(frame))
    assert model.verify(numbers).ok
    same = frame.assign(length=pandas.Categorical(numbers["length"]))  # categories that are their own numbers
    assert np.array_equal(model.predict(same), estimator.predict(frame))


def boosters(library: str) -> Any:
    """A Booster, and how it is trained further (None where it cannot be)."""
    module = pytest.importorskip(library, reason=f"{library} is not installed: pip install {library}")
    if library == "catboost":
        return module.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False, thread_count=1).fit(X, y), None
    if library == "lightgbm":
        data = module.Dataset(X, y, free_raw_data=False)
        options = {"objective": "multiclass", "num_class": 3, "verbose": -1, "num_threads": 1}
        return module.train(options, data, 3, keep_training_booster=True), lambda booster: booster.update()
    data = module.DMatrix(X, y)
    booster = module.train({"objective": "multi:softprob", "num_class": 3, "nthread": 1}, data, 3)
    return booster, lambda booster: booster.update(data, 3)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_a_booster_is_read_once_until_it_is_trained_further(library, monkeypatch):
    booster, further = boosters(library)
    model = emlearn.convert(booster)
    module = __import__(f"emlearn.families.ensembles.{library}", fromlist=["kept"])
    calls, whole = [], module.kept
    monkeypatch.setattr(module, "kept", lambda given, rounds, read: whole(given, rounds, lambda found: calls.append(1) or read(found)))
    assert model.verify(X).ok and model.verify(X).ok and len(calls) == 1
    if further is not None:
        further(booster)
        assert emlearn.convert(booster).verify(X).ok and len(calls) == 2
    before = len(kept._KEPT)
    del booster, model
    gc.collect()
    assert len(kept._KEPT) == before - 1
