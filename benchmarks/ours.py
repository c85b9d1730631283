"""What this library makes of a case: every mode, every type of row.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import emlearn
import numpy as np

from .tools.attempt import Attempt, entry, reason, whole_types

NAME = "this library"
MODES = ("size", "balanced", "speed")
#: Quantised arithmetic, opt-in; tried where a family is not exact by nature.
NUMERIC = ("int8", "int16")

_NOT_BUILT = "not built yet"


def generate(folder: Path) -> Iterator[Attempt]:
    """One attempt per mode and type of row; quantised ones behind them."""
    case = json.loads((folder / "case.json").read_text())
    try:
        estimator = pickle.loads((folder / "estimator.pkl").read_bytes())
    except ImportError as error:
        yield Attempt("exact", "float32", failure=f"{_NOT_BUILT} ({case['kind']}: {error})")
        return
    rows = np.load(folder / "rows.npz")
    for dtype in ("float32", *whole_types(case)):
        for mode in MODES:
            found = _attempt(case, estimator, dtype, mode, {})
            yield found
            if found.failure.startswith(_NOT_BUILT):  # in no mode, then
                return
    if case["kind"] in ("MLPClassifier", "GaussianNB", "LogisticRegression", "LinearSVC", "SVC"):
        for numeric in NUMERIC:
            for mode in MODES:
                found = _attempt(case, estimator, "int16", mode, {"numeric": numeric, "calibration": rows["calibration"]})
                yield found
                if found.failure.startswith(_NOT_BUILT):
                    break


def _attempt(case: dict[str, Any], estimator: Any, dtype: str, mode: str, numeric: dict[str, Any]) -> Attempt:
    name = f"{mode}, {dtype} rows" + (f", quantised to {numeric['numeric']}" if numeric else "")
    scale = case["unit"] if dtype.startswith("int") else 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = emlearn.convert(estimator, input=dtype, input_scale=scale, optimize=mode, **numeric).save(name="model")
    except emlearn.UnsupportedError as error:
        return Attempt(name, dtype, failure=f"{_NOT_BUILT} ({' '.join(str(error).split())[:120]})")
    except Exception as error:  # the run goes on; the table tells
        return Attempt(name, dtype, failure=reason(error))
    call = '#include "model.hpp"\n' + entry(case["task"], dtype, "  return model::predict(x);", cpp=True)
    return Attempt(name, dtype, {"model.hpp": text, "foreign.cpp": call})
