"""Models of distances: kernels and reference against scikit-learn, within the stated bounds; integers exactly.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from compiled import compile_bundle
from emlearn.families import neighbors
from emlearn.families.neighbors.kernels import valid
from emlearn.families.neighbors.record import Centroids, Nearest, Within
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from emlearn.report.verify import compare, expected_answers
from gaussian_models import as_raw_input
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.neighbors import CASES, clouds, fit
from sklearn.cluster import AffinityPropagation, BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

COMPILERS = [["g++", "-std=c++11"], ["g++", "-std=c++20"], ["clang++-16", "-std=c++17"], ["avr-g++", "-std=gnu++11"]]
HEADERS = [
    "outliers_manhattan", "kmeans_scaled", "bisecting", "birch", "neighbors_cubic", "neighbors", "integers", "regressor_two_outputs",
    "within", "within_by_distance", "within_regressor",
]  # fmt: skip


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    expected = expected_answers(model, model.input.features(raw, np.float64))
    for way in (neighbors.run, neighbors.reference):
        report = compare(model, raw, {op: way(model.record, op, raw) for op in model.record.ops}, expected, way.__name__)
        assert report.ok, f"{model}\n{report}"
    assert valid(model.record)


def random_estimator(draw: Any, seed: int) -> Any:
    kind = draw(st.sampled_from(["centroid", "kmeans", "bisecting", "classifier", "regressor", "outliers", "within", "mean within"]))
    if kind == "centroid":
        return NearestCentroid(metric=draw(st.sampled_from(["euclidean", "manhattan"])))
    if kind in ("kmeans", "bisecting"):
        return (KMeans if kind == "kmeans" else BisectingKMeans)(draw(st.integers(1, 9)), random_state=seed % 1000, n_init=1)
    metric = draw(st.sampled_from(["euclidean", "manhattan", "chebyshev", "minkowski"]))
    options = {"metric": metric, "weights": draw(st.sampled_from(["uniform", "distance"]))}
    options["algorithm"] = draw(st.sampled_from(["auto", "brute"]))
    if metric == "minkowski":
        options["p"] = draw(st.integers(1, 8))
    if "within" in kind:
        radius = 10.0 ** draw(st.integers(-2, 3))
        if kind == "mean within":
            return RadiusNeighborsRegressor(radius, **options)
        return RadiusNeighborsClassifier(radius, outlier_label=draw(st.sampled_from(["most_frequent", 0, -7])), **options)
    if kind == "outliers":
        return LocalOutlierFactor(
            draw(st.integers(1, 9)), novelty=True, **{name: value for name, value in options.items() if name != "weights"}
        )
    return (KNeighborsClassifier if kind == "classifier" else KNeighborsRegressor)(draw(st.integers(1, 9)), **options)


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed, dtype = draw(st.integers(0, 2**31)), draw(st.sampled_from(list(C_TYPES)))
    n_groups = draw(st.integers(2, 6))
    X, y, rows = clouds(seed, draw(st.integers(1, 6)), n_groups, 60)
    raw, scale, offset = as_raw_input(rows, dtype)
    if dtype == "int32":
        raw, scale = raw >> 8, scale * 256
    if draw(st.booleans()) and not dtype.startswith("float"):
        scale, offset = 0.25, 3.0  # equal weights: integers
    fed = raw[: len(X)].astype(np.float64) * scale + offset
    estimator = random_estimator(draw, seed)
    scaler = draw(st.sampled_from([None, None, StandardScaler(), MinMaxScaler((-2, 3)), MinMaxScaler(clip=True)]))
    if scaler is not None and np.all(fed.std(axis=0) > 0):
        estimator = make_pipeline(scaler, estimator)
    fit(estimator, fed, y[: len(fed)])
    return emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset), raw


@pytest.mark.filterwarnings("ignore:Outlier label -7 is not in training classes", "ignore:One or more samples have no neighbors")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@given(models())
def test_random_models(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    model, raw = drawn
    if isinstance(model.record, Chain):
        assert model.verify(raw).ok
    else:
        check(model, raw)


@pytest.mark.campaign
@pytest.mark.parametrize("name", [name for name in CASES if "digits" not in name and "cancer" not in name])
def test_fifty_fits_of_each(name: str) -> None:
    for seed in range(100, 150):
        estimator, X = CASES[name](seed)
        report = emlearn.convert(estimator).verify(X)
        assert report.ok, f"seed {seed}: {report}"


def test_outliers_need_novelty_and_are_told_with_their_density() -> None:
    X = load_iris().data
    with pytest.raises(emlearn.UnsupportedError, match=r"LocalOutlierFactor\(novelty=False\) answers only about the rows"):
        emlearn.convert(LocalOutlierFactor().fit(X))
    model = emlearn.convert(LocalOutlierFactor(15, novelty=True, contamination=0.1).fit(X[:100]), input="int16", input_scale=0.1)
    assert model.record.arithmetic.startswith("whole")
    report = model.verify(np.rint(X * 10))
    assert report.ok and report.agreement == 1
    assert (model.predict(np.rint(X * 10))[100:] == -1).mean() > 0.3


@pytest.mark.parametrize("clusters", [KMeans(3, n_init=1), MiniBatchKMeans(3, n_init=1), BisectingKMeans(4)], ids=repr)
@pytest.mark.parametrize("around", ["alone", "pipeline", "search"])
def test_clusters_that_were_found_in_float32_rows(clusters, around: str) -> None:
    """scikit-learn's ``predict`` takes then no rows of float64, in which verify asks."""
    X = load_iris().data.astype(np.float32)
    estimator = clusters.set_params(random_state=0)
    if around != "alone":
        estimator = make_pipeline(StandardScaler(), GridSearchCV(estimator, {}, cv=2) if around == "search" else estimator)
    report = emlearn.convert(estimator.fit(X)).verify(X)
    assert report.ok and report.agreement == 1
    assert emlearn.convert(estimator, input="int16", input_scale=0.1).verify(np.rint(X * 10)).ok


