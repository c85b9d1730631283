"""Multilayer perceptrons in integers: reference and kernels equal to the bit, both within the stated bound, sums within the proof.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn._kernels import mlp_integer as kernels
from emlearn.families import mlp
from emlearn.families.mlp import intake, integer_bounds
from emlearn.families.mlp.agreement import calibration_of
from emlearn.families.mlp.choose import held_out
from emlearn.families.mlp.integer_reference import activations, bent, power, sums
from emlearn.families.mlp.proof import prove
from emlearn.families.mlp.quantize import quantize
from emlearn.inputs import C_TYPES
from emlearn.options import OPTIMIZE
from emlearn.record import Chain
from emlearn.report.verify import expected_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from mlp_networks import HIDDEN, KINDS, network, networks, raw_rows
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

seeds = st.integers(0, 2**32 - 1)
#: Fewer than the profile's, as each conversion passes its calibration rows through two networks.
few = settings(max_examples=settings().max_examples // 2)


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    """Kernel equal to the reference; both within the bound of scikit-learn, sums within the proof."""
    record = model.record
    assert isinstance(record, mlp.IntegerMlp)
    with np.errstate(over="ignore"):  # scikit-learn's own, in exp
        expected = expected_answers(model, model.input.features(raw, np.float64))
        assert model.verify(raw).ok
    for op in record.ops:
        answer = mlp.reference(record, op, raw)
        assert answer.tobytes() == mlp.run(record, op, raw).tobytes(), op
        if op == "predict" and record.task.is_discrete:
            continue
        bound = mlp.bound(record, op, raw)
        assert bound.shape == expected[op].shape and not np.any(np.isnan(bound))
        with np.errstate(invalid="ignore"):
            beyond = np.abs(answer.astype(np.float64) - expected[op]) > bound
        assert not np.any(beyond & np.isfinite(expected[op])), op
    for layer, q in zip(record.layers, activations(record, raw), strict=True):
        v = sums(layer, q)
        assert np.max(np.abs(v), initial=0) <= layer.proof.largest < 1 << 31


def made(estimator: Any, rows: np.ndarray, **options: Any) -> emlearn.Model:
    return emlearn.convert(estimator, calibration=rows, **options)


@few
@given(networks(), st.sampled_from(["int8", "int16"]), st.sampled_from(OPTIMIZE), seeds)
def test_float_rows(estimator: MLPClassifier, numeric: str, optimize: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = (rng.normal(size=(60, estimator.n_features_in_)) * 10.0 ** rng.integers(-2, 3)).astype(np.float32)
    model = made(estimator, rows[:40], numeric=numeric, optimize=optimize)
    check(model, np.vstack([rows, raw_rows("float32", rows.shape[1], seed)]))


@few
@given(networks(), st.sampled_from(list(C_TYPES)), st.sampled_from(["int8", "int16"]), seeds)
def test_every_input_type_behind_a_scale(estimator: MLPClassifier, dtype: str, numeric: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = estimator.n_features_in_
    scale, offset = rng.choice([-1, 1], n) * 10.0 ** rng.uniform(-5, 0, n), rng.normal(size=n)
    raw = raw_rows(dtype, n, seed)
    raw = raw[np.all(np.abs(raw.astype(np.float64)) < 1e20, axis=1)]
    model = made(estimator, raw[: len(raw) // 2], numeric=numeric, input=dtype, input_scale=scale, input_offset=offset)
    check(model, raw)


@functools.cache
def data(name: str) -> tuple[Any, ...]:
    """Trained on half of the rows: estimator, raw int16 rows of both halves, the unit of a raw value, labels of the second."""
    X, y = {"digits": load_digits, "wine": load_wine, "breast_cancer": load_breast_cancer}[name](return_X_y=True)
    unit = np.ones(X.shape[1]) if name == "digits" else np.abs(X).max(axis=0) / 30000
    raw = np.rint(X / unit).astype(np.int16)
    a, b, y_a, y_b = train_test_split(raw, y, random_state=0, test_size=0.5)
    estimator = make_pipeline(StandardScaler(), MLPClassifier((16,), activation="tanh", max_iter=60, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "digits":
            estimator = MLPClassifier((32,), max_iter=60, random_state=0)
        return estimator.fit(a * unit, y_a), a, b, unit, y_b


@pytest.mark.parametrize("name", ["digits", "wine", "breast_cancer"])
@pytest.mark.parametrize(("numeric", "least"), [("int8", 0.985), ("int16", 0.999)])
def test_real_data(name: str, numeric: str, least: float) -> None:
    estimator, a, b, unit, y = data(name)
    for optimize in OPTIMIZE:
        model = made(estimator, a, input="int16", input_scale=unit, numeric=numeric, optimize=optimize)
        check(model, b)
        report = model.verify(b, y)
        assert np.mean(model.predict(b) == estimator.predict(b * unit)) >= least
        assert report.score is not None and report.score >= report.estimator_score - 0.01
        # Not only true but useful: the device's probabilities are nearer than this.
        assert report.max_error < (0.4 if numeric == "int8" else 0.1)


def test_whole_numbers_of_little_range_are_taken_as_they_are() -> None:
    estimator, a, _b, unit, _ = data("digits")
    record = made(estimator, a, input="int16", input_scale=unit, numeric="int8", optimize="speed").record
    assert (record.intake.kind, record.intake.top) == ("whole", 16)
    short = quantize(record.source, "int8", a, tiled=True, short=True)
    assert short.layers[1].proof.bits == 16 and short.layers[0].top < 255
    balanced = made(estimator, a, input="int16", input_scale=unit, numeric="int8").record
    assert all(layer.proof.bits == 24 and "24-bit accumulators" in layer.proof.text() for layer in balanced.layers[1:])
    assert np.array_equal(intake.apply(record.intake, np.array([[-5, 3, 17, 32767]], np.int16)), [[0, 3, 16, 16]])


def test_power_is_within_its_error_for_every_argument() -> None:
    t = np.arange(16 * 2048 + 1)
    e = power(t)
    assert np.array_equal(e, [kernels.power(int(value)) for value in t])
    exact = 2.0 ** (-t / 2048) * 2**15
    assert np.all(e[:2049] - exact[:2049] <= exact[:2049] * integer_bounds._POWER)
    assert np.all(np.abs(e - exact) <= exact * integer_bounds._POWER + 1)
    assert np.all(np.diff(e) <= 0)


@pytest.mark.parametrize("numeric", ["int8", "int16"])
def test_curve_is_monotone_odd_and_within_its_error(numeric: str) -> None:
    estimator = network("multiclass", "tanh", [3, 4], seed=1)
    curve = made(estimator, raw_rows("float32", 3, 0)[4:], numeric=numeric).record.curve
    t = np.arange(-2 * curve.largest, 2 * curve.largest + 1)
    y = bent(curve, t) - curve.mid
    assert np.all(np.diff(y) >= 0) and np.array_equal(y, -y[::-1]) and y[0] == -curve.mid
    error = np.max(np.abs(y / curve.mid - np.tanh(t * curve.step)))
    assert error <= integer_bounds.curve_error(curve) <= (0.6 if numeric == "int8" else 1.0) / curve.mid + 1.1e-3


@given(st.integers(1, 6), st.integers(1, 30), st.integers(1, 255), seeds)
def test_proof_holds_for_all_inputs_and_is_the_largest(n_out: int, n_in: int, top: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    w, b = rng.integers(-127, 128, (n_out, n_in)).astype(np.int8), rng.integers(-5000, 5000, n_out).astype(np.int32)
    proof = prove(w, b, top)
    high, low = (w > 0) * top, (w < 0) * top
    extremes = [
        abs(int(row @ q) + bias * more)
        for row, p, n, bias in zip(w.astype(int), high, low, b, strict=True)
        for q in (p, n)
        for more in (0, 1)
    ]
    assert proof.largest == max(*extremes, int(np.max(np.abs(b))))
    if proof.run:
        for start in range(0, n_in, proof.run):
            part = w[:, start : start + proof.run].astype(int)
            assert np.max(np.maximum(part, 0).sum(axis=1) * top) <= 32767
            assert np.min(np.minimum(part, 0).sum(axis=1) * top) >= -32767
    assert proof.bits == (16 if proof.run >= n_in else 24 if proof.largest < 1 << 23 else 32)


def test_sums_that_24_bits_cannot_hold_take_the_wider_kernel_and_say_so() -> None:
    estimator = network("multiclass", "relu", [300, 4], seed=0)
    estimator.coefs_[0][...] = np.abs(estimator.coefs_[0]) + 1
    rows = np.random.default_rng(0).integers(0, 256, (40, 300)).astype(np.uint8)
    model = made(estimator, rows, input="uint8", numeric="int8")
    record = model.record
    assert record.layers[0].proof.bits == 32 and "32-bit accumulators" in model.describe()["layer 0"]
    wide = made(estimator, rows.astype(np.int16), input="int16", numeric="int16")
    assert "32-bit accumulators" in wide.describe()["layer 0"]
    check(model, rows)
    check(wide, rows.astype(np.int16))


def test_auto_takes_the_smallest_that_is_good_enough() -> None:
    estimator, a, _, unit, _ = data("digits")
    auto = made(estimator, a, input="int16", input_scale=unit, numeric="auto")
    assert auto.record.numeric == "int8" and auto.record.calibration.agreement >= 0.99
    flat = network("regressor", "relu", [2, 3], seed=0)
    flat.coefs_[1][...] *= 1e-3
    flat.coefs_[1][0] = 1e3
    flat.coefs_[0][:, 0], flat.intercepts_[0][0] = 1e-6, 1
    rows = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    agreements = []
    for numeric in ("int8", "int16"):  # of each half, on the other
        halves = [calibration_of(made(flat, a, numeric=numeric).record, b) for a, b in ((rows[::2], rows[1::2]), (rows[1::2], rows[::2]))]
        agreements.append(np.mean([seen.agreement for seen in halves]))
    chosen = made(flat, rows, numeric="auto").record
    expected = "int8" if agreements[0] >= 0.99 else "int16" if agreements[1] >= 0.99 else None
    assert getattr(chosen, "numeric", None) == expected


def test_fewer_bits_must_be_worth_it() -> None:
    """Shorter sums are taken where they are those of many products, change no class, and few of rows they were not made from."""
    rng = np.random.default_rng(0)
    wide, rows = network("multiclass", "relu", [40, 16], seed=0), rng.normal(size=(80, 40)).astype(np.float32)
    balanced, speed = (made(wide, rows, numeric="int8", optimize=mode).record for mode in ("balanced", "speed"))
    assert [proof.bits for _, proof in balanced.products] == [24, 24]
    assert speed == balanced  # only the last layer's few sums would be short
    estimator, a, _, unit, _ = data("digits")
    chosen = made(estimator, a, input="int16", input_scale=unit, numeric="int8", optimize="speed").record
    long, short = (quantize(chosen.source, "int8", a, True, short=short) for short in (False, True))
    kept = held_out(lambda rows: quantize(chosen.source, "int8", rows, True, short=True), calibration_of, a)
    assert all(proof.bits == 16 for _, proof in short.products)
    assert chosen == (short if kept >= 0.99 and short.calibration.agreement == 1 else long)
    unsure, rows = network("multiclass", "relu", [12, 16], seed=5), rng.normal(size=(400, 12)).astype(np.float32)
    chosen = made(unsure, rows, numeric="int8", optimize="speed").record
    short = quantize(chosen.source, "int8", rows, True, short=True)
    assert short.calibration.agreement < 1 and chosen == made(unsure, rows, numeric="int8").record
    assert _short_share(short) > _short_share(chosen) + 0.1


def _short_share(record: mlp.IntegerMlp) -> float:
    """Of the products, those whose sums fit 16 bits."""
    return sum(n for n, proof in record.products if proof.bits == 16) / sum(n for n, _ in record.products)


def test_a_clipping_scaler_stays_a_stage_before_it() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)).astype(np.float32)
    pipeline = make_pipeline(MinMaxScaler(clip=True).fit(X.astype(np.float64)), network("multiclass", "tanh", [3, 5], seed=0))
    model = made(pipeline, X, numeric="int8")
    assert isinstance(model.record, Chain) and isinstance(model.record.stages[-1], mlp.IntegerMlp)
    assert model.verify(3 * rng.normal(size=(200, 3))).ok


@pytest.mark.parametrize("kind", KINDS)
def test_verify_sees_a_single_wrong_bit(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the answer is still well within the bound."""
    estimator = network(kind, "relu", [5, 6], seed=3, size=0.3)
    rows = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    model = made(estimator, rows, numeric="int8")
    assert model.verify(rows).ok
    right = emlearn.Model.answer

    def wrong(self: emlearn.Model, op: str, raw: np.ndarray) -> np.ndarray:
        answers = right(self, op, raw)
        if answers.dtype == np.float32:
            answers[7, 0] = np.nextafter(answers[7, 0], np.float32(np.inf))
        return answers

    monkeypatch.setattr(emlearn.Model, "answer", wrong)
    report = model.verify(rows)
    assert not report.ok and report.disagreements == (7,)


