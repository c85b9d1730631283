"""Emitted headers of linear models: compiled, run, linked twice, and damaged.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
import functools
import re
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.families import linear
from emlearn.inputs import C_TYPES
from emlearn.options import OPTIMIZE
from linear_models import KINDS, model
from mlp_networks import raw_rows
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from test_mlp_header import AVR, HOST, compile_all, wrapper


@functools.cache
def models() -> dict[str, tuple[emlearn.Model, np.ndarray]]:
    """Every kind, with changing input types, with and without features that are not read."""
    result = {}
    types = list(C_TYPES)
    for i, kind in enumerate(KINDS):
        dtype, sparsity = types[i % len(types)], (0.0, 0.8)[i % 2]
        name, estimator, rows = re.sub(r"\W+", "_", kind), model(kind, 9, seed=i, sparsity=sparsity), raw_rows(dtype, 9, seed=i)
        result[name] = emlearn.convert(estimator, input=dtype, optimize=OPTIMIZE[i % 3]), rows
        numeric, dtype = linear.NUMERIC[i % 3], dtype if "int" in dtype else "int16"
        integers = emlearn.convert(estimator, input=dtype, input_scale=0.01, numeric=numeric, optimize=OPTIMIZE[(i // 3) % 3])
        result[f"{name}_{numeric}"] = integers, raw_rows(dtype, 9, seed=i)
    return result


@pytest.mark.parametrize("compiler", HOST.values(), ids=HOST)
def test_answers_of_the_compiled_header(compiler: list[str], tmp_path: Path) -> None:
    for name, (converted, _) in models().items():
        converted.save(tmp_path / f"{name}.hpp")
    for suffix in ("", "_again"):
        text = "".join(f'#include "{name}.hpp"\n' for name in models())
        text += "".join(wrapper(name, converted, suffix) for name, (converted, _) in models().items())
        (tmp_path / f"unit{suffix}.cpp").write_text(text)
    assert not compile_all(compiler, tmp_path / "unit.cpp", "unit_again.cpp", "-shared", "-fPIC", "-o", "all.so")
    library = ctypes.CDLL(str(tmp_path / "all.so"))
    for (name, (converted, raw)), suffix in zip(list(models().items()) * 2, [""] * len(models()) + ["_again"] * len(models()), strict=True):
        for op in converted.record.ops:
            kernel = converted.answer(op, raw)
            answer = np.full_like(kernel, 77)
            function = getattr(library, f"{name}_{op}{suffix}")
            function(raw.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(raw)), answer.ctypes.data_as(ctypes.c_void_p))
            # The same float steps and the same libm: equal to the bit.
            assert np.array_equal(answer, kernel, equal_nan=True), (name, op)


@pytest.mark.parametrize("compiler", [HOST["g++ c++17"], HOST["clang++ c++20"]], ids=["g++", "clang++"])
def test_any_number_of_sums(compiler: list[str], tmp_path: Path) -> None:
    """Vectors of floats, filled and not, and passes of several features, filled and not, add up as the portable kernels do."""
    rng = np.random.default_rng(0)
    text, expected = "", {}
    for n_classes in (2, 4, 6, 10, 27):
        n_features = n_classes + 3
        y = np.arange(200) % n_classes
        estimator = LinearDiscriminantAnalysis().fit(rng.normal(size=(200, n_features)) + y[:, None] % 3, y)
        converted, name = emlearn.convert(estimator), f"sums_{n_classes}"
        converted.save(tmp_path / f"{name}.hpp")
        text += f'#include "{name}.hpp"\n' + wrapper(name, converted, "")
        raw = rng.normal(size=(50, n_features)).astype(np.float32)
        expected[name] = raw, converted.answer("decision_function", raw)
    (tmp_path / "unit.cpp").write_text(text)
    assert not compile_all(compiler, tmp_path / "unit.cpp", "-shared", "-fPIC", "-o", "all.so")
    library = ctypes.CDLL(str(tmp_path / "all.so"))
    for name, (raw, kernel) in expected.items():
        answer = np.full_like(kernel, 77)
        function = getattr(library, f"{name}_decision_function")
        function(raw.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(raw)), answer.ctypes.data_as(ctypes.c_void_p))
        np.testing.assert_array_equal(answer, kernel)


@pytest.mark.parametrize("standard", ["gnu++11", "gnu++14"])
def test_avr(standard: str, tmp_path: Path) -> None:
    text = []
    for name, (converted, _) in models().items():
        if converted.record.input != "float64":
            converted.save(tmp_path / f"{name}.hpp")
            text += [f'#include "{name}.hpp"\n', wrapper(name, converted, "")]
    (tmp_path / "unit.cpp").write_text("".join(text))
    assert not compile_all([*AVR, f"-std={standard}"], tmp_path / "unit.cpp", "-c", "-o", "unit.o")


DAMAGE = {
    "nothing": (r"$^", "", ""),
    "infinite weight": (
        r"(scores_weights\[6\] EMLEARN_FLASH = \{\s*)[^,]*,",
        r"\1__builtin_inff(),",
        "scores_weights, or a table beside it, is damaged",
    ),
    "bias not a number": (
        r"(scores_bias\[2\] EMLEARN_FLASH = \{\s*)[^,]*,",
        r'\1__builtin_nanf(""),',
        "scores_weights, or a table beside it, is damaged",
    ),
    "no such feature": (
        r"(scores_columns\[3\] EMLEARN_FLASH = \{\s*)[^,]*,",
        r"\g<1>200,",
        "scores_weights, or a table beside it, is damaged",
    ),
    "more terms": (r"(n_terms\(\) \{ return) 3;", r"\1 4;", "scores_weights, or a table beside it, is damaged"),
    "more rows": (r"(n_rows\(\) \{ return) 2;", r"\1 3;", "scores_weights, or a table beside it, is damaged"),
    "a sum that may overflow": (r"(scores_bias\[2\] EMLEARN_FLASH = \{\s*)[^,]*,", r"\g<1>2147483647,", "is damaged"),
    "wrong biases": (r"(scores_bias\[2\] EMLEARN_FLASH = \{)[^}]*\}", r"\g<1>-1e9f,-1e9f}", "golden row"),
}


@pytest.mark.parametrize(
    "compiler", [HOST["g++ c++17"], ["clang++-16", "-std=c++14"], [*AVR, "-std=gnu++14"]], ids=["g++", "clang++", "avr"]
)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tables_are_refused(damage: str, compiler: list[str], tmp_path: Path) -> None:
    pattern, replacement, message = DAMAGE[damage]
    estimator = model("softmax", 11, seed=5)
    estimator.coef_, estimator.intercept_, estimator.classes_ = estimator.coef_[:3], estimator.intercept_[:3], np.arange(3)
    estimator.coef_[:, 3:] = 0
    whole = {"input": "int16", "numeric": "int16"} if "overflow" in damage else {}
    converted = emlearn.convert(estimator, **whole)
    assert {golden.answer for golden in converted.part().golden} - {0}
    damaged, count = re.subn(pattern, replacement, converted.save(name="m"), count=1)
    assert count == (damage != "nothing")
    (tmp_path / "m.hpp").write_text(damaged)
    (tmp_path / "m.cpp").write_text('#include "m.hpp"\n')
    complaint = compile_all(compiler, tmp_path / "m.cpp", "-fsyntax-only")
    assert message in complaint and bool(complaint) == bool(message)


def test_golden_rows_are_the_models_own_answers() -> None:
    seen = 0
    for converted, _ in models().values():
        for row in converted.part().golden:
            assert row.row.dtype == converted.record.input
            assert converted.answer("predict", row.row[None, :])[0, 0] == row.answer
            seen += 1
    assert seen >= 8


def test_a_whole_prediction_is_a_constant(tmp_path: Path) -> None:
    converted = emlearn.convert(model("regressor", 2, seed=1), input="int16")
    converted.save(tmp_path / "m.hpp")
    wanted = float(converted.predict(np.array([[3, -2]]))[0])
    (tmp_path / "m.cpp").write_text(
        '#include "m.hpp"\nconstexpr int16_t row[2] = {3, -2};\n'
        f'static_assert(m::predict(row) > {wanted - 1e-5!r}f && m::predict(row) < {wanted + 1e-5!r}f, "");\n'
    )
    for compiler in (["g++", "-std=c++14"], ["clang++-16", "-std=c++14"]):
        assert not compile_all(compiler, tmp_path / "m.cpp", "-fsyntax-only")