@pytest.mark.parametrize("clusters", [KMeans(3, n_init=1, random_state=0), BisectingKMeans(4, random_state=0)], ids=repr)
def test_distances_to_centres_alone(clusters) -> None:
    X = load_iris().data
    model = emlearn.convert(FeatureUnion([("distances", clusters)]).fit(X))
    assert model.record.ops == ("transform",) and model.verify(X[::5], compile=True).ok
    assert "predict" not in model.save().replace("predicted", "")


# -- within a radius


@pytest.mark.filterwarnings("ignore:Outlier label -1 is not in training classes")
@pytest.mark.parametrize("algorithm", ["auto", "brute"])
def test_rows_without_neighbours_get_the_label_of_outliers(algorithm: str) -> None:
    """Also one that is no class, which then is the last in the header; its probabilities are all 0, as in scikit-learn."""
    X, y = load_iris(return_X_y=True)
    rows = np.rint(np.concatenate([X[1::2], 3 * X]) * 10)
    for label, expected in ((-1, -1), ("most_frequent", 5), (6, 6)):
        estimator = RadiusNeighborsClassifier(0.4, outlier_label=label, algorithm=algorithm).fit(X[::2], y[::2] + 5)
        model = emlearn.convert(estimator, input="int16", input_scale=0.1)
        report = model.verify(rows)
        assert report.ok and report.agreement == 1 and model.record.arithmetic == "whole<uint64_t>"
        far = model.predict(rows[-1:])
        assert far[0] == expected and far.dtype == y.dtype
        assert model.predict_proba(rows[-1:]).shape == (1, 3)
        assert model.verify(rows[::9], compile=True).ok


