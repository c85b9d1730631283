"""A folder that goes when it is no longer needed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="emlearn-") as name:
        yield Path(name)
