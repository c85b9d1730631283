"""Estimators of our own: model files of boosting libraries, and trees that were made smaller.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

from .compressed import CompressedTrees
from .native.model import NativeModel

READERS: dict[type, Any] = {NativeModel: lambda model: model.record, CompressedTrees: lambda trees: trees.record}

ANSWERS: dict[type, Any] = {NativeModel: NativeModel.ask, CompressedTrees: CompressedTrees.ask}
