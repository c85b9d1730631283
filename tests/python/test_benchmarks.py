"""The side-by-side benchmark: what other tools are fed, how their sources are measured, and what the tables say of it.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn import targets
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

from benchmarks import device, host, measurements, ours, published, report, summary
from benchmarks.cases import CASES, bare, load, train
from benchmarks.tools import exact
from benchmarks.tools.attempt import Attempt, argmax, entry, single_precision

ROOT = Path(__file__).resolve().parents[2]
DOCS, README = ROOT / "docs" / "benchmarks.md", ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results" / "benchmark.json"

CHIPS = ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"]
needs = {name: pytest.mark.skipif(bool(why := measurements.missing(name)), reason=why) for name in [*CHIPS, "host"]}


def on_chips(*names: str):
    return pytest.mark.parametrize("chip", [pytest.param(name, marks=[needs[name], pytest.mark.device]) for name in names])


def _leaves(tree, X, strict: bool) -> np.ndarray:
    """Where a tool's comparison sends each row."""
    node = np.zeros(len(X), dtype=int)
    while (inner := tree.children_left[node] >= 0).any():
        x, t = X[np.arange(len(X)), np.maximum(tree.feature[node], 0)].astype(np.float64), tree.threshold[node]
        left = x < t if strict else x <= t
        node = np.where(inner, np.where(left, tree.children_left[node], tree.children_right[node]), node)
    return node


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        (DecisionTreeClassifier(random_state=0), load_breast_cancer),
        (GradientBoostingClassifier(n_estimators=2, random_state=0), load_iris),
        (RandomForestRegressor(3, random_state=0), load_diabetes),
    ],
    ids=["tree", "boosting", "forest"],
)
def test_fed_thresholds_send_every_row_where_scikit_learn_does(estimator, data, strict):
    X, y = data(return_X_y=True)
    estimator.fit(X, y)
    unit = np.abs(X).max(axis=0) / 30000
    truth = list(exact.trees(estimator))

    fed = list(exact.trees(exact.with_thresholds(estimator, "float32", unit, strict=strict)))
    for true, other in zip(truth, fed):
        inner = true.children_left >= 0
        near = true.threshold[inner].astype(np.float32)
        probes = np.concatenate([near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf))])
        rows = np.repeat(probes[:, None], X.shape[1], axis=1)
        np.testing.assert_array_equal(_leaves(other, rows, strict), true.apply(rows))

    fed = list(exact.trees(exact.with_thresholds(estimator, "int16", unit, strict=strict)))
    for true, other in zip(truth, fed):
        inner = true.children_left >= 0
        boundary = np.rint(true.threshold[inner] / unit[true.feature[inner]])
        raw = np.clip(np.concatenate([boundary - 1, boundary, boundary + 1]), -32768, 32767)
        rows = np.repeat(raw[:, None], X.shape[1], axis=1)
        np.testing.assert_array_equal(_leaves(other, rows, strict), true.apply((rows * unit).astype(np.float32)))


def test_feeding_leaves_the_estimator_alone():
    X, y = load_iris(return_X_y=True)
    estimator = DecisionTreeClassifier(random_state=0).fit(X, y)
    before = estimator.tree_.threshold.copy()
    fed = exact.with_thresholds(estimator, "int16", np.full(4, 0.1), strict=True)
    np.testing.assert_array_equal(estimator.tree_.threshold, before)
    assert not np.array_equal(fed.tree_.threshold, before)


def test_single_precision_marks_literals_and_functions_only():
    text = "double y = x[3] * 1.5 + 2e-3 - exp(a1) + 7 + 3.25f; // v0.5x"
    assert single_precision(text) == "float y = x[3] * 1.5f + 2e-3f - expf(a1) + 7 + 3.25f; // v0.5x"


def test_a_scaler_folds_into_the_first_layer():
    pytest.importorskip("seglearn")
    data = load("watch")
    estimator = CASES["watch_mlp16"].make().fit(data.train, data.train_y)
    np.testing.assert_allclose(bare(estimator).predict_proba(data.test), estimator.predict_proba(data.test), atol=1e-9)


SUM = "  long s = 0;\n  for (int i = 0; i < 5; ++i) s += x[i];\n  return (int)s;"


@on_chips(*CHIPS)
@pytest.mark.parametrize("suffix", ["c", "cpp"])
def test_a_foreign_source_answers_and_costs(chip, suffix):
    rows = np.arange(-10, 10, dtype=np.int16).reshape(4, 5)
    source = "#include <stdint.h>\n" + entry("classifier", "int16", SUM, cpp=suffix == "cpp")
    cost = device.measure(chip, {f"foreign.{suffix}": source}, rows, "classifier")
    np.testing.assert_array_equal(cost.answers, rows.sum(axis=1))
    assert 0 < cost.flash < 200 and 10 < cost.cost < 200 and cost.ram == 0


