"""Models in the files of boosting libraries and of TensorFlow Lite, read without these libraries.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import InvalidInputError, UnsupportedError
from .families.ensembles.native import cat, lgb, xgb
from .families.ensembles.native.model import NativeModel
from .families.tflite.model import load as _tflite

#: Larger files hold no model for a microcontroller, and would fill the memory.
MOST_BYTES = 1 << 29


def recognise(start: bytes) -> str | None:
    """The library whose files begin so; None for others."""
    if start.startswith((b"tree\n", b"tree\r\n")):
        return "lightgbm"
    if start[4:8] == b"TFL3":
        return "tflite"
    text = start.lstrip(b" \t\r\n")
    if text.startswith(b"{") and text[1:].lstrip(b" \t\r\n").startswith((b'"features_info"', b'"model_info"', b'"oblivious_trees"')):
        return "catboost"
    if text.startswith(b"{") and (text[1:2] in (b"i", b"U", b"I", b"l", b"L") or text[1:].lstrip(b" \t\r\n")[:1] in (b'"', b"}", b"")):
        return "xgboost"
    return None


def load_native(path: Path, library: str) -> Any:
    """The model in a file.

    Raises
    ------
    InvalidInputError
        Too large, damaged, cut off or of an unknown version.
    UnsupportedError
        A kind of model that cannot be converted.
    """
    with open(path, "rb") as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InvalidInputError(f"{path} has more than {MOST_BYTES >> 20} MiB: no microcontroller holds such a model")
    try:
        return NATIVE[library](data)
    except (InvalidInputError, UnsupportedError) as error:
        raise type(error)(f"{path}: {error}") from None


def _xgboost(data: bytes) -> NativeModel:
    stored = xgb.parse(data)
    return NativeModel("xgboost", stored.version, stored.objective, data, xgb.read(stored), stored.feature_names)


def _lightgbm(data: bytes) -> NativeModel:
    stored = lgb.parse(data)
    return NativeModel("lightgbm", stored.version, stored.objective[0], data, lgb.read(stored), stored.feature_names)


def _catboost(data: bytes) -> NativeModel:
    stored = cat.parse(data)
    classes = stored.classes if stored.is_classifier else None
    return NativeModel("catboost", stored.version, stored.objective, data, cat.read(stored), stored.features.names, classes)


NATIVE: dict[str, Callable[[bytes], Any]] = {"xgboost": _xgboost, "lightgbm": _lightgbm, "catboost": _catboost, "tflite": _tflite}
