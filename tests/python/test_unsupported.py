"""Every estimator of scikit-learn is either supported, or listed with the reason and the nearest class that is.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import pytest
from emlearn.registry import readers
from emlearn.unsupported import UNSUPPORTED, explain
from sklearn.base import BaseEstimator
from sklearn.decomposition import NMF, SparsePCA
from sklearn.utils import all_estimators

ESTIMATORS = dict(all_estimators())


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_each_estimator_is_supported_or_listed_never_both(name):
    assert (ESTIMATORS[name] in readers()) != (name in UNSUPPORTED)


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_each_entry_has_a_reason_and_a_nearest_class_that_is_supported(name):
    entry = UNSUPPORTED[name]
    assert entry.nearest in {cls.__name__ for cls in readers()}
    assert 15 < len(entry.reason) < 120 and not entry.reason.endswith(".")
    message = explain(ESTIMATORS[name]) if name in ESTIMATORS else f"{entry.reason} {entry.nearest}"
    assert entry.reason in message and entry.nearest in message


def test_the_list_has_no_class_that_scikit_learn_does_not_know():
    unknown = set(UNSUPPORTED) - set(ESTIMATORS)
    assert unknown <= {"ClassicalMDS"}, "ClassicalMDS came with scikit-learn 1.9; all others are in every version supported"


def test_the_message_names_the_class_the_reason_the_nearest_and_where_to_ask():
    fitted = NMF(1, max_iter=5, tol=1.0).fit([[0.0, 1.0], [1.0, 3.0]])
    with pytest.raises(emlearn.UnsupportedError) as caught:
        emlearn.convert(fitted)
    message = str(caught.value)
    assert message.startswith("NMF cannot be converted: transform solves an optimisation for each row")
    assert "Nearest supported: MLPClassifier" in message and "open an issue at https://" in message


def test_a_subclass_of_an_unsupported_class_gets_its_reason():
    class Mine(SparsePCA):
        pass

    with pytest.raises(emlearn.UnsupportedError, match="SparsePCA cannot be converted"):
        emlearn.convert(Mine(n_components=1).fit([[0.0, 1.0], [1.0, 3.0], [2.0, 2.0]]))


def test_an_unknown_class_gets_the_list_of_supported_ones():
    class Homemade(BaseEstimator):
        def fit(self, X, y=None):
            self.fitted_ = True
            return self

    with pytest.raises(emlearn.UnsupportedError, match=r"Homemade cannot be converted.*Supported: .*RandomForestClassifier.*open an issue"):
        emlearn.convert(Homemade().fit([[0]]))


def test_a_foreign_class_of_the_same_name_is_not_taken_for_scikit_learns():
    assert explain(type("SparsePCA", (), {"__module__": "somewhere.else"})) is None
