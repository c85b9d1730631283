"""m2cgen 0.10.0: C in double, as it comes, and with float in place of double.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import m2cgen
import numpy as np

from . import exact
from .attempt import Attempt, argmax, attempt, entry, single_precision


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """Both precisions; forests with thresholds that float32 holds."""
    yield from attempt("double", "float64", lambda: _source(estimator, case, "float64"))
    fed = exact.with_thresholds(estimator, "float32", np.asarray(case["unit"]), strict=False)
    yield from attempt("float", "float32", lambda: _source(fed, case, "float32"), note="float in place of double")


def _source(estimator: Any, case: dict[str, Any], dtype: str) -> dict[str, str]:
    if type(estimator).__name__ == "XGBClassifier":
        # XGBoost 3 keeps these elsewhere; m2cgen looks for them here.
        estimator.base_score, estimator.num_parallel_tree = 0.5, 1
    text = m2cgen.export_to_c(estimator)
    c_type = "float" if dtype == "float32" else "double"
    if dtype == "float32":
        text = single_precision(text)
    if re.search(r"\bvoid score\(", text):
        pairs = type(estimator).__name__ == "SVC"  # then it leaves the vote over the pairs of classes to its user
        n = case["n_classes"]
        answer = _vote(n) if pairs else argmax("scores", n)
        body = f"  {c_type} scores[{n * (n - 1) // 2 if pairs else n}];\n  score(({c_type}*)x, scores);\n" + answer
    else:
        body = f"  return score(({c_type}*)x);" if case["task"] == "regressor" else f"  return score(({c_type}*)x) > 0;"
    return {"foreign.c": text + entry(case["task"], dtype, body)}


def _vote(n: int) -> str:
    """Statements that return the class that wins most of its pairs, the first where several do."""
    loop = f"for (int i = 0; i < {n}; ++i) for (int j = i + 1; j < {n}; ++j) ++votes[*pair++ > 0 ? i : j];"
    return f"  unsigned char votes[{n}] = {{0}};\n  __typeof__(&scores[0]) pair = scores;\n  {loop}\n" + argmax("votes", n)
