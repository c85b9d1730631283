"""micromlgen 1.1.28: C++ for Arduino and for ATtiny, as it comes, with literals in float, and for rows of whole numbers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import micromlgen
import numpy as np

from . import exact
from .attempt import C_TYPES, Attempt, attempt, entry, single_precision

# What Arduino.h gives to a sketch. <cstdarg> is not there on AVR.
_ARDUINO = "#include <math.h>\n#include <stdarg.h>\n#include <stdint.h>\n#include <stdlib.h>\n#define abs(x) ((x) > 0 ? (x) : -(x))\n"


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """Both platforms where they differ, every type of row."""
    if type(estimator).__name__ == "GaussianNB":
        estimator = copy.deepcopy(estimator)
        estimator.sigma_ = estimator.var_  # its name before scikit-learn 1.0
    seen: set[str] = set()
    dtypes = ("float32", "int16") if any(exact.trees(estimator)) else ("float32",)
    for platform in ("arduino", "attiny"):
        for dtype in dtypes:
            fed = exact.with_thresholds(estimator, dtype, np.asarray(case["unit"]), strict=False)
            forms = {"double": estimator, "float": fed} if dtype == "float32" else {"whole": fed}
            for literals, source in forms.items():

                def make(platform: str = platform, dtype: str = dtype, literals: str = literals, source: Any = source) -> dict[str, str]:
                    return {"foreign.cpp": _source(source, case, platform, dtype, literals)}

                name = f"{platform}, {dtype} rows, {literals} literals"
                note = {"double": "", "float": "float in place of double", "whole": "rewritten for rows of whole numbers"}[literals]
                for made in attempt(name, dtype, make, note=note, edited=literals == "whole"):
                    key = made.failure or made.files["foreign.cpp"]
                    if key not in seen:
                        yield made
                    seen.add(key)


def _source(estimator: Any, case: dict[str, Any], platform: str, dtype: str, literals: str) -> str:
    text = micromlgen.port(estimator, classname="Other", platform=platform).replace("#include <cstdarg>", "").replace("#pragma once", "")
    if literals == "float":
        text = single_precision(text).replace("va_arg(w, float)", "(float)va_arg(w, double)")
    if literals == "whole":
        text = re.sub(r"(x\[\d+\] <= -?\d+)\.0\b", r"\1", text).replace("float *x", f"{C_TYPES[dtype]} *x")
    call = f"  static Eloquent::ML::Port::Other other;\n  return other.predict(({C_TYPES[dtype]}*)x);"
    return _ARDUINO + text + entry(case["task"], dtype, call, cpp=True)
