"""Kernel machines: kernels and reference against scikit-learn, within the stated bounds; votes and ties as there.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from compiled import compile_bundle
from emlearn.families import svm
from emlearn.families.svm.near import parts
from emlearn.families.svm.record import Machine
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from emlearn.report.verify import compare, expected_answers
from gaussian_models import as_raw_input
from hypothesis import given
from hypothesis import strategies as st
from parity.cases.svm import CASES, clouds
from sklearn.datasets import load_iris
from sklearn.kernel_ridge import KernelRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR, OneClassSVM

COMPILERS = [["g++", "-std=c++11"], ["g++", "-std=c++20"], ["clang++-16", "-std=c++17"], ["avr-g++", "-std=gnu++11"]]
KERNELS = ("linear", "poly", "rbf", "sigmoid")


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    expected = expected_answers(model, model.input.features(raw, np.float64))
    for way in (svm.run, svm.reference):
        report = compare(model, raw, {op: way(model.record, op, raw) for op in model.record.ops}, expected, way.__name__)
        assert report.ok, f"{model}\n{report}"
    if model.record.is_fixed:
        assert np.array_equal(*(way(model.record, "predict", raw) for way in (svm.run, svm.reference)))


@st.composite
def models(draw: st.DrawFn) -> tuple[emlearn.Model, np.ndarray]:
    seed, dtype = draw(st.integers(0, 2**31)), draw(st.sampled_from(list(C_TYPES)))
    n_groups, kernel = draw(st.integers(2, 6)), draw(st.sampled_from(KERNELS))
    X, y, rows = clouds(seed, draw(st.integers(1, 5)), n_groups, 60)
    raw, scale, offset = as_raw_input(rows, dtype)
    if draw(st.booleans()) and not dtype.startswith("float"):
        scale, offset = float(np.max(scale)), 0.0  # equal weights: distances in integers
    fed = raw[: len(X)].astype(np.float64) * scale + offset
    options = {"kernel": kernel, "degree": draw(st.integers(0, 3)), "coef0": draw(st.sampled_from([0.0, 0.5]))}
    kind = draw(st.sampled_from(["classifier", "regressor", "detector", "ridge"]))
    scaler = draw(st.sampled_from([StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler(clip=True)]))
    if kind == "classifier":
        shape = draw(st.sampled_from(["ovr", "ovo"]))
        machine: Any = SVC(C=draw(st.sampled_from([0.1, 10.0])), decision_function_shape=shape, max_iter=500, **options)
        machine.break_ties = shape == "ovr" and draw(st.booleans())
    elif kind == "regressor":
        machine = SVR(max_iter=500, **options)
    elif kind == "detector":
        machine = OneClassSVM(nu=0.3, max_iter=500, **options)
    else:
        machine = KernelRidge(alpha=10.0, **options)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = make_pipeline(scaler, machine).fit(fed, y)
    numeric = draw(st.sampled_from(["exact", "int16", "int32"])) if dtype in ("int8", "uint8", "int16", "uint16") else "exact"
    try:
        return emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset, numeric=numeric), raw
    except (emlearn.InvalidInputError, emlearn.UnsupportedError):
        assert numeric != "exact"  # one count of a feature changes too much, or a stage before it does not fold
        return emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset), raw


@given(models())
def test_random_models(drawn: tuple[emlearn.Model, np.ndarray]) -> None:
    model, raw = drawn
    if isinstance(model.record, Chain):
        report = model.verify(raw)
        assert report.ok, f"{model}\n{report}"
    else:
        check(model, raw)


@pytest.mark.campaign
@pytest.mark.parametrize("name", [name for name in CASES if not any(word in name for word in ("digits", "cancer", "diabetes"))])
def test_fifty_fits_of_each(name: str) -> None:
    for seed in range(100, 150):
        estimator, X = CASES[name](seed)
        report = emlearn.convert(estimator).verify(X)
        assert report.ok, f"seed {seed}: {report}"


@pytest.mark.parametrize("name", CASES)
def test_each_parity_case_on_both_ways(name: str) -> None:
    estimator, X = CASES[name](1)
    model = emlearn.convert(estimator)
    if isinstance(model.record, Chain):
        assert model.verify(X[::3]).ok
    else:
        check(model, model.input.check(X[::3]))


def test_distances_are_integers_where_rows_and_vectors_are() -> None:
    X, y = load_iris(return_X_y=True)
    raw = np.rint(X * 10).astype(np.int16)
    model = emlearn.convert(SVC(gamma=0.5).fit(raw * 0.1, y), input="int16", input_scale=0.1)
    assert model.record.arithmetic == "near" and model.record.points.dtype == np.uint8
    report = model.verify(raw)
    assert report.ok and report.agreement == 1 and report.ties == 0
    far = np.random.default_rng(0).integers(-32768, 32768, (200, 4)).astype(np.int16)
    check(model, far)


def test_integers_alone_answer_alike_and_differ_within_the_bound() -> None:
    X, y = load_iris(return_X_y=True)
    raw = np.rint(X * 10).astype(np.int16)
    far = np.concatenate([raw, np.random.default_rng(0).integers(-32768, 32768, (200, 4)).astype(np.int16)])
    for estimator, factors in [(SVC(gamma=0.5), 0), (make_pipeline(StandardScaler(), SVC(gamma=0.5)), 4), (SVR(gamma=1e-4), 0)]:
        model = emlearn.convert(estimator.fit(raw * 0.1, y), input="int16", input_scale=0.1, numeric="int16")
        assert model.record.is_fixed and len(model.record.integers.factors) == factors
        assert model.record.coefficients.dtype == np.int16 and "no overflow" in model.describe()["arithmetic"]
        report = model.verify(raw)
        assert report.ok and report.agreement == 1
        check(model, far)


PRODUCTS = ["poly", "sigmoid", "linear", "linear_two_classes", "nu_two_classes", "regressor_poly", "one_class_linear", "ridge_sigmoid"]


def in_integers(name: str, numeric: str, **options: Any) -> tuple[emlearn.Model, np.ndarray]:
    """A parity case on int16 rows that use the range of their type, and rows all over it."""
    estimator, X = CASES[name](1)
    if isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1].fit(X[:100], np.arange(100) % 3)
    unit = np.abs(X).max(axis=0) / 30000
    raw = np.rint(X / unit).astype(np.int16)
    far = np.random.default_rng(0).choice([-32768, 0, 32767], size=(60, X.shape[1])).astype(np.int16)
    return emlearn.convert(estimator, input="int16", input_scale=unit, numeric=numeric, **options), np.concatenate([raw, far])


@pytest.mark.parametrize("numeric", ["int16", "int32"])
@pytest.mark.parametrize("name", [*PRODUCTS, "rbf", "rbf_pairs", "one_class"])
def test_every_kernel_answers_in_integers(name: str, numeric: str) -> None:
    model, raw = in_integers(name, numeric)
    record = model.record
    assert record.is_fixed and record.is_wide == (numeric == "int32") and record.points.dtype.kind in "iu"
    check(model, raw)


@pytest.mark.parametrize("numeric", ["int16", "int32"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_sums_of_products_cannot_overflow(name: str, numeric: str) -> None:
    """Whatever the raw row is: each sum of sizes stays below the type's largest, and so does each part of it."""
    record = in_integers(name, numeric)[0].record
    most = 2 ** (8 * np.dtype(record.sum_type).itemsize - 1)
    start = record.intercept if record.kernel == "linear" else np.full(len(record.points), record.integers.start, object)
    for row, first in zip(record.points.astype(object), start, strict=True):
        assert abs(int(first)) + 32768 * sum(abs(int(w)) for w in row) < most
    if record.kernel == "linear":
        return
    total = [abs(int(value)) for value in record.intercept]
    for function, mine, column in parts(record):
        total[function] += sum(abs(int(c)) << record.bits for c in record.coefficients[mine, column])
    assert max(total) < most


