"""Scalers alone in integers: the reference, the kernels and the chips to the bit, and scikit-learn within the bound.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import subprocess
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn import targets
from emlearn._kernels import scaler as kernels
from emlearn.families.scaler.fixed import FixedScaler
from emlearn.families.scaler.grid import ANSWERS
from emlearn.inputs import C_TYPES
from emlearn.record import Chain
from emlearn.registry import family_of
from gaussian_models import as_raw_input
from hypothesis import given
from hypothesis import strategies as st
from random_trees import SCALERS
from sklearn.datasets import load_wine
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

REAL = SCALERS[:-1]
FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]


def check(model: emlearn.Model, raw: np.ndarray) -> None:
    """To the bit, and within the bound; every sum fits its type."""
    report = model.verify(raw)
    assert report.ok, report
    last = model.record.stages[-1] if isinstance(model.record, Chain) else model.record
    assert isinstance(last, FixedScaler)
    family = family_of(model.record)
    got = family.run(model.record, "transform", raw)
    np.testing.assert_array_equal(got, family.reference(model.record, "transform", raw))
    assert got.dtype == np.float32
    most = sum(abs(int(a)) * last.largest + abs(int(b)) * last.bias_unit for a, b in [(last.weight.min(), last.bias.min())])
    assert most < 2 ** (31 if last.low.dtype == np.int32 else 63)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from(REAL), min_size=1, max_size=4),
    st.sampled_from(list(C_TYPES)),
    st.sampled_from([*ANSWERS, "auto"]),
)
def test_random_chains_of_scalers(seed: int, makers: list, dtype: str, numeric: str) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    X = rng.normal(size=(40, n)) * 10.0 ** rng.integers(-4, 5, n) + rng.normal(size=n) * 10.0 ** rng.integers(-3, 5)
    raw, scale, offset = as_raw_input(X, dtype)
    fed = raw.astype(np.float64) * scale + offset
    estimator = make_pipeline(*[make() for make in makers]).fit(fed[:30])
    if dtype not in ("float32", "float64"):
        limits = np.iinfo(dtype)
        raw = np.concatenate([raw, np.full((1, n), limits.min, dtype), np.full((1, n), limits.max, dtype)])
    model = emlearn.convert(estimator, input=dtype, input_scale=scale, input_offset=offset, numeric=numeric, calibration=raw[:30])
    check(model, raw)


def counts() -> tuple[np.ndarray, np.ndarray]:
    """Wine in counts of a sensor of 16 bits, and what one of a count means."""
    X = load_wine().data
    scale = np.ptp(X, axis=0) / 4000
    return np.rint(X / scale).astype(np.int16), scale


@pytest.mark.parametrize("numeric", ANSWERS)
def test_weights_take_all_bits_of_their_type(numeric: str) -> None:
    raw, scale = counts()
    model = emlearn.convert(StandardScaler().fit(raw * scale), input="int16", input_scale=scale, numeric=numeric)
    check(model, raw)
    assert model.record.weight.dtype == ("int8" if numeric == "int8" else "int16")  # of rows of 16 bits more would be cut off
    assert np.all(model.record.weight >= 63)
    # Half a step of the bias: a 2^-8th of a count with 7 bits of a weight; float's own rounding of the answer, besides.
    step = (model.estimator.scale_ / scale) ** -1
    assert np.all(np.abs(model.transform(raw) - model.estimator.transform(raw * scale)) <= step / model.record.weight + 1e-5)


def test_clips_between_scalings_are_one() -> None:
    raw, scale = counts()
    estimator = make_pipeline(MinMaxScaler((-1, 1), clip=True), StandardScaler(), MinMaxScaler((0, 3), clip=True)).fit(raw[::2] * scale)
    model = emlearn.convert(estimator, input="int16", input_scale=-scale, numeric="int16")
    assert len(model.record.low) == 13 and model.describe()["clips"] == "yes"
    rows = np.concatenate([raw, -raw, np.full((1, 13), -32768, np.int16), np.full((1, 13), 32767, np.int16)])
    check(model, rows)


def test_a_selection_is_read_through_its_columns() -> None:
    raw, scale = counts()
    estimator = make_pipeline(SelectKBest(k=3), StandardScaler()).fit(raw * scale, load_wine().target)
    model = emlearn.convert(estimator, input="int16", input_scale=scale, numeric="int16")
    check(model, raw)
    assert model.record.selects and len(model.record.needed) == 3


def test_far_offsets_keep_the_bound() -> None:
    """A value far from zero takes bits from weights, then sums of 64 bits."""
    raw = np.random.default_rng(0).integers(-100, 100, (50, 2)).astype(np.int8)
    for offset in (1e3, 1e6, 1e12):
        model = emlearn.convert(StandardScaler(with_mean=False).fit(raw + offset), input="int8", input_offset=offset, numeric="int16")
        check(model, raw)


def test_what_has_no_integers_is_refused() -> None:
    raw, scale = counts()
    with pytest.raises(emlearn.InvalidInputError, match=r"scaler multiplies integers .*, and these are float32: .*calibration="):
        emlearn.convert(StandardScaler().fit(raw * scale), numeric="int16")
    with pytest.raises(emlearn.InvalidInputError, match=r"numeric='auto' chooses by rows .* calibration="):
        emlearn.convert(StandardScaler().fit(raw * scale), input="int16", numeric="auto")
    with pytest.raises(emlearn.UnsupportedError, match=r"numeric='int16': Scaler models have 'exact'; choose one of these"):
        emlearn.convert(SimpleImputer().fit(raw * scale), numeric="int16", calibration=raw)
    with pytest.raises(emlearn.UnsupportedError, match=r"numeric='int16': the parts of the model \(Scaler, \w+\) have 'exact'; choose"):
        emlearn.convert(make_pipeline(MinMaxScaler(clip=True), Normalizer()).fit(raw * scale), input="int16", numeric="int16")


def test_bindings_and_headers_refuse_damaged_tables(tmp_path: Path) -> None:
    raw, scale = counts()
    estimator = MinMaxScaler(clip=True).fit(raw * scale)
    model = emlearn.convert(estimator, input="int16", input_scale=scale, numeric="int16")
    record = model.record
    tables = record.columns.astype(np.uint16), record.weight.astype(np.int32), record.bias, record.unit, record.low, record.high, 1
    assert kernels.scale_whole(raw, *tables).shape == raw.shape
    for k, broken in ((0, tables[0] + np.uint16(9)), (1, tables[1] * 4), (2, tables[2][1:]), (4, tables[4][1:]), (6, 0)):
        with pytest.raises(ValueError, match="tables and rows do not fit each other"):
            kernels.scale_whole(raw, *tables[:k], broken, *tables[k + 1 :])
    with pytest.raises(ValueError, match="rows must be integers"):
        kernels.scale_whole(raw.astype(np.float32), *tables)
    for bias, fails in ((np.full_like(record.bias, 2**31 - 1), True), (record.bias, False)):
        made = emlearn.Model(dataclasses.replace(record, bias=bias), model.head, model.input, estimator)
        (tmp_path / "m.cpp").write_text(made.save(name="m"))
        command = ["g++", "-std=c++17", "-fsyntax-only", "-I", emlearn.get_include(), "-x", "c++", "m.cpp"]
        outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (outcome.returncode != 0) == fails and ("a table of the scaler is damaged" in outcome.stderr) == fails


@pytest.mark.parametrize(
    "compiler", [["g++", "-std=c++11"], ["clang++-16", "-std=c++20"], ["avr-g++", "-mmcu=atmega328p", "-std=gnu++11"]], ids=" ".join
)
def test_headers_compile_without_a_warning(compiler: list[str], tmp_path: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    raw, _ = counts()
    lines = []
    for k, (dtype, numeric) in enumerate(itertools.product(("uint8", "int16", "int32", "float32"), ANSWERS)):
        rows = np.clip(raw, 0, 255).astype(dtype)
        estimator = MinMaxScaler(clip=k % 2 == 0).fit(rows)
        emlearn.convert(estimator, input=dtype, numeric=numeric, calibration=rows).save(tmp_path / f"model{k}.hpp")
        lines += [f'#include "model{k}.hpp"', f"void f{k}(const {C_TYPES[dtype]}* x, float* y) {{ model{k}::transform(x, y); }}"]
    (tmp_path / "main.cpp").write_text("\n".join(lines))
    command = [*compiler, *FLAGS, "-Os", "-I", emlearn.get_include(), "-c", "main.cpp"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc"])
@pytest.mark.parametrize(("dtype", "numeric"), [("int16", "int8"), ("int16", "int16"), ("int32", "int32")])
def test_chips_answer_to_the_bit(dtype: str, numeric: str, target: str) -> None:
    raw, scale = counts()
    raw = raw.astype(dtype)
    for estimator in (StandardScaler(), MinMaxScaler(clip=True)):
        model = emlearn.convert(estimator.fit(raw[::2] * scale), input=dtype, input_scale=scale, numeric=numeric)
        try:
            report = model.verify(raw[::9], target=target)
        except targets.ToolMissingError as error:
            pytest.skip(str(error))
        assert report.ok, report