@on_chips(*CHIPS)
def test_an_empty_source_costs_nothing_but_the_return(chip):
    rows = np.zeros((2, 3), dtype=np.float32)
    cost = device.measure(chip, {"foreign.c": entry("classifier", "float32", "  return 0;")}, rows, "classifier")
    assert cost.flash == 0 and cost.ram == 0
    assert cost.cost == {"avr-atmega328p": 6, "cortex-m0plus": 3, "cortex-m4f": 2}[chip]


@on_chips(*CHIPS)
def test_rows_of_double_are_what_the_chip_calls_double(chip):
    rows = np.array([[0.1, 0.2], [1e6, -3.5]])
    cost = device.measure(chip, {"foreign.c": entry("regressor", "float64", "  return x[0] + x[1];")}, rows, "regressor")
    np.testing.assert_allclose(cost.answers, rows.sum(axis=1), rtol=1e-6)


@on_chips(*CHIPS)
def test_our_headers_cost_what_the_lab_says(chip):
    X, y = load_iris(return_X_y=True)
    model = emlearn.convert(DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y), input="int16", input_scale=0.1)
    rows = np.rint(X * 10).astype(np.int16)
    files = {"model.hpp": model.save(name="model")}
    files["foreign.cpp"] = '#include "model.hpp"\n' + entry("classifier", "int16", "  return model::predict(x);", cpp=True)
    cost, lab = device.measure(chip, files, rows, "classifier"), targets.measure(chip, model, rows, ["predict"])["predict"]
    assert (cost.ram, cost.cost) == (lab.ram, float(np.mean(lab.cost)))
    assert abs(cost.flash - lab.flash) < 4  # tables of bytes end anywhere, and what the linker puts behind them starts at a word


@needs["host"]
def test_the_host_counts_instructions():
    """A loop of n additions in a volatile costs n times as much, not the program around it."""
    rows = np.arange(6, dtype=np.int16).reshape(2, 3)
    body = "  volatile int s = 0;\n  for (int i = 0; i < {n}; ++i) s = s + 1;\n  return s + x[0];"
    costs = []
    for n in (100, 1100):
        source = "#include <stdint.h>\n" + entry("classifier", "int16", body.format(n=n))
        cost = host.measure({"foreign.c": source}, rows, "classifier")
        np.testing.assert_array_equal(cost.answers, rows[:, 0] + n)
        costs.append(cost.cost)
    per_turn = (costs[1] - costs[0]) / 1000
    assert 3 <= per_turn <= 6 and per_turn == int(per_turn)
    assert costs[0] - 100 * per_turn < 20


@pytest.fixture
def job(tmp_path):
    """A job on AVR for a source, with rows of three features."""

    def make(files: dict[str, str], tool: str = "m2cgen", failure: str = "") -> measurements.Job:
        rows = np.arange(9, dtype=np.int16).reshape(3, 3)
        np.savez(tmp_path / "rows.npz", int16=rows, int16_expected=[2, 2, 2])
        (tmp_path / "case.json").write_text(json.dumps({"task": "classifier"}))
        return measurements.Job("c", tmp_path, tool, Attempt("v", "int16", files, failure=failure), "avr-atmega328p")

    return make


@needs["avr-atmega328p"]
@pytest.mark.device
def test_a_row_tells_the_agreement_and_is_kept(job, tmp_path):
    scores = "  float s[3] = {0};\n  s[x[0] < 5 ? 2 : 1] = 1;\n" + argmax("s", 3)
    work = job({"foreign.c": "#include <stdint.h>\n" + entry("classifier", "int16", scores)})
    row = measurements.Cached(tmp_path)(work)
    assert row["agreement"] == pytest.approx(2 / 3) and row["failure"] == "" and row["unit"] == "cycles"
    (kept,) = (tmp_path / "measured").iterdir()
    kept.write_text(json.dumps({**row, "flash": -1}))
    assert measurements.Cached(tmp_path)(work)["flash"] == -1


@needs["avr-atmega328p"]
@pytest.mark.device
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("  return nonsense;", "does not compile: 'nonsense' undeclared"),
        ("  static const uint8_t t[3000] = {1}; return t[x[0]];", "does not fit: needs 3,0\\d\\d of 2,048 B of RAM"),
        ("  for (;;) *(volatile uint8_t*)x;", "row 0: no end"),
    ],
)
def test_a_source_that_fails_is_a_row_with_the_reason(job, tmp_path, body, says):
    row = measurements.Cached(tmp_path)(job({"foreign.c": "#include <stdint.h>\n" + entry("classifier", "int16", body)}))
    assert row["flash"] is None and row["agreement"] is None
    assert re.search(says, row["failure"]), row["failure"]


def test_a_tool_that_gives_nothing_is_a_row_with_the_reason(job, tmp_path):
    row = measurements.Cached(tmp_path)(job({}, failure="X is not supported"))
    assert row["failure"] == "X is not supported" and row["cost"] is None


def _row(tool, variant, flash, cost, agreement=1.0, edited=False, failure="", target="chip"):
    return {"case": "iris_dt", "target": target, "tool": tool, "variant": variant, "rows": "int16", "note": "", "edited": edited,
            "flash": None if failure else flash, "ram": 0, "stack": 0, "cost": None if failure else cost, "unit": "cycles",
            "agreement": None if failure else agreement, "failure": failure}  # fmt: skip


def _report(rows, targets=("chip",)) -> report.Report:
    return report.Report(rows, [], [CASES["iris_dt"]], list(targets), {}, {}, "command")


ROWS = [
    _row("a", "x", 100, 50), _row("b", "x", 200, 20), _row("c", "x", 10, 5, agreement=0.989),
    _row("d", "x", 0, 0, failure="does not fit"), _row("e", "x", 60, 10, edited=True),
    _row("this library", "size, int16 rows", 50, 60), _row("this library", "size, float32 rows", 55, 10),
    _row("this library", "speed, int16 rows", 90, 5), _row("this library", "speed, float32 rows", 80, 7),
    _row("this library", "balanced, int16 rows", 60, 20, agreement=0.5),
]  # fmt: skip


def test_the_best_other_is_faithful_and_may_be_two_tools():
    table = _report(ROWS)
    (entry_,) = table.summary()
    assert (entry_["offered"]["flash"]["flash"], entry_["offered"]["cost"]["cost"]) == (100, 20)
    assert (entry_["edited"]["flash"]["flash"], entry_["edited"]["cost"]["cost"]) == (60, 10)
    assert (entry_["ours"]["size"]["flash"], entry_["ours"]["speed"]["cost"]) == (50, 5)
    assert "balanced" not in entry_["ours"]
    assert entry_["ratios"]["best"] == entry_["ratios"]["modes"] == {"flash": 0.5, "cost": 0.25}
    assert entry_["ratios"]["edited"] == {"flash": 50 / 60, "cost": 0.5}
    text = table.markdown()
    assert "| 100 / 20 (a, b) | 50 / 5 | 0.5 | 0.25 | 50 / 60 | - | 90 / 5 | 0.5 | 0.25 | 60 / 10 (e) |" in text
    assert "| iris_dt | c | all | agrees on 98.9% at most |" in text
    assert "| iris_dt | d | all | does not fit |" in text
    page = report.to_html(text)
    assert page.count("<table>") == page.count("</table>") > 2 and "<td>100 / 20 (a, b)</td>" in page
    assert "| iris, DecisionTree(max_depth=4) | 100 / 20 | 50 / 5 | 0.5 / 0.25 | 50 / 60 | 90 / 5 |" in table.compact(["chip"])


def test_opt_ins_count_by_the_same_rule_and_stand_apart_from_the_modes():
    opted = [
        _row("this library", "size, int16 rows, leaf_bits auto", 30, 55),
        _row("this library", "speed, int8 rows, quantised to int8", 70, 2),
        _row("this library", "size, int8 rows, quantised to int8", 5, 1, agreement=0.98),
    ]
    table = _report(ROWS + opted)
    (entry_,) = table.summary()
    assert (entry_["ours"]["size"]["flash"], entry_["ours"]["speed"]["cost"]) == (50, 5)
    assert entry_["ratios"]["best"] == {"flash": 0.3, "cost": 0.1} and entry_["ratios"]["modes"] == {"flash": 0.5, "cost": 0.25}
    assert entry_["ratios"]["edited"] == {"flash": 0.5, "cost": 0.2}
    best = "| 100 / 20 (a, b) | 30 (leaf_bits auto) / 2 (quantised to int8) | 0.3 | 0.1 | 50 / 60 | - | 90 / 5 | 0.5 | 0.25 | 60 / 10 (e) |"
    assert best in table.markdown()
    assert "| 100 / 20 | 30 (leaf bits) / 2 (int8) | 0.3 / 0.1 | 50 / 60 | 90 / 5 |" in table.compact(["chip"])


def test_means_are_geometric_and_leave_out_what_cannot_be_compared():
    assert summary.mean([0.5, None, 2.0]) == pytest.approx(1.0)
    assert summary.mean([None]) is None


def test_no_faithful_other_names_the_nearest():
    rows = [_row("a", "x", 100, 50, agreement=0.976), _row("this library", "size, int16 rows", 50, 60)]
    text = _report(rows).markdown()
    assert "none (100 / 50, a, at 97.6%)" in text
    assert "| chip | - | - | 0 | - | - | iris_dt | - | - |" in text