def test_more_bits_are_nearer() -> None:
    for name in ("sigmoid", "linear", "ridge_sigmoid"):
        errors = []
        for numeric in ("int16", "int32"):
            model, raw = in_integers(name, numeric)
            op = model.record.ops[-1]
            rows = raw[:100]
            expected = expected_answers(model, model.input.features(rows, np.float64))[op]
            errors.append(np.max(np.abs(svm.run(model.record, op, rows) - np.asarray(expected).reshape(len(rows), -1))))
        assert errors[1] < errors[0] / 16


def test_arguments_of_powers_keep_to_calibration_rows() -> None:
    plain, raw = in_integers("poly", "int16")
    narrow = in_integers("poly", "int16", calibration=raw[:100])[0]
    assert narrow.record.integers.edge != plain.record.integers.edge
    check(narrow, raw)


@pytest.mark.parametrize("dtype", ["uint8", "int8"])
@pytest.mark.parametrize("n_features", [3, 4, 7])
def test_rows_of_bytes_are_compared_without_a_reach(dtype: str, n_features: int, tmp_path: Path) -> None:
    """The header's distances of bytes equal those that the host and the reference cut off at the largest difference that counts."""
    rng, limits = np.random.default_rng(n_features), np.iinfo(dtype)
    raw = rng.integers(limits.min, limits.max + 1, (80, n_features)).astype(dtype)
    raw[0], raw[1] = limits.min, limits.max
    estimator = SVC(gamma=2e-4 * n_features).fit(raw.astype(float), np.arange(80) % 3)
    model = emlearn.convert(estimator, input=dtype, numeric="int16")
    assert model.record.sums == "of_bytes" and "of_bytes" in model.save(name="model")
    check(model, raw)
    assert model.verify(raw, compile=True).ok