def test_conversion_tells_what_it_did() -> None:
    estimator, a, _, unit, _ = data("digits")
    model = made(estimator, a, input="int16", input_scale=unit, numeric="int8")
    facts = model.describe()
    assert facts["kind"] == "multilayer perceptron in int8, classifier"
    assert "kept, largest difference" in facts["calibration"] and facts["working memory"] == "96 B"
    assert "worst margin lost" in facts and "cut off" in facts["intake on them"]
    text = model.save(name="m")
    for key in ("layer 0", "layer 1", "calibration", "worst margin lost", "layer 1 on them", "working memory"):
        assert f"// {key}: {facts[key]}" in text
    assert facts["layer 0"] in str(model.report())


def test_bad_calibration_is_refused() -> None:
    estimator = network("multiclass", "relu", [3, 4], seed=0)
    rows = np.random.default_rng(0).normal(size=(20, 3))
    for numeric in ("int8", "int16", "auto"):
        with pytest.raises(emlearn.InvalidInputError, match=rf"numeric='{numeric}' needs calibration=: rows like those"):
            emlearn.convert(estimator, numeric=numeric)
    for bad, message in (
        (rows[:, :2], r"calibration=: X has 2 features, but the model was fitted with 3"),
        (rows[:0], r"calibration= has no rows"),
        (np.ones((9, 3)), r"calibration= has the same values in all rows"),
        (rows * np.array([1, np.nan, 1]), r"calibration= has values that are not finite"),
        (rows[0], r"calibration=: X must have 2 dimensions"),
        ([["a", "b", "c"]], r"calibration=: X holds values that are not numbers"),
    ):
        with pytest.raises(emlearn.InvalidInputError, match=message):
            emlearn.convert(estimator, numeric="int8", calibration=bad)
    with pytest.raises(emlearn.UnsupportedError, match=r"numeric='int32': Mlp models have 'exact', 'int8', 'int16', 'auto'"):
        emlearn.convert(estimator, numeric="int32", calibration=rows)
    estimator.coefs_[0][0, 0] = np.inf
    with pytest.raises(emlearn.InvalidInputError, match=r"coefs_\[0\] has 1 values that are not finite"):
        emlearn.convert(estimator, numeric="int8", calibration=rows)


