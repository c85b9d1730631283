"""Each class of the classical families has a recipe for random fits, and random fits of all are within their bounds.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import emlearn
import pytest
from emlearn.registry import _readers_of
from parity.recipes import RECIPES, fitted

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from count_parity import Count, count_fit  # noqa: E402

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"
ALL = [(family, name) for family, recipes in RECIPES.items() for name in recipes]

#: Of bags, trees' readers come before those of other models.
ELSEWHERE = {"BaggingClassifier", "BaggingRegressor"}


def test_every_class_has_a_recipe() -> None:
    for family, recipes in RECIPES.items():
        readers = {cls.__name__ for cls in _readers_of(family, "sklearn") if not cls.__name__.startswith("_")}
        assert readers - set(recipes) == set(), family
        assert set(recipes) - readers <= ELSEWHERE, family


def test_the_page_has_every_class() -> None:
    page = (ROOT / "docs" / "parity.md").read_text()
    missing = [name for family, name in ALL if f"| {family} | {name} |" not in page]
    assert not missing, f"python tools/count_parity.py --family ... : {missing}"


@pytest.mark.parametrize(("family", "name"), ALL if CAMPAIGN else ALL[:: len(ALL) // 20])
def test_random_fits(family: str, name: str) -> None:
    count = Count()
    for seed in range(20 if CAMPAIGN else 1):
        count_fit(count, RECIPES[family][name], name, seed)
    assert count.failed == 0 and count.fits + count.refused > 0


def test_fits_are_the_same_again() -> None:
    recipe = RECIPES["svm"]["SVC"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (first, data), (second, again) = fitted(recipe, 7), fitted(recipe, 7)
        texts = [emlearn.convert(estimator, **data.arguments).save(name="m") for estimator in (first, second)]
    assert texts[0] == texts[1] and (data.raw == again.raw).all()