def test_sums_of_integers_cannot_overflow() -> None:
    for name in ("rbf_five_classes", "regressor_nu", "one_class"):
        estimator, _ = CASES[name](0)
        record = emlearn.convert(estimator, input="int16", input_scale=0.001, numeric="int16").record
        total = np.abs(record.intercept.astype(np.int64))
        for function, mine, column in parts(record):
            total[function] += 2**15 * np.abs(record.coefficients[mine, column].astype(np.int64)).sum()
        assert total.max() < 2**31


def test_integers_are_refused_where_they_cannot_be_right() -> None:
    X, y = load_iris(return_X_y=True)
    integers = {"input": "int16", "input_scale": 0.1, "numeric": "int16"}
    with pytest.raises(emlearn.InvalidInputError, match="a polynomial of degree=0 is the same for every row"):
        emlearn.convert(KernelRidge(kernel="poly", degree=0).fit(X, y), **integers)
    unlike = SVC(kernel="linear").fit(X * [1e-9, 1, 1, 1], y)
    with pytest.raises(emlearn.InvalidInputError, match=r"leave too few bits to the vectors; use numeric='int32'"):
        emlearn.convert(unlike, **integers | {"input_scale": [1e-9, 0.1, 0.1, 0.1], "input_offset": 1e9})
    with pytest.raises(emlearn.InvalidInputError, match="needs raw integers of 8 or 16 bits, not input='float32'"):
        emlearn.convert(SVC().fit(X, y), numeric="int16")
    with pytest.raises(emlearn.InvalidInputError, match="one raw count of a feature changes the kernel by too much or too little"):
        emlearn.convert(SVC(gamma=1.0).fit(X, y), **integers | {"input_scale": [1e-9, 1.0, 1.0, 1.0]})
    with pytest.raises(emlearn.UnsupportedError, match="models have 'exact', 'int16', 'int32'"):
        emlearn.convert(SVC().fit(X, y), **integers | {"numeric": "int8"})


