"""An option of the golden tests: ``python -m pytest tests/golden --update-golden`` writes the references anew.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", default=False, help="write the reference headers anew, to be reviewed and committed"
    )
