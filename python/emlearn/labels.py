"""Class labels in C++: their tables, and ``label_of``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import cpp
from .head import Head
from .record import Task

_TABLES = "detail::labels::tables<>::"


def tables(head: Head, task: Task) -> tuple[cpp.Table, ...]:
    """What ``label_of`` reads, to be put in ``detail::labels``: nothing where a label is its index, or where there are none."""
    values, single = _values(head), task.n_outputs == 1
    if not values or (_are_indices(values) and single):
        return ()
    found: list[cpp.Table] = []
    if _are_numbers(values):
        found.append(cpp.Table("label", np.array(values, dtype=np.int32)))
    else:
        texts = tuple(str(value) for value in values)
        encoded = [text.encode("utf-8") + b"\0" for text in texts]
        starts = np.cumsum([0] + [len(text) for text in encoded])[:-1]
        found.append(cpp.Table("label_start", starts.astype(np.uint16 if starts[-1] < 65536 else np.uint32)))
        found.append(cpp.Table("label", np.frombuffer(b"".join(encoded), dtype=np.int8), strings=texts))
    if not single:
        counts = [len(labels) for labels in head.classes]
        found.append(cpp.Table("output_start", np.cumsum([0, *counts])[:-1].astype(np.uint16)))
    return tuple(found)


def function(head: Head, task: Task) -> str:
    """The public ``label_of``; empty where there are no labels."""
    values, single = _values(head), task.n_outputs == 1
    if not values:
        return ""
    parameters, index = ("int index", "index") if single else ("int output, int index", f"{_read('output_start + output')} + index")
    of = "of a class" if single else "of a class of an output"
    if _are_indices(values) and single:
        note, result, value = ": here the index itself", "int32_t", "index"
    elif _are_numbers(values):
        note, result, value = "", "int32_t", _read(f"label + {index}")
    else:
        note, result = " (in flash: read it with pgm functions on AVR)", "const char*"
        value = f"{_TABLES}label + {_read(f'label_start + {index}')}"
    return f"/// The label {of}{note}.\ninline {result} label_of({parameters}) {{ return {value}; }}\n"


def _read(address: str) -> str:
    return f"::emlearn::flash::read({_TABLES}{address})"


def _values(head: Head) -> list[Any]:
    return [label for labels in head.classes for label in labels.tolist()]


def _are_indices(values: list[Any]) -> bool:
    return _are_numbers(values) and values == list(range(len(values)))


def _are_numbers(values: list[Any]) -> bool:
    """Whether every label fits int32_t: integers, bools, and floats without a fraction."""
    return all(isinstance(value, (bool, int, float)) and float(value).is_integer() and -(2**31) <= value < 2**31 for value in values)