@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors", "ignore:invalid value encountered in cast")
def test_means_of_no_neighbours_are_what_scikit_learn_gives() -> None:
    X, y = load_iris(return_X_y=True)
    for targets in (y.astype(float), y):
        model = emlearn.convert(RadiusNeighborsRegressor(0.5).fit(X, targets))
        assert model.verify(np.concatenate([X, 3 * X])).ok
        assert np.isnan(model.predict(3 * X[:1])[0]) == (targets.dtype.kind == "f")


def test_points_on_the_radius_itself_count() -> None:
    """A distance that integers have exactly; of floats, whose rounding may put it on either side, the bound knows."""
    X, y = np.array([[0.0], [10.0]]), [0, 1]
    for dtype in ("int16", "float32"):
        model = emlearn.convert(RadiusNeighborsClassifier(5.0, outlier_label=0).fit(X, y), input=dtype)
        assert model.verify(np.array([[5.0], [6.0], [-5.0], [-6.0], [15.0]])).ok
        assert model.predict_proba(np.array([[5.0], [15.0]])).tolist() == [[0.5, 0.5], [0.0, 1.0]]


def test_an_outlier_label_that_a_device_cannot_give_is_refused() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(emlearn.UnsupportedError, match=r"outlier_label=None\) raises an error for a row without neighbours"):
        emlearn.convert(RadiusNeighborsClassifier(0.5).fit(X, y))
    foreign = VotingClassifier([("a", RadiusNeighborsClassifier(9.0, outlier_label=-1))]).fit(X, y)
    with pytest.raises(emlearn.UnsupportedError, match="VotingClassifier has an outlier_label that is no class"):
        emlearn.convert(foreign)


# -- integers


@pytest.mark.parametrize(("dtype", "sum_type"), [("uint8", "uint32_t"), ("int16", "uint64_t"), ("int32", "uint64_t")])
def test_digits_on_integers_are_exact(dtype: str, sum_type: str) -> None:
    X, y = load_digits(return_X_y=True)
    for weights in ("uniform", "distance"):
        model = emlearn.convert(KNeighborsClassifier(3, weights=weights).fit(X[::3], y[::3]), input=dtype)
        if dtype == "int32":  # a square of 33 bits, 64 times: no integer is wide enough for every row
            assert model.record.arithmetic == "real"
        else:
            assert model.record.arithmetic == f"whole<{sum_type}>"
            assert model.record.points.dtype == np.uint8
        report = model.verify(X[1::5])
        assert report.ok and report.agreement == 1


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16"])
@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "chebyshev"])
def test_no_row_overflows_a_sum(dtype: str, metric: str) -> None:
    """The largest distances that the type has: widened, so that the order stays."""
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    X = rng.choice([limits.min, limits.max, 0], size=(60, 9)).astype(np.float64)
    estimator = KNeighborsClassifier(3, metric=metric).fit(X, np.arange(60) % 4)
    model = emlearn.convert(estimator, input=dtype)
    assert model.record.arithmetic.startswith("whole")
    check(model, rng.choice([limits.min, limits.max, 1], size=(100, 9)).astype(dtype))


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32"])
@pytest.mark.parametrize("kind", ["radius", "mean", "outlier"])
def test_rows_at_the_ends_of_the_type_are_as_far_apart_as_they_are(kind: str, dtype: str) -> None:
    """Radii, means and densities of the least and the largest values: nothing wraps round, in integers and in float."""
    limits, rng = np.iinfo(dtype), np.random.default_rng(0)
    ends = np.array([limits.min, limits.max, limits.min + 1, limits.max - 1, 0], dtype=np.float64)
    X = np.unique(rng.choice(ends, size=(50, 4)), axis=0)
    span = float(limits.max) - limits.min
    if kind == "radius":
        estimator: Any = RadiusNeighborsClassifier(1.2 * span, outlier_label=9).fit(X, np.arange(len(X)) % 4)
    elif kind == "mean":
        estimator = KNeighborsRegressor(3).fit(X, np.arange(len(X)) % 5)
    else:
        estimator = LocalOutlierFactor(4, novelty=True).fit(X)
    model = emlearn.convert(estimator, input=dtype)
    assert model.record.arithmetic.startswith("whole") == (dtype != "int32")
    check(model, np.concatenate([X, rng.choice(ends, size=(60, 4))]).astype(dtype))


