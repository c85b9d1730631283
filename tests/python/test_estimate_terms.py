"""What estimates read off a header's text: terms of kernels, lines of generated trees, what several units share.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn.report import estimate, generated
from emlearn.report.terms import units
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from benchmarks import progress

X, Y = load_iris(return_X_y=True)


def test_lines_of_generated_trees():
    forest = RandomForestClassifier(4, max_depth=3, random_state=0).fit(np.rint(10 * X), Y)
    model = emlearn.convert(forest, input="int16", optimize="speed")
    part = model.part()
    (unit,) = units(part, ("predict",), "int16_t")
    inner = sum(int((tree.tree_.feature >= 0).sum()) for tree in forest.estimators_)
    assert unit.nodes["trees"] == 4 and 0 < unit.nodes["leaves"] - 4 <= inner
    assert [count for name, count in unit.nodes.items() if name.startswith("trees ")] == [4]
    assert unit.nodes["one answer"] + unit.nodes["shared answer"] >= 4
    assert "if (" in part.declarations and "if (" not in generated.without(part.declarations)


@pytest.mark.parametrize("optimize", ["size", "balanced"])
def test_tables_are_no_generated_trees(optimize):
    forest = RandomForestClassifier(20, random_state=0).fit(X, Y)
    part = emlearn.convert(forest, optimize=optimize).part()
    assert not generated.bodies(part.declarations) and not generated.count(part.declarations, "float", ())
    assert generated.without(part.declarations) == part.declarations


def test_numbers_that_stand_alone_are_terms():
    machine = SVC(kernel="linear").fit(X[:100], Y[:100])
    machine.intercept_[:] = machine._intercept_[:] = -3.0
    (below,) = units(emlearn.convert(machine).part(), ("predict",), "float")
    machine.intercept_[:] = machine._intercept_[:] = 3.0
    (above,) = units(emlearn.convert(machine).part(), ("predict",), "float")
    assert {name for name in below.terms if name.endswith("is negative")} != {name for name in above.terms if name.endswith("is negative")}


def test_kernels_that_several_units_name():
    members = [(str(c), LogisticRegression(C=c, max_iter=1000)) for c in (0.1, 1.0, 10.0)]
    model = emlearn.convert(VotingClassifier(members, voting="soft").fit(X, Y))
    found = units(model.part(), ("predict",), "float")
    shared = estimate.repeated(found)
    assert any(name.startswith("linear::") and count == 2 for name, count in shared.items())
    assert not estimate.repeated(found[:1])


def test_progress_without_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 2)
    with progress.bar("measuring", [10, 20, 30]) as step:
        for number, name in enumerate("abc"):
            step(number, name)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" (")[0] for line in lines] == ["measuring: 2 of 3", "measuring: 3 of 3"] and lines[-1].endswith("c)")


def test_a_table_that_is_larger_than_any_that_was_left_out_is_linked():
    unit = units(emlearn.convert(SVC(kernel="linear").fit(X[:100], Y[:100])).part(), ("predict",), "float")[-1]
    name, size = max(unit.tables, key=lambda table: table[1])
    others = sum(bytes_ for other, bytes_ in unit.tables if other != name)
    for most, told in ((size, others), (size - 1, others + size)):
        known = {"families": {unit.family: {"tables": {estimate.table_kind(name): [most, False]}}}}
        assert estimate.linked(known, unit, True) == told
