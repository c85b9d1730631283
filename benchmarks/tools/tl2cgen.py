"""tl2cgen 1.0.0 with treelite 4.8.1: plain and quantised.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tl2cgen
import treelite

from .attempt import Attempt, argmax, attempt, entry


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """Both forms; rows are of the type that the generated code takes."""
    for quantize in (0, 1):
        dtype = "float32" if type(estimator).__name__ == "XGBClassifier" else "float64"
        name = "quantised" if quantize else "plain"
        yield from attempt(name, dtype, lambda quantize=quantize, dtype=dtype: _source(estimator, case, dtype, quantize))


def model_of(estimator: Any) -> Any:
    """treelite's model of a fitted estimator."""
    if type(estimator).__name__ == "XGBClassifier":
        with tempfile.TemporaryDirectory() as folder:
            estimator.save_model(f"{folder}/model.json")
            return treelite.frontend.load_xgboost_model(f"{folder}/model.json")
    return treelite.sklearn.import_model(estimator)


def _source(estimator: Any, case: dict[str, Any], dtype: str, quantize: int) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        tl2cgen.generate_c_code(model_of(estimator), folder, params={"quantize": quantize})
        texts = {path.name: path.read_text() for path in Path(folder).glob("*.[ch]")}
    real = "float" if dtype == "float32" else "double"
    n = max(case["n_classes"], 1)
    # A row is an array of its union Entry, which is as large as one value. The quantised form writes into it.
    body = f"  {real} scores[{n}] = {{0}};\n  predict((union Entry*)x, 1, scores);\n"
    body += argmax("scores", n) if case["task"] == "classifier" else "  return scores[0];"
    check = f"\ntypedef char row_is_entries[sizeof(union Entry) == sizeof({real}) ? 1 : -1];\n"
    main = texts.pop("main.c")
    return {**texts, "foreign.c": main + check + entry(case["task"], dtype, body)}