def test_scaled_integers_stay_integers_where_all_weights_are_equal() -> None:
    raw = np.random.default_rng(0).integers(0, 4096, (80, 3)).astype(np.uint16)
    X = raw * 0.1 - 5
    model = emlearn.convert(KNeighborsRegressor(4, weights="distance").fit(X, X[:, 0]), input="uint16", input_scale=0.1, input_offset=-5)
    assert model.record.arithmetic.startswith("whole")
    check(model, raw)
    scale = [0.1, 0.2, 1]
    estimator = KNeighborsClassifier(3).fit(raw * scale, np.arange(80) % 3)
    unequal = emlearn.convert(estimator, input="uint16", input_scale=scale, optimize="size")
    assert unequal.record.arithmetic == "weighted"
    check(unequal, raw)


def test_many_points_with_unequal_weights_lie_behind_a_stage_that_scales() -> None:
    X, y = load_iris(return_X_y=True)
    for estimator, optimize, expected in [
        (KNeighborsClassifier(3), "balanced", ["Scaler", "Nearest"]),
        (KNeighborsClassifier(3), "speed", ["Scaler", "Nearest"]),
        (KNeighborsClassifier(3), "size", ["Nearest"]),
        (NearestCentroid(), "balanced", ["Centroids"]),  # three points: weights cost less than a stage
        (KMeans(8, random_state=0, n_init=1), "balanced", ["Scaler", "Centroids"]),
        (SVC(), "balanced", ["Scaler", "Machine"]),
        (SVC(), "size", ["Machine"]),
        (SVC(kernel="linear"), "balanced", ["Machine"]),
    ]:
        model = emlearn.convert(make_pipeline(StandardScaler(), estimator).fit(X, y), optimize=optimize)
        stages = model.record.stages if isinstance(model.record, Chain) else (model.record,)
        assert [type(stage).__name__ for stage in stages] == expected, (estimator, optimize)
        assert stages[-1].arithmetic == ("real" if len(stages) > 1 or not len(stages[-1].weights) else "weighted")
        assert model.verify(X).ok


@pytest.mark.parametrize("dtype", [name for name in C_TYPES if "float" not in name])
def test_distances_between_the_ends_of_a_type_are_exact(dtype: str) -> None:
    """Of int16 rows one squared difference needs 32 bits, two of them more: sums get wider, and none wraps around."""
    limits, rng = np.iinfo(dtype), np.random.default_rng(0)
    ends = np.array([limits.min, limits.min + 1, 0, limits.max - 1, limits.max])
    for metric, n_features in itertools.product(["euclidean", "manhattan"], [1, 2, 5, 70]):
        X = rng.choice(ends, (12, n_features))
        X[:2] = [[limits.min], [limits.max]]
        raw = np.concatenate([X, rng.choice(ends, (60, n_features))]).astype(dtype)
        # A class per row, twice: centroids are the rows themselves.
        with np.errstate(all="ignore"):  # deviations of zero
            estimator = fit(NearestCentroid(metric=metric), np.repeat(X, 2, axis=0).astype(np.float64), np.repeat(np.arange(12), 2))
        model = emlearn.convert(estimator, input=dtype)
        if (dtype, metric) == ("int32", "euclidean") and n_features > 1:
            assert model.record.arithmetic == "real"  # two squares need 65 bits
            continue
        p = model.record.power
        points = model.record.points.tolist()
        sums = [[sum(abs(a - b) ** p for a, b in zip(row, point, strict=True)) for point in points] for row in raw.tolist()]
        assert max(map(max, sums)) < 2 ** (32 if "32" in model.record.arithmetic else 64)
        nearest = [row.index(min(row)) for row in sums]
        assert neighbors.run(model.record, "predict", raw)[:, 0].tolist() == nearest
        assert neighbors.reference(model.record, "predict", raw)[:, 0].tolist() == nearest


