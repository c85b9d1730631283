"""Model files of TensorFlow Lite, as estimators.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

from .model import TFLiteModel

READERS: dict[type, Any] = {TFLiteModel: lambda model: model.record}

ANSWERS: dict[type, Any] = {TFLiteModel: TFLiteModel.ask}
