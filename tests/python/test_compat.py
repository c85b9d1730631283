"""Every row of docs/coming-from-0.23.md: what emlearn 0.23 took is taken, or refused with the remedy.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import emlearn
import pytest
from compat_rows import ROWS, rows_of_the_page
from compat_rows.common import FOREST, IRIS, SPECIES, warned
from emlearn import convert
from emlearn.compat import CompatibilityWarning
from emlearn.preprocessing import Quantizer
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB


def test_each_row_has_a_test_and_each_test_a_row() -> None:
    rows = rows_of_the_page()
    assert len(rows) == len(set(rows))
    assert set(rows) == set(ROWS)


@pytest.mark.parametrize("first_cell", rows_of_the_page())
def test_row(first_cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ROWS[first_cell]()


def test_unknown_arguments_are_listed() -> None:
    with pytest.raises(
        TypeError, match=r"no argument leafbits=: did you mean leaf_bits=\? It takes input, .*; and from emlearn 0.23 kind, method"
    ):
        convert(FOREST, leafbits=3)
    with pytest.raises(ValueError, match=r"save\(\) has no argument colour=: It takes file, name, bundle"):
        convert(FOREST).save(colour="red")


def test_the_new_arguments_do_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        convert(FOREST, input="int16", optimize="speed").save(name="gesture")


def test_subpackages_need_no_import_of_their_own() -> None:
    code = (
        "import emlearn, sys; assert 'emlearn.evaluate' not in sys.modules; "
        "emlearn.evaluate.trees.count_trees; emlearn.preprocessing.Quantizer()"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60, cwd=Path(emlearn.__file__).parents[1])


def test_a_warning_points_at_the_caller() -> None:
    with pytest.warns(CompatibilityWarning) as record:
        convert(FOREST, method="inline")
    assert record[0].filename == __file__
    with pytest.warns(CompatibilityWarning) as record:
        convert(FOREST).save(inference="inline")
    assert record[0].filename == __file__


def test_an_unfitted_estimator_is_not_warned_about() -> None:
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        convert(RandomForestClassifier(), dtype="int16_t")


def test_gaussian_nb_says_what_was_wrong() -> None:
    with warned("class priors", "16.16 fixed point"):
        convert(GaussianNB().fit(IRIS, SPECIES), method="loadable")


def test_quantizer_passes_the_estimator_checks() -> None:
    from sklearn.utils.estimator_checks import check_estimator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(Quantizer())