# -- ties


def test_ties_of_votes_go_to_the_lowest_class_as_in_scikit_learn() -> None:
    X = np.array([[0.0], [2.0], [10.0], [12.0]])
    estimator = KNeighborsClassifier(2).fit(X, ["b", "a", "b", "a"])
    rows = np.array([[0.9], [1.1], [11.2]])
    assert emlearn.convert(estimator).predict(rows).tolist() == estimator.predict(rows).tolist() == ["a", "a", "a"]


def test_a_row_on_a_training_row_counts_that_alone() -> None:
    X, y, _ = clouds(3, 3, 3)
    X = X.astype(np.float32).astype(np.float64)
    for algorithm in ("kd_tree", "brute"):
        model = emlearn.convert(KNeighborsClassifier(5, weights="distance", algorithm=algorithm).fit(X, y))
        check(model, X.astype(np.float32))
        proba = model.predict_proba(X)
        assert np.allclose(proba[np.arange(len(X)), y], 1, atol=1e-6)
        regressor = emlearn.convert(KNeighborsRegressor(5, weights="distance", algorithm=algorithm).fit(X, y.astype(float)))
        report = regressor.verify(X)
        assert report.ok and report.bound < 1e-3


def test_equally_near_points_are_told_apart_from_errors() -> None:
    """Duplicates with different targets: which counts is not defined, and the bound knows."""
    X = np.array([[0.0], [0.0], [1.0], [5.0]])
    model = emlearn.convert(KNeighborsClassifier(1).fit(X, [1, 0, 0, 1]))
    assert model.verify(np.array([[0.1], [0.9], [4.0]])).ok
    assert neighbors.bound(model.record, "predict_proba", np.array([[0.1], [4.0]], np.float32))[:, 0] == pytest.approx([1, 0], abs=1e-5)


# -- bounds, corners, refusals


def test_bounds_are_not_idle() -> None:
    for name in ("kmeans", "neighbors_by_distance", "regressor_by_distance"):
        estimator, X = CASES[name](0)
        model = emlearn.convert(estimator)
        raw, op = model.input.check(X), model.record.ops[-1]
        expected = expected_answers(model, model.input.features(raw, np.float64))[op]
        assert np.max(np.abs(model.answer(op, raw) - expected) / neighbors.bound(model.record, op, raw)) > 1e-2


@pytest.mark.parametrize("name", ["centroid", "kmeans", "bisecting", "birch", "neighbors", "neighbors_cubic", "regressor_two_outputs"])
def test_any_row_ends_with_an_answer(name: str) -> None:
    estimator, X = CASES[name](0)
    model = emlearn.convert(estimator)
    extreme = [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e19, 1e-45, -0.0]
    raw = np.array([np.full(X.shape[1], value) for value in extreme], dtype=np.float32)
    answers = neighbors.run(model.record, "predict", raw)
    if model.record.task.is_discrete:
        assert np.all((answers >= 0) & (answers < model.record.task.n_classes[0]))


def test_damaged_tables_are_refused() -> None:
    for name in ("kmeans", "neighbors_scaled"):
        record = emlearn.convert(CASES[name](0)[0], optimize="size").record
        assert valid(record)
        points = record.points.copy()
        points[0, 0] = np.nan
        assert not valid(dataclasses.replace(record, points=points))
        assert not valid(dataclasses.replace(record, unit=0.0))
        assert not valid(dataclasses.replace(record, weights=-np.ones(record.n_features, np.float32), arithmetic="weighted"))
    tree = emlearn.convert(CASES["bisecting"](0)[0]).record
    children = tree.children.copy()
    children[np.argmax(children)] = 0  # a way that never ends
    with pytest.raises(ValueError, match="the tree is not valid"):
        neighbors.run(dataclasses.replace(tree, children=children), "predict", np.zeros((1, tree.n_features), np.float32))


