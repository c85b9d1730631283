"""The emitted headers of Gaussian models: compiled by every compiler, run on the host and on emulated chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.families import gaussian
from emlearn.report.verify import compare, expected_answers
from gaussian_models import in_arithmetic, record_of
from parity.cases.gaussian import CASES, blobs, fit
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB

#: A case of each covariance, two of them in pairs of floats.
FORMS = ("naive_bayes_strings", "naive_bayes_digits", "mixture_full", "mixture_near_singular", "mixture_tied", "mixture_spherical")

FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-I", emlearn.get_include()]
HOSTS = {
    "g++ c++11": ["g++", "-std=c++11", "-O2"],
    "g++ c++17 sanitized": ["g++", "-std=c++17", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover"],
    "clang++ c++11": ["clang++-16", "-std=c++11", "-O2"],
    "clang++ c++20": ["clang++-16", "-std=c++20", "-O2"],
}
PROGRAM = """#include "model.hpp"
#include <stdio.h>
int main() {{
  {type} row[model::n_features];
  float out[{width} + 1];
  while (fread(row, sizeof row, 1, stdin) == 1) {{
    out[0] = static_cast<float>(model::predict(row));
    model::predict_proba(row, out + 1);
    {more}
    fwrite(out, sizeof out, 1, stdout);
  }}
}}
"""


def built(model: emlearn.Model, folder: Path, compiler: list[str], *flags: str) -> Path:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    k = record_of(model).n_components
    mixture = model.record.task.kind == "mixture"
    model.save(folder / "model.hpp")
    more = f"model::score_samples(row, out + 1 + {k});" if mixture else ""
    (folder / "main.cpp").write_text(PROGRAM.format(type=model.input.c_type, width=k + mixture, more=more))
    run_compiler([*compiler, *FLAGS, *flags, "main.cpp", "-o", "program"], folder)
    return folder / "program"


def run_compiler(command: list[str], folder: Path) -> None:
    outcome = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr


def answers_of(program: Path, model: emlearn.Model, raw: np.ndarray) -> dict[str, np.ndarray]:
    out = subprocess.run([str(program)], input=raw.tobytes(), capture_output=True, check=True).stdout
    k = record_of(model).n_components
    table = np.frombuffer(out, np.float32).reshape(len(raw), -1)
    parts = {"predict": table[:, :1].astype(np.int32), "predict_proba": table[:, 1 : k + 1], "score_samples": table[:, k + 1 :]}
    return {op: parts[op] for op in model.record.ops}


@pytest.mark.parametrize("compiler", HOSTS)
@pytest.mark.parametrize("name", FORMS)
def test_header_answers_as_the_kernel(name: str, compiler: str, tmp_path: Path) -> None:
    estimator, X = CASES[name](1)
    model = emlearn.convert(estimator, input="uint8" if "digits" in name else "float32")
    raw = model.input.check(X)
    answers = answers_of(built(model, tmp_path, HOSTS[compiler]), model, raw)
    for op, got in answers.items():
        assert np.array_equal(got, gaussian.run(model.record, op, raw))


@pytest.mark.parametrize("compiler", [["g++", "-O2"], ["g++", "-O3", "-ffp-contract=fast"], ["clang++-16", "-O2", "-ffp-contract=fast"]])
@pytest.mark.parametrize("name", ["naive_bayes_digits_sharp", "mixture_near_singular", "mixture_full"])
def test_fused_multiply_add_keeps_the_bounds(name: str, compiler: list[str], tmp_path: Path) -> None:
    cpu = Path("/proc/cpuinfo")
    if not cpu.exists() or " fma " not in cpu.read_text():
        pytest.skip("this machine has no fused multiply-add")
    estimator, X = CASES[name](2)
    model = emlearn.convert(estimator)
    raw = model.input.check(X)
    program = built(model, tmp_path, compiler, "-std=c++17", "-mfma")
    assert "vfm" in subprocess.run(["objdump", "-d", program], capture_output=True, text=True, check=True).stdout
    expected = expected_answers(model, model.input.features(raw, np.float64))
    report = compare(model, raw, answers_of(program, model, raw), expected, "fused")
    assert report.ok
    assert report.ties == 0


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("standard", ["gnu++11", "gnu++14"])
def test_header_compiles_for_avr(name: str, standard: str, tmp_path: Path) -> None:
    estimator, _ = CASES[name](1)
    model = emlearn.convert(estimator, input="int16")
    calls = "".join(f"model::{op}(x, out);" for op in model.record.ops[1:])
    (tmp_path / "main.cpp").write_text(
        f'#include "model.hpp"\nint f(const int16_t* x, float* out) {{ {calls} return model::predict(x); }}\nint main() {{}}\n'
    )
    model.save(tmp_path / "model.hpp")
    if shutil.which("avr-g++") is None:
        pytest.skip("avr-g++ is not installed")
    run_compiler(["avr-g++", "-mmcu=atmega328p", f"-std={standard}", "-Os", *FLAGS, "-c", "main.cpp"], tmp_path)
    tables = subprocess.run(["avr-nm", "-C", "main.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert not [line for line in tables.splitlines() if "tables<void>" in line and " d " in line.lower()]  # no table in RAM


@pytest.mark.parametrize("standard", ["c++11", "c++17"])
def test_two_translation_units_link(standard: str, tmp_path: Path) -> None:
    estimator, _ = CASES["mixture_full"](1)
    emlearn.convert(estimator).save(tmp_path / "model.hpp", bundle=True)
    for name in ("one", "two"):
        (tmp_path / f"{name}.cpp").write_text(
            f'#include "model.hpp"\nint {name}(const float* x, float* out) {{ model::predict_proba(x, out); return model::predict(x); }}\n'
        )
    (tmp_path / "main.cpp").write_text(
        "int one(const float*, float*);\nint two(const float*, float*);\nint main() { return &one == &two; }\n"
    )
    run_compiler(["g++", f"-std={standard}", *FLAGS[:-2], "one.cpp", "two.cpp", "main.cpp", "-o", "program"], tmp_path)


@pytest.mark.parametrize("damage", ["scale", "golden"])
@pytest.mark.parametrize("compiler", ["g++", "clang++-16"])
def test_compiler_refuses_a_damaged_header(compiler: str, damage: str, tmp_path: Path) -> None:
    model = emlearn.convert(GaussianNB().fit(*load_iris(return_X_y=True)))
    text = model.save(name="model")
    if damage == "scale":
        before, message = "float scale[12] EMLEARN_FLASH = {\n    ", "a table of means, scales or costs is damaged"
        damaged = text.replace(before, before + "-")
    else:
        before, message = "(golden<>::row0) == 0", "golden row 0 must give 1"
        damaged = text.replace(before, "(golden<>::row0) == 1").replace("row 0 must give 0", "row 0 must give 1")
    assert damaged != text
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    for content, code in ((text, 0), (damaged, 1)):
        (tmp_path / "model.hpp").write_text(content)
        (tmp_path / "main.cpp").write_text('#include "model.hpp"\n')
        command = [compiler, "-std=c++17", "-fsyntax-only", "-I", emlearn.get_include(), "main.cpp"]
        outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (outcome.returncode != 0) == bool(code), outcome.stderr
        assert (message in outcome.stderr) == bool(code)


@pytest.mark.parametrize(("n_features", "arithmetic"), [(76, "plain_float"), (20, "two_float")])
def test_largest_golden_rows_compile(n_features: int, arithmetic: str, tmp_path: Path) -> None:
    """At the limit of what emitters ask of a compiler's constant evaluation."""
    X, _, _ = blobs(0, n_features, 4, 400)
    estimator = fit(GaussianMixture(4, random_state=0, max_iter=3, reg_covar=1e-3), X / X.std(axis=0))
    model = in_arithmetic(emlearn.convert(estimator), arithmetic)
    text = model.save(tmp_path / "model.hpp")
    assert "golden<>::row0" in text
    (tmp_path / "main.cpp").write_text('#include "model.hpp"\nint f(const float* x) { return model::predict(x) + model::n_features; }\n')
    for compiler in (["g++", "-std=c++14"], ["clang++-16", "-std=c++17"], ["avr-g++", "-mmcu=atmega2560", "-std=gnu++14"]):
        if shutil.which(compiler[0]) is not None and 4 * record_of(model).scale.size <= (32767 if compiler[0] == "avr-g++" else 1 << 20):
            run_compiler([*compiler, "-fsyntax-only", "-I", emlearn.get_include(), "main.cpp"], tmp_path)