def test_conversion_is_repeatable_and_changes_nothing() -> None:
    estimator = network("multiclass", "logistic", [3, 4, 5], seed=0)
    rows = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    before, kept = [values.copy() for values in estimator.coefs_], rows.copy()
    one, other = (made(estimator, rows, numeric="int8") for _ in range(2))
    assert one.record == other.record and one.save(name="m") == other.save(name="m")
    assert made(estimator, rows, numeric="int16").record != one.record
    assert one.again(optimize="size").record.tiled is False
    assert all(np.array_equal(a, b) for a, b in zip(before, estimator.coefs_, strict=True)) and np.array_equal(rows, kept)


def test_features_and_neurons_that_never_move() -> None:
    estimator = network("multiclass", "relu", [4, 5], seed=2)
    estimator.intercepts_[0][1] = -1e6  # never above zero
    estimator.coefs_[0][:, 2], estimator.intercepts_[0][3] = 0, 2.0
    rows = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    rows[:, 1] = 3
    for numeric in ("int8", "int16"):
        model = made(estimator, rows, numeric=numeric)
        check(model, rows)
        assert model.record.calibration.agreement >= 0.95


def test_binding_refuses_tables_that_do_not_fit() -> None:
    w, b, f = np.zeros((2, 3), np.int8), np.zeros(2, np.int32), np.ones(2, np.uint16)
    taken = ("whole", 5, np.zeros(1, np.int32), np.zeros(0, np.uint16), 0)
    curve, x = (np.zeros(0, np.uint16), 0, 0, 0), np.zeros((1, 3), np.int16)

    def ask(*layer: Any, rows: np.ndarray = x, units: int = 0, output: str = "softmax") -> Any:
        return kernels.int8(taken, [layer], curve, np.zeros(units, np.float32), output, "predict", (0, 1, 1), rows)

    assert ask(w, b, f, 0, False, 0).tolist() == [[0]]
    with pytest.raises(ValueError, match="bias and factor do not fit"):
        ask(w, b[:1], f, 0, False, 0)
    with pytest.raises(ValueError, match="columns of the first layer"):
        ask(w, b, f, 0, False, 0, rows=x[:, :2])
    with pytest.raises(ValueError, match="one per output"):
        ask(w, b, f[:0], 0, False, 0, output="identity")


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(240))
def test_many_networks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind, hidden = KINDS[seed % len(KINDS)], HIDDEN[seed // len(KINDS) % len(HIDDEN)]
    sizes = [int(rng.integers(1, 80)), *rng.integers(1, 40, rng.integers(0, 4)).tolist()]
    estimator = network(kind, hidden, sizes, seed, float(rng.choice([0.1, 1.0, 3.0])))
    raw = rng.integers(-2000, 2000, (80, sizes[0])).astype(np.int16)
    numeric, optimize = ("int8", "int16")[seed % 2], OPTIMIZE[seed % 3]
    check(made(estimator, raw[:40], input="int16", input_scale=0.001, numeric=numeric, optimize=optimize), raw)
