"""everywhereml 0.2.40: C++ with float or int16_t rows, as it comes, and with literals in float.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import exact
from .attempt import C_TYPES, Attempt, attempt, entry, single_precision

# What Arduino.h gives to a sketch; the time of day is nobody's cost.
_ARDUINO = "#include <stddef.h>\n#include <stdint.h>\nstatic inline size_t micros() { return 0; }\n"


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """Both row types, both precisions of literals."""
    forms = [("float32", "double"), ("float32", "float")]
    forms += [("int16", literals) for literals in ("double", "whole")]
    if type(estimator).__name__ == "XGBClassifier":
        forms = forms[:2]
    for dtype, literals in forms:
        fed = exact.with_thresholds(estimator, dtype, np.asarray(case["unit"]), strict=True)

        def make(dtype: str = dtype, literals: str = literals, fed: Any = fed) -> dict[str, str]:
            c_type = C_TYPES[dtype]
            text = _wrapper(fed, case).to_cpp(class_name="Other", input_dtype=c_type)
            if literals == "float":
                text = single_precision(text)
            elif literals == "whole":
                text = re.sub(r"(x\[\d+\] < -?\d+)\.0\b", r"\1", text)
            call = f"  static Other other;\n  return other.predict(({c_type}*)x);"
            return {"foreign.cpp": _ARDUINO + text + entry(case["task"], dtype, call, cpp=True)}

        note = "thresholds for its x < t" + {"float": ", float in place of double", "whole": ", rewritten for whole numbers"}.get(
            literals, ""
        )
        yield from attempt(f"{dtype} rows, {literals} literals", dtype, make, note=note, edited=literals == "whole")


def _wrapper(estimator: Any, case: dict[str, Any]) -> Any:
    """everywhereml fits for itself; here its class takes over what is fitted."""
    kind = type(estimator).__name__
    if kind == "DecisionTreeClassifier":
        from everywhereml.sklearn.tree import DecisionTreeClassifier as Theirs
    elif kind == "RandomForestClassifier":
        from everywhereml.sklearn.ensemble import RandomForestClassifier as Theirs
    elif kind == "XGBClassifier":
        from everywhereml.xgboost import XGBClassifier as Theirs
    else:
        raise NotImplementedError(f"{kind} is not supported")
    theirs = Theirs()
    theirs.__dict__.update(estimator.__dict__)
    theirs.dataset = SimpleNamespace(num_outputs=case["n_classes"])
    return theirs
