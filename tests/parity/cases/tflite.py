"""TensorFlow Lite files in int8: a signal, an image and a vector, with every kind of answer; compared with the interpreter.

Each case: seed -> (model, raw rows).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util

import numpy as np
from emlearn.families.tflite.model import TFLiteModel, load

Case = tuple[TFLiteModel, np.ndarray]


def _random(end: str, start: int):
    def case(seed: int) -> Case:
        from tflite_files import network

        made = network(start + 1000 * seed, end)
        return load(made.file.write()), made.rows(60)

    return case


CASES = {}

if importlib.util.find_spec("ai_edge_litert"):  # the interpreter
    CASES = {
        "classes": _random("SOFTMAX", 4),
        "labels": _random("LOGISTIC", 8),
        "values": _random("", 12),
        "classes of an image": _random("SOFTMAX", 22),
    }
