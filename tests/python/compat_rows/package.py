"""The rows on the package and on the sketch.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import emlearn
import pytest
from emlearn import convert
from sklearn.ensemble import RandomForestRegressor

from .common import FOREST, FOREST_VALUES, IRIS, PAGE, row


@row("emlearn.includedir")
def _() -> None:
    assert emlearn.includedir == emlearn.get_include()
    assert (Path(emlearn.includedir) / "emlearn" / "trees.hpp").exists()


@row("emlearn.get_version()")
def _() -> None:
    assert emlearn.get_version() == emlearn.__version__


@row("emlearn.common.get_include_dir()")
def _() -> None:
    with pytest.raises(AttributeError, match=r"emlearn.common was a module of emlearn 0.23: docs/coming-from-0.23.md"):
        emlearn.common.get_include_dir()
    with pytest.raises(AttributeError, match="module 'emlearn' has no attribute 'nothing'"):
        emlearn.nothing  # noqa: B018
    gone = re.findall(r"`(\w+)`", PAGE.read_text(encoding="utf-8").split("the modules ")[1].split(" are gone")[0])
    for name in gone:
        with pytest.raises(AttributeError, match="was a module"):
            getattr(emlearn, name)
    assert set(gone) == set(emlearn.compat._MODULES)


# In the sketch


def compiles(model: emlearn.Model, body: str) -> None:
    model.save("gesture.h")
    Path("main.cpp").write_text(f'#include "gesture.h"\nint main() {{\n  static const float features[64] = {{0}};\n{body}\n}}\n')
    done = subprocess.run(
        ["g++", "-std=gnu++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{emlearn.get_include()}", "-I.", "main.cpp"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@row("gesture_predict(features, n)")
def _() -> None:
    compiles(convert(FOREST), "  int index = gesture::predict(features);\n  return static_cast<int>(gesture::label_of(index));")


@row("gesture_predict_proba(features, n, out, n_out)")
def _() -> None:
    compiles(convert(FOREST), "  float out[gesture::n_classes];\n  gesture::predict_proba(features, out);\n  return out[0] > 0;")


@row("eml_trees_predict(&gesture, features, n)")
def _() -> None:
    compiles(convert(FOREST_VALUES), "  float value = gesture::predict(features);\n  return value > 0;")


@row("eml_net_regress(&gesture, features, n, out, n_out)")
def _() -> None:
    forest = RandomForestRegressor(3, random_state=0).fit(IRIS, IRIS[:, :2])
    compiles(convert(forest), "  float out[2];\n  gesture::predict(features, out);\n  return out[0] > 0;")
