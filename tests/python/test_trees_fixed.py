"""Regression forests whose leaves are whole numbers: within float32's own precision of the exact mean, and floats made without a library.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import emlearn
import numpy as np
import pytest
from emlearn.families import trees
from emlearn.families.trees import kernels
from emlearn.families.trees.encode import encoded
from emlearn.families.trees.encode.fixed import Fixed
from emlearn.families.trees.encode.values import Values
from forests import grow, rows
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.sampled_from([1e-15, 1e-3, 1.0, 300.0, 1e20]), st.sampled_from([1.0, -1.0, 0.0]))
def test_within_the_rounding_of_float_additions(seed: int, n_trees: int, size: float, sign: float) -> None:
    """`sign` 0: leaves of both signs, among them 0."""
    rng = np.random.default_rng(seed)
    values = size * rng.uniform(1, 3, (21 * n_trees, 1)) * (sign or rng.choice([-1, 0, 1], (21 * n_trees, 1)))
    optimize = str(rng.choice(["size", "balanced"]))
    record = grow(rng, kind="regressor", outputs=(1,), leaves=values, n_trees=n_trees, n_nodes=20, optimize=optimize)
    raw = rows(rng, record, 50)
    if not isinstance(encoded(record).leaves, Fixed):  # many leaves are 0: a table is smaller
        assert sign == 0
        return
    assert kernels.valid(record)
    got, want = kernels.run(record, "predict", raw), trees.reference(record, "predict", raw).astype(np.float64)
    bound = trees.bound(record, "predict", raw)
    assert np.all(np.abs(got - want) <= bound + 2.0**-24 * np.abs(want))


def test_leaves_far_apart_stay_floats() -> None:
    rng = np.random.default_rng(0)
    record = grow(rng, kind="regressor", outputs=(1,), leaves=np.geomspace(1e-6, 1e6, 30).reshape(-1, 1), n_trees=3)
    assert isinstance(encoded(record).leaves, Values)


@pytest.mark.parametrize("optimize", ["size", "balanced", "speed"])
def test_a_forest_on_real_data(optimize: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    forest = RandomForestRegressor(10, max_depth=6, random_state=0).fit(X, y)
    model = emlearn.convert(forest, optimize=optimize)
    report = model.verify(X)
    assert report.ok and report.max_error < 4e-7 * np.abs(y).max() and isinstance(encoded(model.record).leaves, Fixed)


def test_assembled_floats_are_those_of_the_compiler(tmp_path: Path) -> None:
    """The same bits as a conversion and a product, for numbers of every size and every kind of rounding."""
    source = tmp_path / "assembled.cpp"
    source.write_text("""
#include <emlearn/trees.hpp>
#include <cmath>
#include <initializer_list>
int main() {
  const int16_t shifts[] = {-80, -3, 0, 18, 31, 80};
  uint32_t state = 1;
  for (int i = 0; i != 200000; ++i) {
    state = state * 1664525u + 1013904223u;
    const int32_t value = static_cast<int32_t>(state) >> (i % 32);
    for (const int16_t shift : shifts)
      if (emlearn::trees::assembled(value, shift) != static_cast<float>(value) * std::ldexp(1.0f, -shift)) return 1;
  }
  for (const int32_t value : {0, 1, -1, 0x1000000, 0x1000001, 0x1000002, 0x1000003, 0x1ffffff, 0x7fffffff, -0x7fffffff - 1})
    if (emlearn::trees::assembled(value, 5) != static_cast<float>(value) * 0.03125f) return 2;
}
""")
    command = ["g++", "-std=c++17", "-O2", f"-I{emlearn.get_include()}", str(source), "-o", str(tmp_path / "assembled")]
    subprocess.run(command, check=True)
    assert subprocess.run([str(tmp_path / "assembled")], check=False).returncode == 0
