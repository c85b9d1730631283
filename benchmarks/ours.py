"""What this library makes of a case: every mode, every type of row, and every opt-in that the model's family offers.

Nothing is listed by hand: the modes are those of ``convert``, the quantised arithmetics those that do not refuse the estimator, and fewer
bits per leaf are tried where ``convert`` knows them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import pickle
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn.options import NUMERIC, OPTIMIZE

from .tools.attempt import Attempt, entry, reason, unlike

NAME = "this library"
MODES = OPTIMIZE

_NOT_BUILT = "not built yet"


def generate(folder: Path) -> Iterator[Attempt]:
    """One attempt per mode and type of row, and per mode and opt-in that the estimator's family has, for the narrowest whole type."""
    case = json.loads((folder / "case.json").read_text())
    try:
        estimator = pickle.loads((folder / "estimator.pkl").read_bytes())
    except ImportError as error:
        yield Attempt("exact", "float32", failure=f"{_NOT_BUILT} ({case['kind']}: {error})")
        return
    rows = np.load(folder / "rows.npz")
    types = row_types(rows["int16"], rows["calibration"])
    exact = list(_attempts(case, estimator, types, "", {}))
    yield from exact
    if exact[0].failure.startswith(_NOT_BUILT):
        return
    narrowest = types[2] if len(types) > 2 else "int16"
    for opted, arguments in _choices():
        calibration = rows["calibration"].astype(narrowest)
        yield from _attempts(case, estimator, (narrowest,), opted, {**arguments, "calibration": calibration})


def _attempts(case: Mapping[str, Any], estimator: Any, types: Sequence[str], opted: str, arguments: Mapping[str, Any]) -> Iterator[Attempt]:
    """Every mode for every type of row, as far as the estimator is supported."""
    for dtype in types:
        for mode in MODES:
            found = _attempt(case, estimator, dtype, mode, opted, arguments)
            if not found.failure.startswith(_NOT_BUILT):
                yield found
            elif not opted:
                yield found
                return
            else:
                break


def row_types(*whole: np.ndarray) -> tuple[str, ...]:
    """float32, int16, and what 8 bits hold all of the raw values: chips may load one kind cheaper than the other."""
    low, high = min(rows.min() for rows in whole), max(rows.max() for rows in whole)
    small = [name for name in ("uint8", "int8") if np.iinfo(name).min <= low and high <= np.iinfo(name).max]
    return ("float32", "int16", *small)


def _choices() -> Iterator[tuple[str, dict[str, Any]]]:
    """Of each opt-in, what the table calls it, and the arguments of ``convert`` beside calibration rows."""
    for numeric in NUMERIC:
        if numeric not in ("exact", "auto"):  # auto is one of the others
            yield f", quantised to {numeric}", {"numeric": numeric}
    if "leaf_bits" in inspect.signature(emlearn.convert).parameters:
        yield ", leaf_bits auto", {"leaf_bits": "auto"}


def _attempt(case: Mapping[str, Any], estimator: Any, dtype: str, mode: str, opted: str, arguments: Mapping[str, Any]) -> Attempt:
    name = f"{mode}, {dtype} rows{opted}"
    scale = 1 if dtype == "float32" else case["unit"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = emlearn.convert(estimator, input=dtype, input_scale=scale, optimize=mode, **arguments)
            text = model.save(name="model", bundle=True)
    except emlearn.UnsupportedError as error:
        return Attempt(name, dtype, failure=f"{_NOT_BUILT} ({' '.join(str(error).split())[:120]})")
    except Exception as error:  # the run goes on; the table tells
        return Attempt(name, dtype, failure=reason(error))
    body = "  return model::predict(x);" if "limit" not in case else unlike(case, "model::predict(x, out);")
    call = '#include "model.hpp"\n' + entry(case["task"], dtype, body, cpp=True)
    # Comments name the mode and the version: without them, equal code is measured once.
    return Attempt(name, dtype, {"model.hpp": re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE), "foreign.cpp": call})


if __name__ == "__main__":  # for the environment of a framework that this one lacks: benchmarks/generate.py has the other tools' form
    made = [dataclasses.asdict(attempt) for attempt in generate(Path(sys.argv[1]))]
    Path(sys.argv[2]).write_text(json.dumps(made))