def test_linear_kernels_collapse_to_weights() -> None:
    for name, rows in (("linear", 6), ("linear_two_classes", 1), ("regressor_linear", 1), ("one_class_linear", 1), ("ridge_linear", 2)):
        model = emlearn.convert(CASES[name](0)[0])
        assert len(model.record.points) == rows and model.record.coefficients.size == 0


def test_ties_of_votes_go_to_the_lowest_class_as_in_scikit_learn() -> None:
    """A row in the middle of three classes, each of which wins one pair."""
    angle = 2 * np.pi * np.arange(3) / 3
    X = np.concatenate([np.column_stack([np.cos(angle + d), np.sin(angle + d)]) for d in (-0.2, 0.0, 0.3)])
    y = np.tile([2, 0, 1], 3)
    for break_ties in (False, True):
        estimator = SVC(kernel="rbf", gamma=1.0, break_ties=break_ties).fit(X, y)
        rows = np.random.default_rng(0).normal(scale=0.05, size=(200, 2)).astype(np.float32)
        assert np.array_equal(emlearn.convert(estimator).predict(rows), estimator.predict(rows))


def test_bounds_are_not_idle() -> None:
    for name in ("rbf", "regressor", "one_class", "linear_two_classes", "sigmoid"):
        estimator, X = CASES[name](0)
        model = emlearn.convert(estimator)
        raw, op = model.input.check(X), model.record.ops[-1]
        expected = expected_answers(model, model.input.features(raw, np.float64))[op]
        assert np.max(np.abs(model.answer(op, raw) - expected) / svm.bound(model.record, op, raw)) > 1e-3


@pytest.mark.parametrize("name", ["rbf", "poly", "sigmoid", "linear", "one_class", "regressor"])
def test_any_row_ends_with_an_answer(name: str) -> None:
    estimator, X = CASES[name](0)
    model = emlearn.convert(estimator)
    extreme = [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e19, 1e-45, -0.0]
    raw = np.array([np.full(X.shape[1], value) for value in extreme], dtype=np.float32)
    answers = svm.run(model.record, "predict", raw)
    if model.record.task.kind == "classifier":
        assert np.all((answers >= 0) & (answers < model.record.task.n_classes[0]))


def test_what_has_no_kernel_is_refused_by_name() -> None:
    X, y = load_iris(return_X_y=True)
    for estimator, message in [
        (SVC(kernel=lambda a, b: a @ b.T), r"SVC\.kernel=.* has no kernel here: fit with 'linear', 'poly', 'rbf' or 'sigmoid'"),
        (SVC(kernel="poly", degree=9), r"SVC\.degree=9 has no kernel: fit with a whole degree up to 8"),
        (SVR(epsilon=1e6), r"SVR has no support vectors: it answers the same for every row"),
        (KernelRidge(kernel="laplacian"), r"KernelRidge\.kernel='laplacian' has no kernel here"),
    ]:
        with pytest.raises(emlearn.UnsupportedError, match=message):
            emlearn.convert(estimator.fit(X, y))
    broken = SVC().fit(X, y)
    broken.support_vectors_[0, 0] = np.inf
    with pytest.raises(emlearn.InvalidInputError, match=r"SVC\.support_vectors_ has 1 values that are not finite"):
        emlearn.convert(broken)
    with pytest.raises(emlearn.InvalidInputError, match="cannot take missing values"):
        emlearn.convert(SVC().fit(X, y), input="int16", missing=-1)


