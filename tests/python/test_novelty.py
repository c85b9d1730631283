"""Thresholds on scores: their bound on false alarms, the header's functions, rejection, and answers over time.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.novelty import scores_of
from emlearn.record import Chain
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDOneClassSVM
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

X, Y = load_iris(return_X_y=True)


def normal(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 2)) @ np.array([[1.0, 0.4], [0.0, 0.7]])


MODELS = {
    "mixture": lambda: GaussianMixture(2, random_state=0),
    "isolation": lambda: IsolationForest(n_estimators=10, max_samples=64, random_state=0),
    "one class": lambda: make_pipeline(StandardScaler(), SGDOneClassSVM(random_state=0)),
}


@pytest.mark.parametrize("name", MODELS)
def test_false_alarms_stay_below_the_rate(name: str) -> None:
    """Over 60 calibrations the true share, from 20,000 rows, exceeds the rate no more often than the confidence allows."""
    model = emlearn.convert(MODELS[name]().fit(normal(300, 0)))
    fresh, rate, beyond = normal(20_000, 1), 0.05, 0
    score = "score_samples" if "score_samples" in model.record.ops else "decision_function"
    scores = getattr(model, score)(fresh)
    for seed in range(60):
        novelty = emlearn.calibrate_threshold(model, normal(200, 100 + seed), rate, confidence=0.9)
        beyond += np.mean(scores < novelty.threshold) > rate + 0.004  # the share itself is known to about 0.0015
        assert novelty.expected_rate < rate and novelty.n_rows == 200
    assert beyond <= 13  # P(Binomial(60, 0.1) > 13) < 0.003
    assert np.mean(model.is_novel(fresh[:500] + 9, novelty)) > 0.9


def test_the_rank_is_the_exact_one() -> None:
    """299 rows are the fewest for 1 % at 95 %: the smallest score; one fewer is refused, and says so."""
    model = emlearn.convert(GaussianMixture(1).fit(normal(300, 0)))
    novelty = emlearn.calibrate_threshold(model, normal(299, 1), 0.01)
    scores = model.score_samples(normal(299, 1))
    assert novelty.threshold == scores.min() and not np.any(model.is_novel(normal(299, 1), novelty))
    with pytest.raises(emlearn.InvalidInputError, match=r"X has 298 rows, .* needs at least 299"):
        emlearn.calibrate_threshold(model, normal(298, 1), 0.01)
    assert "at most 0.01 of normal rows" in str(novelty)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"false_alarm_rate": "5 %"}, "false_alarm_rate='5 %' must lie between 0 and 1"),
        ({"false_alarm_rate": 0}, "false_alarm_rate=0 must lie between 0 and 1"),
        ({"confidence": 1.0}, "confidence=1.0 must lie between 0 and 1"),
        ({"score": "predict"}, "score='predict' is unknown"),
    ],
)
def test_impossible_arguments(arguments: dict, message: str) -> None:
    model = emlearn.convert(GaussianMixture(1).fit(normal(300, 0)))
    with pytest.raises(emlearn.InvalidInputError, match=message):
        emlearn.calibrate_threshold(model, normal(300, 1), **arguments)


def test_models_without_a_score() -> None:
    tree = emlearn.convert(DecisionTreeRegressor().fit(X, Y))
    with pytest.raises(emlearn.UnsupportedError, match="no score: use a mixture, an outlier detector, clusters"):
        emlearn.calibrate_threshold(tree, X)
    with pytest.raises(emlearn.UnsupportedError, match="a reject option needs a classifier"):
        tree.save(reject=0.5)
    bayes = emlearn.convert(GaussianNB().fit(X, Y))
    with pytest.raises(emlearn.InvalidInputError, match=r"reject=1\.5 must be a probability"):
        bayes.save(reject=1.5)
    novelty = emlearn.calibrate_threshold(emlearn.convert(GaussianMixture(1).fit(X)), np.vstack([X, X]), 0.05)
    with pytest.raises(emlearn.InvalidInputError, match="novelty= is for score_samples, and the model has predict, predict_proba"):
        bayes.save(novelty=novelty)


def test_what_is_no_model_no_threshold_and_no_score() -> None:
    mixture = GaussianMixture(1).fit(X)
    model, rows = emlearn.convert(mixture), np.vstack([X, X])
    with pytest.raises(emlearn.InvalidInputError, match=r"model=GaussianMixture\(\) is no converted model: give what emlearn\.convert"):
        emlearn.calibrate_threshold(mixture, rows, 0.05)
    for call in (lambda: model.is_novel(rows, -3.0), lambda: model.save(novelty=-3.0)):
        with pytest.raises(emlearn.InvalidInputError, match=r"novelty=-3\.0 is no threshold: give what emlearn\.calibrate_threshold"):
            call()
    rows[3, 0] = np.nan
    with pytest.raises(emlearn.InvalidInputError, match="X has rows whose score is not a number: leave out rows with missing values"):
        emlearn.calibrate_threshold(model, rows, 0.05)
    forest = emlearn.convert(IsolationForest(n_estimators=5, random_state=0).fit(rows))
    assert emlearn.calibrate_threshold(forest, rows, 0.05).n_rows == len(rows), "to this estimator a missing value is a value"


def test_what_has_no_score_is_novel_and_has_no_class(tmp_path: Path) -> None:
    """NaN is below no threshold, and reaches none: an alarm that fails is the worse of the two."""
    detector = emlearn.convert(SGDOneClassSVM(random_state=0).fit(X))
    novelty = emlearn.calibrate_threshold(detector, np.vstack([X, X]), 0.05)
    linear = emlearn.convert(LogisticRegression(max_iter=500).fit(X, Y))
    row = np.full((1, X.shape[1]), np.nan)
    assert detector.is_novel(row, novelty).all() and linear.predict_or_reject(row, 0.5) == [-1]
    values = ", ".join(["NAN"] * X.shape[1])
    for model, options, call in ((detector, {"novelty": novelty}, "is_novel"), (linear, {"reject": 0.5}, "predict_or_reject")):
        program = (
            f'#include "m.hpp"\n#include <stdio.h>\nint main() {{ const float x[] = {{{values}}}; printf("%d", int(m::{call}(x))); }}\n'
        )
        assert _compiled(tmp_path, model.save(name="m", **options), program) == ["1" if call == "is_novel" else "-1"]


def _compiled(folder: Path, text: str, program: str) -> list[str]:
    (folder / "m.hpp").write_text(text)
    (folder / "main.cpp").write_text(program)
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror", "-std=c++11"]
    subprocess.run(["g++", *flags, f"-I{emlearn.get_include()}", "main.cpp", "-o", "main"], cwd=folder, check=True)
    return subprocess.run([str(folder / "main")], cwd=folder, check=True, capture_output=True, text=True).stdout.split()


def test_the_header_says_the_same(tmp_path: Path) -> None:
    model = emlearn.convert(GaussianNB().fit(X, Y))
    novelty = emlearn.calibrate_threshold(model, X, 0.1, score="predict_proba")
    text = model.save(name="m", novelty=novelty, reject=0.9)
    rows = ",\n".join("{" + ",".join(f"{value!r}f" for value in row) + "}" for row in X.tolist())
    program = f"""
#include "m.hpp"
#include <stdio.h>
const float rows[150][4] = {{{rows}}};
int main() {{
  for (int i = 0; i != 150; ++i) {{
    const int novel = m::is_novel(rows[i]) ? 1 : 0;
    printf("%d %d %.9g\\n", novel, m::predict_or_reject(rows[i]), double(m::score(rows[i])));
  }}
}}
"""
    got = np.array(_compiled(tmp_path, text, program), dtype=float).reshape(-1, 3)
    np.testing.assert_array_equal(got[:, 0] == 1, model.is_novel(X, novelty))
    np.testing.assert_array_equal(got[:, 1], model.predict_or_reject(X, 0.9))
    np.testing.assert_allclose(got[:, 2], model.predict_proba(X).max(axis=1), rtol=1e-6)
    rejected = model.predict_or_reject(X, 0.9) == -1
    assert 0 < rejected.sum() < 50 and np.mean(model.predict(X)[~rejected] == Y[~rejected]) > np.mean(model.predict(X) == Y)


def test_a_mixture_needs_no_other_header(tmp_path: Path) -> None:
    model = emlearn.convert(GaussianMixture(1).fit(X))
    text = model.save(name="m", novelty=emlearn.calibrate_threshold(model, X, 0.1))
    program = (
        '#include "m.hpp"\n#include <stdio.h>\nint main() { const float far[4] = {99, 0, 0, 9}; printf("%d", m::is_novel(far) ? 1 : 0); }\n'
    )
    assert _compiled(tmp_path, text, program) == ["1"]
    assert "is_novel" not in model.save(name="m") and "predict_or_reject" not in model.save(name="m")


def _linear_autoencoder(rows: np.ndarray, n_components: int = 2) -> LinearRegression:
    pca = PCA(n_components).fit(rows)
    return LinearRegression().fit(rows, pca.inverse_transform(pca.transform(rows)))


@pytest.mark.parametrize(
    ("estimator", "score"),
    [
        (KMeans(3, n_init=1, random_state=0).fit(X), "distance"),
        (MLPRegressor(hidden_layer_sizes=(2,), max_iter=3000, random_state=0).fit(X, X), "reconstruction"),
        (_linear_autoencoder(X), "reconstruction"),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_scores_that_are_made_of_other_answers(estimator: object, score: str, dtype: str, tmp_path: Path) -> None:
    """The distance from the nearest centre, and the error of a reconstruction, in Python, in scikit-learn and in the header."""
    options = {} if dtype == "float32" else {"input": "int16", "input_scale": 0.1, "input_offset": [0, 0.5, 0, -0.5]}
    model = emlearn.convert(estimator, **options)
    features = X if dtype == "float32" else np.rint(X / 0.1) * 0.1 + options["input_offset"]
    raw = X if dtype == "float32" else np.rint(X / 0.1)
    novelty = emlearn.calibrate_threshold(model, raw, 0.1)
    assert novelty.op == score
    if score == "distance":
        wanted = -estimator.transform(features).min(axis=1)  # type: ignore[attr-defined]
    else:
        wanted = -np.square(features - estimator.predict(features)).sum(axis=1)  # type: ignore[attr-defined]
    got = scores_of(model, score, model.input.check(raw))
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
    assert np.all(model.is_novel(raw + (50 if dtype == "float32" else 500), novelty))
    rows = ",\n".join("{" + ",".join(f"{value!r}{'f' if dtype == 'float32' else ''}" for value in row) + "}" for row in raw.tolist())
    rows = rows if dtype == "float32" else rows.replace(".0", "")
    program = f"""
#include "m.hpp"
#include <stdio.h>
const {model.input.c_type} rows[150][4] = {{{rows}}};
int main() {{
  for (int i = 0; i != 150; ++i) printf("%d %.9g\\n", m::is_novel(rows[i]) ? 1 : 0, double(m::score(rows[i])));
}}
"""
    said = np.array(_compiled(tmp_path, model.save(name="m", novelty=novelty), program), dtype=float).reshape(-1, 2)
    np.testing.assert_allclose(said[:, 1], got, rtol=1e-4, atol=1e-5)
    assert np.count_nonzero((said[:, 0] == 1) != model.is_novel(raw, novelty)) <= 1  # the threshold is a score itself
    with pytest.raises(emlearn.UnsupportedError, match="and no score_samples"):
        emlearn.calibrate_threshold(model, raw, 0.1, score="score_samples")


def test_the_residual_of_a_projection_needs_no_square_table(tmp_path: Path) -> None:
    """Two stages, project and reconstruct: tables of 2 F K and what is as long as F or K, a buffer of K beside the score's own of F."""
    rows = load_digits().data
    pca = PCA(6).fit(rows)
    model = emlearn.convert(make_pipeline(PCA(6), LinearRegression()).fit(rows, rows), input="uint8")
    square = emlearn.convert(_linear_autoencoder(rows, 6), input="uint8")
    raw = rows.astype(np.uint8)
    assert isinstance(model.record, Chain) and len(model.record.stages) == 2
    assert model.report().total_bytes < square.report().total_bytes / 4
    novelty = emlearn.calibrate_threshold(model, raw, 0.1)
    wanted = -np.square(rows - pca.inverse_transform(pca.transform(rows))).sum(axis=1)
    np.testing.assert_allclose(scores_of(model, "reconstruction", raw), wanted, rtol=1e-4)
    assert model.verify(raw).ok
    program = (
        '#include "m.hpp"\n#include <stdio.h>\n'
        f"const uint8_t row[64] = {{{', '.join(map(str, raw[7].tolist()))}}};\n"
        'int main() { printf("%.9g", double(m::score(row))); }\n'
    )
    text = model.save(name="m", novelty=novelty)
    assert "float buffer0[6];" in text
    np.testing.assert_allclose(float(_compiled(tmp_path, text, program)[0]), wanted[7], rtol=1e-4)


@given(st.lists(st.integers(-1, 3), max_size=60), st.integers(1, 5), st.integers(-1, 3))
def test_answers_settle(answers: list[int], needed: int, first: int) -> None:
    """What is settled is the first answer, or one that came `needed` times in a row at some time."""
    debounce, seen = emlearn.Debounce(needed, first), {first}
    for at, answer in enumerate(answers):
        last = answers[max(0, at - needed + 1) : at + 1]
        if len(last) == needed and len(set(last)) == 1:
            seen.add(answer)
            assert debounce.update(answer) == answer
        else:
            before = debounce.now
            assert debounce.update(answer) == before and before in seen


def test_the_device_settles_alike(tmp_path: Path) -> None:
    answers = np.random.default_rng(0).choice([-1, 0, 1, 2], 400, p=[0.1, 0.5, 0.3, 0.1]).tolist()
    program = f"""
#include <emlearn/debounce.hpp>
#include "m.hpp"
#include <stdio.h>
const int answers[400] = {{{", ".join(map(str, answers))}}};
int main() {{
  emlearn::debounce state = {{}};
  for (int i = 0; i != 400; ++i) printf("%d\\n", emlearn::settle(state, answers[i], 3));
}}
"""
    got = [int(word) for word in _compiled(tmp_path, "", program)]
    debounce = emlearn.Debounce(3)
    assert got == [debounce.update(answer) for answer in answers] and len(set(got)) > 1
    with pytest.raises(emlearn.InvalidInputError, match="needed=0 must be a whole number from 1 to 255"):
        emlearn.Debounce(0)
