"""emlearn 0.23.2 from PyPI: inline and loadable, float and int16, hard and soft votes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import exact
from .attempt import C_TYPES, Attempt, attempt, entry, whole_types

_settings = np.geterr()
import emlearn.bayes  # noqa: E402
import emlearn.cgen  # noqa: E402
import emlearn.net  # noqa: E402
import emlearn.trees  # noqa: E402
from emlearn.common import get_include_dir  # noqa: E402

np.seterr(**_settings)  # importing emlearn 0.23 makes every floating-point exception an error

_constant = emlearn.cgen.constant


def _mended_constant(value: Any, dtype: str = "float") -> str:
    """As 0.23's, but lets names through (saving an inline MLP fails without) and writes floats so that they read back."""
    if isinstance(value, str):
        return value
    return f"{float(np.float32(value)):.9e}f" if dtype == "float" else _constant(value, dtype)


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """Every form that 0.23 offers for the estimator."""
    kind, include = type(estimator).__name__, (get_include_dir(),)
    emlearn.cgen.constant = _mended_constant
    if kind in emlearn.trees.SUPPORTED_ESTIMATORS:
        yield from _trees(estimator, case, include)
    elif kind in ("MLPClassifier", "MLPRegressor"):
        for form in ("inline", "loadable"):
            note = "its save() of inline networks mended" if form == "inline" else ""
            yield from attempt(f"{form}, float", "float32", lambda form=form: _network(estimator, case, form), include, note)
    elif kind == "GaussianNB":
        yield from attempt("loadable, Q16", "float32", lambda: _bayes(estimator, case), include)
    else:
        yield Attempt("", "float32", failure=f"{kind} is not supported")


def _trees(estimator: Any, case: dict[str, Any], include: tuple[str, ...]) -> Iterator[Attempt]:
    classifier = case["task"] == "classifier"
    forms = [("inline", "float32"), *(("inline", dtype) for dtype in whole_types(case)), ("loadable", "int16")]
    for method, dtype in forms:
        for bits in (0, 8) if classifier else (None,):
            votes = {0: ", hard votes", 8: ", soft votes", None: ""}[bits]
            c_dtype = C_TYPES[dtype]
            # Its comparison is x < threshold in every form.
            fed = exact.with_thresholds(estimator, dtype, np.asarray(case["unit"]), strict=True)

            def make(
                method: str = method, dtype: str = dtype, bits: int | None = bits, c_dtype: str = c_dtype, fed: Any = fed
            ) -> dict[str, str]:
                wrapper = emlearn.trees.Wrapper(fed, method, dtype=c_dtype, leaf_bits=bits)
                text = wrapper.save(name="other", include_proba=False)
                return {"foreign.c": text + entry(case["task"], dtype, f"  return other_predict(x, {case['n_features']});")}

            yield from attempt(f"{method}, {c_dtype}{votes}", dtype, make, include, "thresholds for its x < t")


class _NoHost:
    """In place of the program that 0.23 compiles for the host when it converts; the benchmark compiles for itself."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass


def _network(estimator: Any, case: dict[str, Any], form: str) -> dict[str, str]:
    emlearn.net.common.CompiledClassifier = _NoHost
    wrapper = emlearn.net.convert_sklearn_mlp(estimator, "loadable", return_type=case["task"])
    text = wrapper.save(name="other", inference=[form])
    return {"foreign.c": text + entry(case["task"], "float32", f"  return other_predict(x, {case['n_features']});")}


def _bayes(estimator: Any, case: dict[str, Any]) -> dict[str, str]:
    emlearn.bayes.common.CompiledClassifier = _NoHost
    text = emlearn.bayes.Wrapper(estimator, "loadable").save(name="other")
    return {"foreign.c": text + entry("classifier", "float32", f"  return other_predict(x, {case['n_features']});")}
