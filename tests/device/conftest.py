"""Builds of these tests go to a folder of their own; a target whose tools are missing is skipped.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os

import pytest
from emlearn.targets import TARGETS


@pytest.fixture(scope="session", autouse=True)
def _own_build_cache(tmp_path_factory):
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture
def installed():
    def check(name: str, kind: str | None = None) -> None:
        target = TARGETS[name]
        wanted = [*target.tools, *(tool for e in target.emulators if kind in (None, e.kind) for tool in e.tools)]
        if missing := [tool.name for tool in wanted if tool.find() is None]:
            pytest.skip(f"{name} needs {', '.join(missing)}: tools/setup_system.sh")

    return check
