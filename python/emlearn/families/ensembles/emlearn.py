"""Model files of boosting libraries, which emlearn has read itself.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from .native.model import NativeModel

READERS = {NativeModel: lambda model: model.record}

ANSWERS = {NativeModel: NativeModel.ask}