def answer_on(target: str, model: emlearn.Model, rows: np.ndarray) -> None:
    from emlearn import targets

    try:
        report = model.verify(rows, target=target)
    except targets.ToolMissingError as error:
        pytest.skip(str(error))
    assert report.ok, str(report)
    assert report.ties == 0


@pytest.mark.device
@pytest.mark.parametrize("target", ["avr-atmega328p", "cortex-m0plus", "cortex-m4f"])
@pytest.mark.parametrize("name", ["naive_bayes_digits_sharp", "naive_bayes_wine", "mixture_cancer", "mixture_spherical", "mixture_tied"])
def test_chips_answer_within_the_bounds(name: str, target: str) -> None:
    estimator, X = CASES[name](1)
    model = emlearn.convert(estimator, input="uint8" if "digits" in name else "float32")
    answer_on(target, model, X[:: max(1, len(X) // 20)])


@pytest.mark.device
@pytest.mark.parametrize("target", ["cortex-m0plus", "rv32imc"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8"])
def test_sums_in_integers_answer_on_chips_without_an_fpu(dtype: str, target: str) -> None:
    """Each type that such a kernel takes apart; rows around the classes, far from all of them, and of zeros."""
    X, y = load_iris(return_X_y=True)
    rows = np.rint(np.concatenate([X[::6] * 30, np.zeros((1, 4)), np.full((1, 4), 255)])).astype(dtype)
    model = emlearn.convert(GaussianNB().fit(X * 30, y), input=dtype)
    assert record_of(model).arithmetic == "plain_float"
    answer_on(target, model, rows if dtype == "uint8" else np.concatenate([rows, rows[:5] * 4000]))