def test_earlier_figures_come_out_again_or_are_listed():
    rows = [_row("a", "x", 255, 200, target="avr-atmega328p")]
    text = _report(rows, targets=["avr-atmega328p"]).markdown()
    assert "1 of 2 figures came out again." in text
    assert "| iris_dt | avr-atmega328p | cost | 178 | 200 | +12.4% | a: x | rows of whole numbers" in text
    assert "published earlier" not in _report(ROWS).markdown()
    assert all(len(figures) == 3 and case in CASES for case, figures in published._FIGURES.items())


def test_ours_takes_every_mode_type_and_opt_in_that_there_is(tmp_path):
    train(CASES["iris_dt"], tmp_path)
    made = list(ours.generate(tmp_path))
    assert not any(attempt.failure for attempt in made)
    names = {attempt.name for attempt in made}
    assert {f"{mode}, {dtype} rows" for mode in ours.MODES for dtype in ("float32", "int16", "uint8")} <= names
    assert not any("quantised" in name for name in names)  # trees have no other arithmetic
    source = made[0].files["model.hpp"]
    assert "namespace model" in source and "#include <emlearn" not in source and not re.search(r"^\s*//", source, re.MULTILINE)


def test_rows_of_8_bits_are_those_that_hold_all():
    rows = np.array([[0, 16]], dtype=np.int16)
    assert ours.row_types(rows) == ("float32", "int16", "uint8", "int8")
    assert ours.row_types(rows, rows - 5) == ("float32", "int16", "int8")
    assert ours.row_types(rows, rows * 100) == ("float32", "int16")


def test_what_is_behind_is_told_apart_by_figure_and_kind_of_rows():
    def row(tool, variant, rows, flash, cost, edited=False):
        about = {"case": "c", "target": "t", "tool": tool, "variant": variant, "rows": rows, "edited": edited, "note": ""}
        return about | {"flash": flash, "cost": cost, "agreement": 1.0, "failure": "", "unit": "cycles"}

    rows = [
        row(ours.NAME, "size, int16 rows", "int16", 100, 90),
        row(ours.NAME, "size, int16 rows, leaf_bits auto", "int16", 60, 90),
        row(ours.NAME, "speed, int16 rows", "int16", 300, 20),
        row(ours.NAME, "speed, float32 rows", "float32", 300, 50),
        row("other", "plain", "int8", 80, 30),
        row("other", "edited", "int16", 10, 10, edited=True),
        row("other", "floats", "float32", 400, 40),
    ]
    found = summary.behind(rows, "c", "t")
    assert [(one["rows"], one["what"]) for one in found] == [("float", "flash"), ("float", "cost"), ("whole", "flash")]
    assert found[0]["exact"] is None and found[1]["exact"]["cost"] == 50
    assert found[2]["exact"]["flash"] == 100 and found[2]["any"]["flash"] == 60 and found[2]["other"]["variant"] == "plain"
    table = report.Report(rows, [], [dataclasses.replace(CASES["iris_dt"], name="c")], ["t"], {}, {}, "here").markdown()
    assert "| c | t | whole | flash | 100 | 60 | 80 | other: plain |" in table


@pytest.mark.skipif(not RESULTS.exists(), reason="no results are committed")
def test_the_committed_tables_follow_from_the_committed_rows(tmp_path):
    kept = json.loads(RESULTS.read_text())
    chosen = [CASES[name] for name in kept["cases"]]
    table = report.Report(kept["rows"], kept["throughput"], chosen, kept["targets"], kept["missing"], kept["versions"], kept["command"])
    assert table.markdown() == RESULTS.with_suffix(".md").read_text()
    assert table.summary() == kept["summary"]
    for page, text in ((DOCS, report.quoted(table.markdown())), (README, table.compact())):
        copy = tmp_path / page.name
        copy.write_text(page.read_text())
        report.quote(copy, text)
        assert copy.read_text() == page.read_text()
    mine = [row for row in kept["rows"] if row["tool"] == "this library" and not row["failure"] and not summary.opt_in(row)]
    assert all(row["agreement"] >= summary.FAITHFUL for row in mine)
    compared = published.compare(table.summary(but=published.NOT_THERE))
    assert not [one for one in compared if published.differs(one) and not published.why(one)]


def test_every_tool_has_a_module_and_an_environment():
    from benchmarks.environments import PACKAGES, environment_of
    from benchmarks.tools import TOOLS

    for tool, module in TOOLS.items():
        assert (ROOT / "benchmarks" / "tools" / f"{module}.py").is_file()
        assert all("==" in package for package in PACKAGES[environment_of(tool)][tool])
