"""Random examples are the same in each run, whatever other tests have imported before.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st


def examples() -> list[tuple[int, float]]:
    seen = []

    @given(st.integers(0, 2**31), st.floats(0.3, 4))
    def draw(whole: int, real: float) -> None:
        seen.append((whole, real))

    draw()
    return seen


def test_examples_do_not_depend_on_the_modules_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis draws numbers that stand in their source, unless the tests' own configuration holds it back."""
    before = examples()
    (tmp_path / "full_of_numbers.py").write_text(f"WHOLE = {list(range(10**6, 10**6 + 500))}\nREAL = {[1 + k / 997 for k in range(500)]}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("full_of_numbers")
    assert len(before) > 40 and examples() == before