def test_what_has_no_kernel_is_refused_by_name() -> None:
    X, y = load_iris(return_X_y=True)
    for estimator, message in [
        (KNeighborsClassifier(metric="canberra"), r"metric 'canberra' has no kernel: fit with 'euclidean'"),
        (KNeighborsClassifier(p=1.5), r"minkowski with p=1.5 has no kernel"),
        (KNeighborsRegressor(weights=lambda d: d), r"weights=.* has no kernel: fit with 'uniform' or 'distance'"),
        (KNeighborsClassifier(metric="minkowski", metric_params={"w": np.ones(4)}), r"metric_params \['w'\] has no kernel"),
        (NearestCentroid(metric="manhattan", priors=[0.5, 0.3, 0.2]), r"unequal priors squares manhattan distances"),
    ]:
        with pytest.raises(emlearn.UnsupportedError, match=message):
            emlearn.convert(estimator.fit(X, y))
    with pytest.raises(emlearn.UnsupportedError, match="several outputs has no kernel"):
        emlearn.convert(KNeighborsClassifier().fit(X, np.column_stack([y, y])))
    broken = KMeans(3, random_state=0, n_init=1).fit(X)
    broken.cluster_centers_[0, 0] = np.nan
    with pytest.raises(emlearn.InvalidInputError, match=r"KMeans\.centres has 1 values that are not finite"):
        emlearn.convert(broken)
    with pytest.raises(emlearn.UnsupportedError, match="affinity='precomputed', so it has no centres"):
        emlearn.convert(AffinityPropagation(affinity="precomputed", random_state=0).fit(-((X[:20, :1] - X[:20, :1].T) ** 2)))
    with pytest.raises(emlearn.InvalidInputError, match="missing=-1: distances cannot take missing values"):
        emlearn.convert(KMeans(3, random_state=0, n_init=1).fit(X), input="int16", missing=-1)
    with pytest.raises(emlearn.InvalidInputError, match="too large or too small for float32: scale the features"):
        emlearn.convert(KNeighborsClassifier().fit(X * 1e30, y))


# -- headers


@pytest.mark.parametrize("compiler", COMPILERS, ids=" ".join)
@pytest.mark.parametrize("name", HEADERS)
def test_headers_compile_and_keep_their_tables_in_flash(name: str, compiler: list[str], tmp_path: Path) -> None:
    if name == "integers":
        X, y = load_digits(return_X_y=True)
        model = emlearn.convert(KNeighborsClassifier(3).fit(X[:200], y[:200]), input="int16")
    else:
        model = emlearn.convert(CASES[name](0)[0], input="int16", input_scale=0.01)
    last = model.record.stages[-1] if isinstance(model.record, Chain) else model.record
    assert isinstance(last, Centroids | Nearest | Within)
    calls = "".join(f"model::{op}(x, out);" for op in model.record.ops[1:])
    answer = "model::predict(x, out);" if model.record.task.n_outputs > 1 else "out[0] += static_cast<float>(model::predict(x));"
    compile_bundle(model, f"void f(const int16_t* x, float* out) {{ {calls} {answer} }}", compiler, tmp_path)


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("name", ["kmeans_scaled", "bisecting", "neighbors_by_distance", "within", "within_by_distance", "integers"])
def test_chips_answer_within_the_bounds(name: str, target: str) -> None:
    from emlearn import targets

    if name == "integers":
        X, y = load_digits(return_X_y=True)
        model, raw = emlearn.convert(KNeighborsClassifier(3).fit(X[:150], y[:150]), input="int16"), X[150:170].astype(np.int16)
    else:
        estimator, X = CASES[name](1)
        model, raw = emlearn.convert(estimator), X[::10]
    try:
        report = model.verify(raw, target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok
