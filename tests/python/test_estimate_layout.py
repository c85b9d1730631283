"""What estimates make of generated trees: their lines laid out on chips, and what is known on the ways through them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn.report import generated
from emlearn.report.layout import CHIPS, bytes_of
from emlearn.report.paths import known_on
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

#: One question, two answers, which go to one place.
STUMP = ["if (at<0>(x) <= 5) { payload = 1; goto p0; }", "{ payload = 2; goto p0; }", "p0: sink(payload);"]


def parts(load: int, compare: int, branch: int, jump: int, answer: int) -> dict[str, int]:
    """A stump's: the second answer stands where it goes to, and 4 bytes hand it on."""
    total = load + compare + branch + jump + answer + 4
    return {"load": load, "compare": compare, "branch": branch, "jump": jump, "answer": answer, "total": total}


@pytest.mark.parametrize(
    ("chip", "x", "wanted"),
    [
        ("avr-atmega328p", "uint8_t", parts(2, 2, 2, 2, 8)),  # ldd, cpi, brcs, ldi ldi rjmp, ldi ldi
        ("avr-atmega328p", "int16_t", parts(4, 2, 2, 2, 8)),  # ldd ldd, sbiw
        ("avr-atmega328p", "float", parts(8, 8, 2, 2, 8)),  # four of each, three of them with r1
        ("cortex-m0plus", "uint8_t", parts(2, 2, 2, 2, 4)),  # ldrb, cmp, bhi, movs b, movs
        ("cortex-m0plus", "int16_t", parts(4, 2, 2, 2, 4)),  # movs ldrsh
        ("cortex-m4f", "int16_t", parts(4, 2, 2, 2, 4)),  # ldrsh.w
        ("rv32imc", "int32_t", parts(2, 2, 4, 2, 4)),  # c.lw, c.li, bge, c.li c.j, c.li
    ],
)
def test_stump_counted_by_hand(chip, x, wanted):
    assert dict(bytes_of(STUMP, x, CHIPS[chip])) == wanted


@pytest.mark.parametrize(
    ("chip", "near", "far"), [("avr-atmega328p", 2, 4), ("cortex-m0plus", 2, 4), ("cortex-m4f", 2, 4), ("rv32imc", 4, 4)]
)
def test_branches_over_long_ways_are_longer(chip, near, far):
    filler = [f"if (at<0>(x) > {number}) goto s{number}; " for number in range(100)]
    labels = [f"s{number}:;" for number in range(100)]
    short, long = (["if (at<1>(x) > 3) goto n0_1;", *between, "n0_1:;", *labels] for between in ([], filler))
    assert bytes_of(short, "uint8_t", CHIPS[chip])["branch"] == near
    alone = bytes_of([*filler, *labels], "uint8_t", CHIPS[chip])["branch"]
    assert bytes_of(long, "uint8_t", CHIPS[chip])["branch"] == alone + far


def test_words_behind_a_function_are_shared():
    once, twice, other = (
        bytes_of([f"if (at<0>(x) > {value}) goto p0;" for value in values], "int32_t", CHIPS["cortex-m0plus"])["compare"]
        for values in ([1001], [1001, 1001], [1001, 1003])
    )
    assert (once, twice, other) == (8, 12, 16)  # ldr, cmp and a word


def test_what_is_known_at_the_end_of_a_tree():
    lines = [
        "if (at<0>(x) > 5) goto n0_1;",
        "{ payload = 1; goto p0; }",
        "n0_1:",
        "if (at<0>(x) > 9) { payload = 2; goto p0; }",
        "{ payload = 3; goto p0; }",
        "p0: sink(payload);",
        "if (at<0>(x) > 3) goto n1_1;",  # settled for both leaves above 5
        "{ payload = 4; goto p1; }",
        "n1_1:",
        "if (at<1>(x) <= 2) { payload = 5; goto p1; }",
        "{ payload = 6; goto p1; }",
        "p1: sink(payload);",
    ]
    found, again = known_on(lines)
    assert found == {"leaves": 6, "settled": 2, "skipped": 2, "places": 1}
    assert +again == {0: 1}


@pytest.mark.parametrize("input_", ["float32", "int16", "uint8"])
@pytest.mark.parametrize("kind", [DecisionTreeClassifier, RandomForestRegressor, GradientBoostingClassifier])
def test_each_question_has_two_answers(kind, input_):
    X, y = load_diabetes(return_X_y=True) if kind is RandomForestRegressor else load_iris(return_X_y=True)
    sizes = {} if kind is DecisionTreeClassifier else {"n_estimators": 5, "max_depth": 4}
    estimator = kind(random_state=0, **sizes).fit(X, y)
    scale = {} if input_ == "float32" else {"input_scale": np.abs(X).max() / 100}
    part = emlearn.convert(estimator, input=input_, optimize="speed", **scale).part()
    (body,) = generated.bodies(part.declarations)
    lines = body.splitlines()
    questions = sum(line.lstrip().startswith("if (") and "decided" not in line and "enough" not in line for line in lines)
    found, _ = known_on(lines)
    nodes = generated.count(part.declarations, "float", ["one"])
    assert found["leaves"] == questions + nodes["trees"] > 4
    assert 0 <= found["places"] <= found["settled"] <= found["skipped"]
    for chip, isa in CHIPS.items():
        own = bytes_of(lines, {"float32": "float"}.get(input_, f"{input_}_t"), isa)
        assert questions * 4 < own["total"] and own["total"] >= own["load"] + own["compare"] + own["branch"], chip


def test_how_trees_are_kept_apart_is_counted():
    X, y = load_diabetes(return_X_y=True)
    values = emlearn.convert(RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, y), optimize="speed").part().declarations
    everywhere = values.replace("EMLEARN_APART_NEAR()", "EMLEARN_APART()")
    nowhere = values.replace("EMLEARN_APART_NEAR();", "")
    for declarations, kind in ((values, "near"), (everywhere, "apart"), (nowhere, "followed")):
        nodes = generated.count(declarations, "float", ["fixed_sum"])
        assert {name.split()[-1] for name in nodes if name.startswith("cortex-m0plus: load ")} == {"float", kind}