@pytest.mark.parametrize("compiler", COMPILERS, ids=" ".join)
@pytest.mark.parametrize(
    "name",
    [
        "rbf_break_ties", "rbf_pairs", "rbf", "linear", "poly", "sigmoid", "one_class", "ridge_poly", "regressor", "integers, rbf_scaled",
        "integers, rbf", "integers, poly", "integers, sigmoid", "integers, linear", "wide, rbf_pairs", "wide, poly", "wide, sigmoid",
        "integers, rbf_break_ties", "integers, rbf_two_classes", "integers, regressor", "integers, one_class",
    ],
)  # fmt: skip
def test_headers_compile_and_keep_their_tables_in_flash(name: str, compiler: list[str], tmp_path: Path) -> None:
    kind, _, case = name.rpartition(", ")
    estimator = CASES[case](0)[0]
    estimator = estimator.steps[-1][1] if case == "sigmoid" else estimator
    model = emlearn.convert(estimator, input="int16", input_scale=0.01, numeric={"integers": "int16", "wide": "int32"}.get(kind, "exact"))
    assert isinstance(model.record, Machine)
    calls = "".join(f"model::{op}(x, out);" for op in model.record.ops[1:])
    answer = "model::predict(x, out);" if model.record.task.n_outputs > 1 else "out[0] += static_cast<float>(model::predict(x));"
    compile_bundle(model, f"void f(const int16_t* x, float* out) {{ {calls} {answer} }}", compiler, tmp_path)


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("name", ["rbf_scaled", "rbf_pairs", "poly", "sigmoid", "one_class", "linear"])
def test_chips_answer_within_the_bounds(name: str, target: str) -> None:
    from emlearn import targets

    estimator, X = CASES[name](1)
    try:
        report = emlearn.convert(estimator).verify(X[::10], target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("scaler", [None, StandardScaler()], ids=["plain", "scaled"])
@pytest.mark.parametrize(("numeric", "dtype"), [("exact", "int16"), ("int16", "int16"), ("int16", "uint8"), ("int16", "int8")])
def test_chips_answer_in_integers(numeric: str, dtype: str, scaler: Any, target: str) -> None:
    from emlearn import targets

    X, y = load_iris(return_X_y=True)
    raw = np.rint(X * 10).astype(dtype)
    estimator = SVC(gamma=0.5) if scaler is None else make_pipeline(scaler, SVC(gamma=0.5))
    model = emlearn.convert(estimator.fit(raw * 0.1, y), input=dtype, input_scale=0.1, numeric=numeric)
    try:
        report = model.verify(raw[::10], target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok and report.agreement == 1


@pytest.mark.device
@pytest.mark.parametrize("numeric", ["exact", "int16", "int32"])
@pytest.mark.parametrize(("low", "high"), [(0, 200), (-100, 100), (0, 9000), (-9000, 9000)], ids=["uint8", "int8", "uint16", "int16"])
def test_halfwords_of_any_number_and_distance(low: int, high: int, numeric: str) -> None:
    """Vectors of each type that rows of int16 may have, by fours and by ones; differences that leave 16 bits count as far."""
    from emlearn import targets

    rng = np.random.default_rng(high)
    for n in (3, 4, 6):
        raw = rng.integers(low, high, (40, n), endpoint=True).astype(np.int16)
        raw[:2] = [[low], [high]]
        estimator = SVC(C=1e3, gamma=4.0 / n).fit(raw / (high - low), np.arange(40) % 2)
        model = emlearn.convert(estimator, input="int16", input_scale=1 / (high - low), numeric=numeric)
        rows = np.concatenate([raw[::4], [[-32768] * n, [32767] * n, [-32768] + [low] * (n - 1), [high] * (n - 1) + [32767]]]).astype(
            np.int16
        )
        try:
            answers = targets.run("cortex-m4f", model, rows)
        except targets.ToolMissingError as error:
            pytest.skip(str(error))
        assert np.array_equal(answers["predict"], model.predict(rows).reshape(answers["predict"].shape))
        if numeric != "exact":  # whole sums, times their unit
            assert np.array_equal(answers["decision_function"].ravel(), model.decision_function(rows).ravel())


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("name", ["poly", "sigmoid", "linear"])
@pytest.mark.parametrize("numeric", ["int16", "int32"])
def test_chips_answer_products_in_integers(numeric: str, name: str, target: str) -> None:
    from emlearn import targets

    model, raw = in_integers(name, numeric)
    try:
        report = model.verify(raw[::20], target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok
