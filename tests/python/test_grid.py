"""Integers from stage to stage: rows on a grid, projections that give whole numbers, and the models behind them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import subprocess
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn.families.neighbors.record import Points
from emlearn.families.neighbors.reference import sums
from emlearn.families.scaler.grid import ANSWERS, Grid, bound, grid, of_rows, run
from emlearn.families.svm.products import with_starts
from emlearn.inputs import C_TYPES
from emlearn.record import Chain, Record
from emlearn.registry import family_of
from fits import fit
from gaussian_models import as_raw_input
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.neighbors import clouds
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor, NearestCentroid, RadiusNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, SVR, OneClassSVM

INTEGERS = [dtype for dtype in C_TYPES if not dtype.startswith("float")]

#: Last steps, by name; each takes a number of neighbours or clusters.
LAST = {
    "neighbours": lambda k: KNeighborsClassifier(k),
    "near neighbours": lambda k: KNeighborsClassifier(k, weights="distance", metric="manhattan"),
    "mean": lambda k: KNeighborsRegressor(k, metric="chebyshev"),
    "within": lambda k: RadiusNeighborsRegressor(float(k)),
    "cubes": lambda k: KNeighborsClassifier(k, p=3),
    "high powers": lambda k: KNeighborsRegressor(k, p=3 + k, weights="distance"),
    "cubes within": lambda k: RadiusNeighborsRegressor(float(k), p=3),
    "cubic outliers": lambda k: LocalOutlierFactor(k, p=3, novelty=True),
    "outliers": lambda k: LocalOutlierFactor(k, novelty=True),
    "centroid": lambda k: NearestCentroid(metric=["euclidean", "manhattan"][k % 2]),
    "clusters": lambda k: KMeans(k + 1, n_init=1, random_state=k),
    "linear": lambda k: LogisticRegression(max_iter=50),
    "ridge": lambda k: Ridge(),
    "bayes": lambda k: GaussianNB(),
    "vectors": lambda k: SVC(),
    "powers": lambda k: SVC(kernel="poly", degree=k % 3 + 1, coef0=k / 4),
    "sigmoids": lambda k: SVC(kernel="sigmoid", gamma=0.02 * k, coef0=-0.5),
    "curve": lambda k: SVR(kernel=["poly", "sigmoid"][k % 2], gamma=0.1),
    "one class": lambda k: OneClassSVM(kernel=["poly", "sigmoid"][k % 2], gamma=0.1, nu=0.3),
}

SCALERS = [
    None, StandardScaler(), MinMaxScaler((-1, 3)), MaxAbsScaler(), RobustScaler(), MinMaxScaler(clip=True),
    make_pipeline(MinMaxScaler(clip=True), StandardScaler()), make_pipeline(StandardScaler(), MaxAbsScaler(clip=True), RobustScaler()),
]  # fmt: skip


def parts(model: emlearn.Model) -> tuple[Record, ...]:
    return model.record.stages if isinstance(model.record, Chain) else (model.record,)


def pipeline(*steps: Any) -> Any:
    return make_pipeline(*(step for step in steps if step is not None))


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    """Parity, and every stage before the last equal to its reference, to the bit."""
    report = model.verify(raw)
    assert report.ok, f"{model}\n{report}"
    rows = raw
    for stage in parts(model)[:-1]:
        family = family_of(stage)
        answer = family.run(stage, "transform", rows)
        want = family.reference(stage, "transform", rows)
        if stage.task.dtype != "float32":
            np.testing.assert_array_equal(answer, want)
            assert answer.dtype == want.dtype == stage.task.dtype
        rows = want


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed, dtype = draw(st.integers(0, 2**31)), draw(st.sampled_from(list(C_TYPES)))
    X, y, rows = clouds(seed, draw(st.integers(2, 6)), draw(st.integers(2, 5)), 60)
    raw, scale, offset = as_raw_input(rows, dtype)
    fed = raw.astype(np.float64) * scale + offset
    projection = draw(st.sampled_from([None, PCA(2), PCA(1, whiten=True), TruncatedSVD(1), LinearDiscriminantAnalysis()]))
    estimator = pipeline(draw(st.sampled_from(SCALERS)), projection, LAST[draw(st.sampled_from(list(LAST)))](draw(st.integers(1, 5))))
    n = len(X)
    fit(estimator, fed[:n], y[np.arange(n)])
    arguments = {"input": dtype, "input_scale": scale, "input_offset": offset, "numeric": draw(st.sampled_from(list(ANSWERS)))}
    try:
        return emlearn.convert(estimator, **arguments, calibration=raw[: draw(st.sampled_from([20, n, len(raw)]))]), raw
    except (emlearn.UnsupportedError, emlearn.InvalidInputError) as error:
        assert "numeric=" in str(error) or "span" in str(error), error
        return emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset), raw


@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors", "ignore:invalid value encountered in cast")
@given(models())
def test_random_pipelines(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    check(*drawn)


@given(st.integers(0, 2**31), st.sampled_from(list(C_TYPES)), st.sampled_from(list(ANSWERS)))
def test_grids_answer_to_the_bit_and_within_a_step(seed: int, dtype: str, numeric: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        ends = np.sort(rng.integers(limits.min, limits.max, (2, n), endpoint=True), axis=0).astype(np.float64)
        raw = rng.integers(limits.min, limits.max, (50, n), endpoint=True).astype(dtype)
        raw[:2] = [[limits.min], [limits.max]]
    else:
        ends = np.sort(rng.normal(size=(2, n)) * 10.0 ** rng.integers(-6, 7, n), axis=0)
        raw = (ends[0] + rng.uniform(-1, 2, (50, n)) * np.ptp(ends, axis=0)).astype(dtype)
        raw[0], raw[1] = np.nan, np.inf
    top = int(rng.integers(1, ANSWERS[numeric][1] + 1))
    step = np.maximum(np.ptp(ends, axis=0), 1e-3) / top
    middle = ends[0] + rng.uniform(0.2, 1.2, n) * np.ptp(ends, axis=0)
    clip = (np.where(rng.random(n) < 0.5, ends[0], -np.inf), np.where(rng.random(n) < 0.5, middle, np.inf))
    stage = grid(dtype, numeric, ends[0], step, top, clip)
    got = run(stage, "transform", raw)
    np.testing.assert_array_equal(got, stage.place(raw))
    assert got.dtype == stage.task.dtype and got.min() >= 0 and got.max() <= top
    rows = raw[2:]
    q = stage.place(rows).astype(np.float64)
    meant = (np.clip(rows.astype(np.float64), *clip) - stage.low.astype(np.float64)) / step - 0.5
    np.testing.assert_array_less(np.abs(q - meant), bound(stage, "transform", rows) + 2.0**-40 * np.abs(meant) + 2.0**-40)
    inside = (meant > 1) & (meant < top - 1)
    # Half a step; a factor of 15 bits is off by 2^-15, one of float32 by 2^-24 thrice.
    share = 2.0**-15 if stage.factor.dtype == np.uint16 else 2.0**-21
    coarse = stage.shift == 0 if len(stage.shift) else np.zeros(n, bool)
    assert np.all(
        (np.abs(q - meant) <= 0.5 + share * (np.abs(meant) + 1) + 2.0**-20 * np.abs(rows.astype(np.float64) / step)) | ~inside | coarse
    )


def wine(dtype: str = "int16") -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
    """(raw rows, features, classes, arguments): features of unlike units, as integers in counts of a sensor."""
    X, y = load_wine(return_X_y=True)
    if dtype == "float32":
        return X, X, y, {"input": dtype}
    scale = np.ptp(X, axis=0) / 4000
    raw = np.rint(X / scale).astype(dtype)
    return raw, raw * scale, y, {"input": dtype, "input_scale": scale}


#: What stands where, as ``stages`` shows it, for integer rows: the whole path is integers.
PATHS: dict[str, tuple[Any, list[str]]] = {
    "scaler, neighbours": (lambda: [StandardScaler(), KNeighborsClassifier(3)], ["Grid int16", "Nearest"]),
    "scaler, centroids": (lambda: [StandardScaler(), NearestCentroid()], ["Grid int16", "Centroids"]),
    "scaler, clusters": (lambda: [MinMaxScaler(), KMeans(3, n_init=1, random_state=0)], ["Grid int16", "Centroids"]),
    "scaler, projection, neighbours": (lambda: [StandardScaler(), PCA(4), KNeighborsClassifier(3)], ["Linear int16", "Nearest"]),
    "scaler, projection, linear": (lambda: [StandardScaler(), PCA(4), LogisticRegression()], ["Linear"]),
    "projection, bayes": (lambda: [PCA(4, whiten=True), GaussianNB()], ["Linear int16", "FixedGaussian"]),
    "scaler, vectors": (lambda: [StandardScaler(), SVC()], ["Grid int16", "Machine"]),
    "scaler, linear vectors": (lambda: [StandardScaler(), SVC(kernel="linear")], ["Machine"]),
    "scaler, powers": (lambda: [StandardScaler(), SVC(kernel="poly")], ["Grid int16", "Machine"]),
    "scaler, sigmoids": (lambda: [StandardScaler(), SVC(kernel="sigmoid", gamma=0.02)], ["Grid int16", "Machine"]),
    "projection, powers": (lambda: [StandardScaler(), PCA(3), SVC(kernel="poly", degree=2)], ["Linear int16", "Machine"]),
    "clip, vectors": (lambda: [MinMaxScaler(clip=True), SVC()], ["Grid int16", "Machine"]),
    "clip, neighbours": (lambda: [MinMaxScaler(clip=True), KNeighborsClassifier(3)], ["Grid int16", "Nearest"]),
    "clip, projection, neighbours": (
        lambda: [MinMaxScaler(clip=True), PCA(4), KNeighborsClassifier(3)], ["Grid int16", "Linear int16", "Nearest"],
    ),
    "clip, linear": (lambda: [MinMaxScaler(clip=True), LogisticRegression()], ["Grid int16", "Linear"]),
    "clip, bayes": (lambda: [MinMaxScaler(clip=True), GaussianNB()], ["Grid int16", "FixedGaussian"]),
    "projection, vectors": (lambda: [StandardScaler(), PCA(3), SVC()], ["Linear int16", "Machine"]),
    "projection, network": (
        lambda: [StandardScaler(), PCA(2), MLPClassifier((20,), max_iter=60, random_state=0)], ["Linear int16", "IntegerMlp"],
    ),
}  # fmt: skip


def shown(model: emlearn.Model) -> list[str]:
    *before, last = parts(model)
    return [f"{type(stage).__name__} {stage.task.dtype}" for stage in before] + [type(last).__name__]


@pytest.mark.parametrize("name", PATHS)
def test_no_floats_between_stages(name: str) -> None:
    raw, X, y, arguments = wine()
    steps, expected = PATHS[name]
    model = emlearn.convert(fit(make_pipeline(*steps()), X[::2], y[::2]), numeric="int16", calibration=raw[::2], **arguments)
    assert shown(model) == expected
    assert "float buffer" not in model.save(name="m")
    check(model, raw)
    assert model.verify(raw).agreement == 1.0


@pytest.mark.parametrize("name", PATHS)
def test_floats_are_on_a_grid_before_all_else(name: str) -> None:
    raw, X, y, arguments = wine("float32")
    model = emlearn.convert(fit(make_pipeline(*PATHS[name][0]()), X[::2], y[::2]), numeric="int16", calibration=raw[::2], **arguments)
    first = parts(model)[0]
    assert isinstance(first, Grid) and first.is_real
    assert "float buffer" not in model.save(name="m")
    check(model, raw)


def test_wider_numbers_are_closer() -> None:
    raw, X, y, arguments = wine()
    for steps in ([StandardScaler(), KMeans(4, n_init=1, random_state=0)], [StandardScaler(), LocalOutlierFactor(5, novelty=True)]):
        estimator = fit(make_pipeline(*steps), X, y)
        made = {numeric: emlearn.convert(estimator, numeric=numeric, calibration=raw, **arguments) for numeric in ANSWERS}
        worst = []
        for model in made.values():
            op = model.record.ops[-1]
            worst.append(np.max(family_of(model.record).bound(model.record, op, raw)))
            check(model, raw)
        assert worst[0] > 4 * worst[1] > 4 * 100 * worst[2], worst


def test_sums_over_the_whole_range_of_a_grid_fit_their_type() -> None:
    for n_features, metric, numeric in itertools.product([1, 5, 300], ["euclidean", "manhattan", "chebyshev", "minkowski"], ANSWERS):
        X = np.random.default_rng(0).normal(size=(20, n_features)) * np.geomspace(1, 1e3, n_features)
        estimator = KNeighborsClassifier(1, metric=metric, p=3 if metric == "minkowski" else 2).fit(X, np.arange(20) % 2)
        model = emlearn.convert(make_pipeline(StandardScaler().fit(X), estimator), numeric=numeric, calibration=X.astype(np.float32))
        first, last = parts(model)
        assert (isinstance(last, Points) and last.arithmetic == f"whole<uint{64 if numeric == 'int32' else 32}_t>") or metric != "euclidean"
        ends = np.array([np.zeros(n_features), np.full(n_features, first.top)]).astype(first.task.dtype)
        exact = [
            [sum(abs(int(a) - int(b)) ** last.power for a, b in zip(row, point, strict=True)) for point in last.points] for row in ends
        ]
        if metric != "chebyshev":
            assert np.array_equal(sums(last, ends), np.array(exact, dtype=np.uint64))
            assert max(map(max, exact)) < 2 ** (64 if "64" in last.arithmetic else 32)


def test_whole_rows_that_lose_nothing_stay_as_they_are() -> None:
    raw = np.random.default_rng(0).integers(0, 4096, (80, 3)).astype(np.uint16)
    estimator = KNeighborsClassifier(3).fit(raw * 0.5, np.arange(80) % 3)
    exact, integers = (emlearn.convert(estimator, input="uint16", input_scale=0.5, numeric=numeric) for numeric in ("exact", "int16"))
    assert exact.record == integers.record and integers.describe()["arithmetic"].startswith("exact integers")


def test_without_calibration_training_rows_and_bytes_tell_the_range() -> None:
    raw, X, y, arguments = wine()
    for estimator in (KNeighborsClassifier(3), LocalOutlierFactor(4, novelty=True)):
        check(emlearn.convert(fit(make_pipeline(StandardScaler(), estimator), X, y), numeric="int16", **arguments), raw)
    small = (raw // 32 % 256).astype(np.uint8)
    model = emlearn.convert(fit(make_pipeline(StandardScaler(), KMeans(3, n_init=1)), small, y), input="uint8", numeric="int16")
    check(model, np.concatenate([small, np.full((1, 13), 255, np.uint8), np.zeros((1, 13), np.uint8)]))


def test_two_linear_stages_where_one_map_would_be_larger() -> None:
    raw, X, y, arguments = wine()
    estimator = make_pipeline(PCA(2), Ridge()).fit(X, np.eye(9)[y * 3 + (X[:, 0] > 13)])
    model = emlearn.convert(estimator, numeric="int32", calibration=raw, **arguments)
    assert shown(model) == ["Linear int32", "Linear"]
    check(model, raw)


def test_integers_too_wide_for_a_machine_are_on_a_grid() -> None:
    raw, X, y, arguments = wine("int32")
    for kernel, numeric in (("rbf", "int16"), ("linear", "int32"), ("poly", "int16"), ("sigmoid", "int32")):
        estimator = fit(make_pipeline(StandardScaler(), SVC(kernel=kernel)), X, y)
        model = emlearn.convert(estimator, numeric=numeric, calibration=raw, **arguments)
        assert shown(model) == ["Grid int16", "Machine"]
        check(model, raw)
    with pytest.raises(emlearn.InvalidInputError, match=r"not input='int32': give input='int16', or calibration= rows"):
        emlearn.convert(fit(SVC(kernel="poly"), X / 1000, y), numeric="int16", input="int32", input_scale=0.001)


def test_clips_end_where_each_feature_is_clipped() -> None:
    """In units of one distance features end at steps of their own; where all end at the last step, no table tells it."""
    raw, X, y, arguments = wine()
    for steps, length in (([MinMaxScaler(clip=True)], 0), ([MinMaxScaler(clip=True), StandardScaler()], 13)):
        estimator = fit(make_pipeline(*steps, KNeighborsClassifier(3)), X[::2], y[::2])
        model = emlearn.convert(estimator, numeric="int16", calibration=raw[::2], **arguments)
        first = parts(model)[0]
        assert isinstance(first, Grid) and len(first.tops) == length and model.describe()["stage 0"].endswith("clips yes")
        beyond = np.concatenate([raw, 2 * raw, -raw, np.full((1, 13), 32767, np.int16), np.full((1, 13), -32768, np.int16)])
        check(model, beyond)
        inside = np.clip(beyond, np.ceil(first.least), np.floor(first.most)).astype(np.int16)
        assert np.all(np.abs(first.place(beyond).astype(int) - first.place(inside)) <= np.ceil(1 / first.step))


def test_radial_kernels_of_unlike_features_have_one_unit() -> None:
    """A grid takes the weight of each difference away; few vectors, flash before cycles, and kernels of few steps keep it."""
    raw, X, y, arguments = wine()
    for gamma, more, expected in [
        ("scale", {}, ["Grid int16", "Machine"]),
        ("scale", {"optimize": "size"}, ["Machine"]),
        (1e4, {}, ["Machine"]),
    ]:
        estimator = fit(make_pipeline(StandardScaler(), SVC(gamma=gamma)), X[::2], y[::2])
        model = emlearn.convert(estimator, numeric="int16", calibration=raw[::2], **arguments, **more)
        assert shown(model) == expected
        assert parts(model)[-1].sums == ("of_steps" if len(expected) == 2 else "within_reach<scaled>")
        check(model, raw)
    few = fit(make_pipeline(StandardScaler(), SVC()), X[::40], y[::40])
    assert len(few[-1].support_vectors_) < 8
    assert shown(emlearn.convert(few, numeric="int16", calibration=raw[::2], **arguments)) == ["Machine"]


def test_starts_of_vectors_are_read_as_they_were_made() -> None:
    raw, X, y, arguments = wine()
    for numeric, number in (("int16", np.int16), ("int32", np.int32)):
        estimator = fit(make_pipeline(StandardScaler(), SVC(kernel="poly", coef0=1.0)), X[::2], y[::2])
        machine = parts(emlearn.convert(estimator, numeric=numeric, calibration=raw[::2], **arguments))[1]
        starts, table, bits = machine.integers.starts, with_starts(machine), 8 * np.dtype(number).itemsize
        assert table.dtype == number and table.shape == (len(machine.points), 15)
        assert np.array_equal(table[:, 1].astype(np.int64) * 2**bits + table[:, 0].astype(np.int64) % 2**bits, starts) and np.any(
            starts < 0
        )
        largest = np.abs(machine.points.astype(np.float64)).sum(axis=1) * machine.top + np.abs(starts)
        assert largest.max() < 2.0**machine.sum_bits


def test_members_of_a_vote_have_grids_of_their_own() -> None:
    raw, X, y, arguments = wine()
    members = [
        ("near", make_pipeline(StandardScaler(), KNeighborsClassifier(3))),
        ("bayes", make_pipeline(PCA(3, whiten=True), GaussianNB())),
    ]
    voting = fit(VotingClassifier(members, voting="hard"), X, y)
    check(emlearn.convert(voting, numeric="int16", calibration=raw, **arguments), raw)


def test_what_cannot_be_in_integers_is_refused() -> None:
    _, X, y, arguments = wine()
    for steps, error, message, more in [
        (
            [KNeighborsClassifier(p=8)],
            emlearn.UnsupportedError,
            r"metric='minkowski<8>' of 13 features leaves 11 steps .* fit 32 bits: fit with a smaller p, use numeric='int32', or leave",
            {},
        ),
        (
            [StandardScaler(), NearestCentroid()],
            emlearn.InvalidInputError,
            r"centres do not tell how far rows reach: give .* calibration=",
            {},
        ),
        ([PCA(2), KNeighborsClassifier()], emlearn.InvalidInputError, r"how far the columns of the PCA reach, .* as calibration=", {}),
        ([StandardScaler(), KNeighborsClassifier()], emlearn.InvalidInputError, "chooses by rows .* as calibration=", {"numeric": "auto"}),
    ]:
        with pytest.raises(error, match=message):
            emlearn.convert(fit(make_pipeline(*steps), X, y), **{"numeric": "int16", **arguments, **more})
    with pytest.raises(emlearn.InvalidInputError, match=r"feature 1 has a range that float32 does not hold: give the feature another unit"):
        grid("float64", "int16", np.array([0.0, 1e60]), np.array([1.0, 1.0]), 100)


def test_damaged_grids_fail_where_they_are_compiled(tmp_path: Path) -> None:
    raw, X, y, arguments = wine()
    estimator = fit(make_pipeline(StandardScaler(), NearestCentroid()), X, y)
    model = emlearn.convert(estimator, numeric="int16", calibration=raw, **arguments)
    first, last = parts(model)
    for broken, message in [
        (dataclasses.replace(first, shift=first.shift + np.uint8(31)), "a table of steps is damaged"),
        (dataclasses.replace(first, factor=first.factor | np.uint16(1 << 15)), "a table of steps is damaged"),
        (first, ""),
    ]:
        text = emlearn.Model(Chain.of(broken, last), model.head, model.input, estimator).save(name="m")
        (tmp_path / "m.cpp").write_text(text)
        command = ["g++", "-std=c++17", "-fsyntax-only", "-I", emlearn.get_include(), "-x", "c++", "m.cpp"]
        outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (message in outcome.stderr and outcome.returncode != 0) if message else outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize(
    "compiler", [["g++", "-std=c++11"], ["clang++-16", "-std=c++20"], ["avr-g++", "-mmcu=atmega328p", "-std=gnu++11"]], ids=" ".join
)
@pytest.mark.parametrize("dtype", ["int16", "float32", "int32"])
def test_headers_compile_without_a_warning(dtype: str, compiler: list[str], tmp_path: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    raw, X, y, arguments = wine(dtype)
    for k, (steps, numeric) in enumerate(
        itertools.product(
            (
                [StandardScaler(), KNeighborsClassifier(3)],
                [MinMaxScaler(clip=True), StandardScaler(), PCA(2), KNeighborsRegressor(3)],
                [MinMaxScaler(clip=True), StandardScaler(), KNeighborsClassifier(3, p=3, weights="distance")],
                [StandardScaler(), SVC(kernel="poly")],
            ),
            ("int16", "int32"),
        )
    ):
        model = emlearn.convert(fit(make_pipeline(*steps), X[::3], y[::3]), numeric=numeric, calibration=raw, **arguments)
        model.save(tmp_path / f"model{k}.hpp")
    includes = "".join(f'#include "model{k}.hpp"\n' for k in range(8))
    calls = " + ".join(f"static_cast<float>(model{k}::predict(x))" for k in range(8))
    (tmp_path / "main.cpp").write_text(f"{includes}float f(const {C_TYPES[dtype]}* x) {{ return {calls}; }}\n")
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-Os", "-I", emlearn.get_include()]
    outcome = subprocess.run([*compiler, *flags, "-c", "main.cpp"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc"])
@pytest.mark.parametrize(("dtype", "numeric"), [("int16", "int16"), ("float32", "int8"), ("int16", "int32")])
def test_chips_answer_in_integers(dtype: str, numeric: str, target: str) -> None:
    raw, X, y, arguments = wine(dtype)
    for steps in (
        [StandardScaler(), KNeighborsClassifier(3)],
        [MinMaxScaler(clip=True), StandardScaler(), KNeighborsClassifier(3, p=3)],
        [StandardScaler(), PCA(3), NearestCentroid()],
    ):
        model = emlearn.convert(fit(make_pipeline(*steps), X[::4], y[::4]), numeric=numeric, calibration=raw, **arguments)
        try:
            report = model.verify(raw[1::9], target=target)
        except targets.ToolMissingError as error:
            pytest.skip(str(error))
        assert report.ok, report


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc"])
@pytest.mark.parametrize(("kernel", "numeric"), [("rbf", "int16"), ("poly", "int16"), ("sigmoid", "int16"), ("poly", "int32")])
def test_chips_answer_to_vectors_on_a_grid(kernel: str, numeric: str, target: str) -> None:
    raw, X, y, arguments = wine()
    estimator = fit(make_pipeline(MinMaxScaler((-1, 1), clip=True), SVC(kernel=kernel, gamma=0.1)), X[::4], y[::4])
    model = emlearn.convert(estimator, numeric=numeric, calibration=raw[::4], **arguments)
    try:
        report = model.verify(raw[1::9], target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok, report


def test_a_grid_of_rows_has_the_range_of_each_feature() -> None:
    rows = np.array([[0, 5, 100], [10, 5, 300]], np.int16)
    stage = of_rows("int16", "int8", rows)
    assert stage.top == 255 and stage.task.dtype == "uint8"
    np.testing.assert_array_equal(stage.low, [-2, 5, 75])
    middle = stage.place(np.array([[5, 5, 200]], np.int16))[0]
    assert abs(int(middle[0]) - 127) <= 26 and middle[1] == 0 and abs(int(middle[2]) - 127) <= 1
    assert stage.source.top == 255 and stage.source.dtype == "uint8"
