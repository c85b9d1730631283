"""The rows on the model and on save.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn import convert
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import RandomForestClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB

from .common import FOREST, FOREST_VALUES, IRIS, SPECIES, X, Y, row, warned


@row("model.predict(X)")
def _() -> None:
    names = np.array(["a", "b", "c"])[SPECIES]
    estimator = RandomForestClassifier(3, random_state=0).fit(IRIS, names)
    answers = convert(estimator).predict(IRIS)
    assert isinstance(answers, np.ndarray) and answers.dtype == names.dtype
    np.testing.assert_array_equal(answers, estimator.predict(IRIS))


@row("model.predict_proba(X)")
def _() -> None:
    for estimator in (FOREST, GaussianNB().fit(X + np.random.default_rng(0).normal(size=X.shape), Y)):
        np.testing.assert_allclose(convert(estimator).predict_proba(X), estimator.predict_proba(X.astype(np.float32)), rtol=0, atol=1e-3)
    with pytest.raises(AttributeError):
        convert(FOREST_VALUES).predict_proba(IRIS)


@row("model.score_samples(X)")
def _() -> None:
    estimator = GaussianMixture(3, random_state=0).fit(IRIS)
    np.testing.assert_allclose(convert(estimator).score_samples(IRIS), estimator.score_samples(IRIS), rtol=1e-3, atol=1e-2)


@row("model.predict_log_proba(X)")
def _() -> None:
    with pytest.raises(AttributeError, match=r"no predict_log_proba: use np.log"):
        convert(FOREST).predict_log_proba(X)
    assert not hasattr(convert(FOREST), "predict_log_proba")


@row("model.mahalanobis(X)")
def _() -> None:
    envelope = EllipticEnvelope(random_state=0).fit(IRIS)
    np.testing.assert_allclose(convert(envelope).mahalanobis(IRIS), envelope.mahalanobis(IRIS), rtol=1e-3)
    assert not hasattr(convert(FOREST), "mahalanobis")


@row("model.forest_")
def _() -> None:
    model = convert(FOREST)
    with pytest.raises(AttributeError, match=r"no forest_: use model.record"):
        model.forest_  # noqa: B018
    assert len(model.record.roots) == 10


# Saving


@row('model.save(name="gesture", file="gesture.h")')
def _() -> None:
    text = convert(FOREST).save(name="gesture", file="gesture.h")
    assert Path("gesture.h").read_text() == text
    assert "namespace gesture" in text
    with pytest.raises(emlearn.InvalidInputError, match=r"'gesture.c' does not end in .h or .hpp"):
        convert(FOREST).save(name="gesture", file="gesture.c")


@row('model.save(file="gesture.h")')
def _() -> None:
    assert "namespace gesture" in convert(FOREST).save(file="gesture.h")


@row('model.save(name="gesture")')
def _() -> None:
    model = convert(FOREST)
    assert "namespace gesture" in model.save(name="gesture")
    assert "namespace model" in model.save()
    assert not list(Path().iterdir())


@row('model.save("gesture.h")')
def _() -> None:
    assert "namespace gesture" in convert(FOREST).save("gesture.h")
    assert Path("gesture.h").exists()


@row('model.save("gesture")')
def _() -> None:
    with pytest.raises(emlearn.InvalidInputError, match=r"save\('gesture.hpp'\).*save\(name='gesture'\)"):
        convert(FOREST).save("gesture")
    assert not list(Path().iterdir())


@row('model.save("gesture", "gesture.h")')
def _() -> None:
    with pytest.raises(emlearn.InvalidInputError, match=r"save\(file='gesture.h', name='gesture'\)"):
        convert(FOREST).save("gesture", "gesture.h")
    assert not list(Path().iterdir())


@row('model.save(name="gesture", format="c")')
def _() -> None:
    model = convert(FOREST)
    assert model.save(name="gesture", format="c") == model.save(name="gesture")
    with pytest.raises(emlearn.InvalidInputError, match="format='rust'"):
        model.save(format="rust")


@row('model.save(name="gesture", format="csv")')
def _() -> None:
    with pytest.raises(emlearn.UnsupportedError, match=r"format='csv'.*save a header"):
        convert(FOREST).save(file="gesture.csv", format="csv")
    assert not list(Path().iterdir())


@row('model.save(name="gesture", inference=["inline"])')
def _() -> None:
    model = convert(FOREST)
    for inference in (["inline"], "loadable", ["inline", "loadable"]):
        with warned("changes nothing in save", "optimize="):
            assert model.save(name="gesture", inference=inference) == model.save(name="gesture")
    with pytest.raises(emlearn.InvalidInputError, match=r"'fast'.*optimize='speed'"):
        model.save(inference=["fast"])


@row('model.save(name="gesture", include_proba=False)')
def _() -> None:
    model = convert(FOREST)
    assert model.save(name="gesture", include_proba=False) == model.save(name="gesture")
