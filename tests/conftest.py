"""What all tests share: long runs on request, seeded randomness, the count of random examples, and the tools of the test's own environment.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

CAMPAIGN = os.environ.get("EMLEARN_CAMPAIGN", "0") == "1"

# cmake and ninja come with the virtual environment, also where it was not activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ.setdefault("CMAKE_GENERATOR", "Ninja")

# Of Keras' backends the lightest; it is chosen when Keras is imported.
os.environ.setdefault("KERAS_BACKEND", "numpy")

# Derandomized: the same examples in each run, so that a failure is one of the change at hand. More of them in a campaign.
_common = {"deadline": None, "derandomize": True, "database": None, "print_blob": True}
_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("test", max_examples=50, suppress_health_check=_slow, **_common)
settings.register_profile("campaign", max_examples=2000, suppress_health_check=_slow, **_common)
settings.load_profile("campaign" if CAMPAIGN else "test")

# Hypothesis also draws the numbers that stand in the source of modules imported by then, so that examples would depend on the tests that
# ran before in the same process, and on every change of code.
with contextlib.suppress(ImportError):  # old versions have neither
    from hypothesis.internal.conjecture import providers

    providers._get_local_constants = lambda: providers._local_constants


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CAMPAIGN:
        return
    skip = pytest.mark.skip(reason="runs long: make campaign")
    for item in items:
        if item.get_closest_marker("campaign"):
            item.add_marker(skip)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Fits without a ``random_state`` draw from numpy's global generator: they too are the same in each run."""
    np.random.seed(0)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Keep the tests of a file that is marked with xdist_group on one worker, so that its set-up is done once.

    That is what ``--dist loadgroup`` does; but pytest-xdist 3.8 writes the group into an attribute that pytest 9.2 does not read.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    @functools.cache
    def is_marked(path: str) -> bool:
        return "pytestmark = pytest.mark.xdist_group(" in (config.rootpath / path).read_text(encoding="utf-8")

    class MarkedFiles(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::", 1)[0]
            return path if is_marked(path) else nodeid

    return MarkedFiles(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    statistics = getattr(item, "hypothesis_statistics", None)
    if report.when == "teardown" and statistics is not None:
        report.user_properties.append(("hypothesis_examples", _examples(statistics)))
    return report


def _examples(statistics: str) -> int:
    """Passing and failing examples of one property test, all phases; invalid ones do not count."""
    counts = re.findall(r"(\d+) passing, (?:and )?(\d+) failing", statistics)
    return sum(int(passing) + int(failing) for passing, failing in counts)


def pytest_terminal_summary(terminalreporter) -> None:
    counts = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, value in report.user_properties
        if name == "hypothesis_examples"
    ]
    if counts:
        terminalreporter.write_line(f"{sum(counts)} random examples in {len(counts)} property tests")
