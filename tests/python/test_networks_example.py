"""The example of networks: trained and random ones in float and in integers, equal to their references, accurate, small.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import emlearn
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "networks"
sys.path.insert(0, str(EXAMPLE))

pytest.importorskip("keras")

#: Under a name of its own: the watch's demonstration is a `demo` too.
_spec = importlib.util.spec_from_file_location("networks_demo", EXAMPLE / "demo.py")
assert _spec is not None and _spec.loader is not None
demo = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(demo)

pytestmark = pytest.mark.xdist_group("demo")


def test_the_networks_in_float_and_in_integers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--out", str(tmp_path), "--only", "watch", "--rows", "541"]) == 0
    assert demo.main(["--out", str(tmp_path), "--only", "autoencoder", "--rows", "5"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if not line.startswith("network ")]
    assert [line[:2] for line in lines] == [[name, numeric] for name in ("watch", "autoencoder") for numeric in demo.ARITHMETIC]
    float_, *integers = (float(line[2]) for line in lines[:3])
    assert float_ >= 0.89 and all(abs(score - float_) <= 0.005 for score in integers)  # of people that the network has never seen
    assert float(lines[1][3]) >= 0.99 and float(lines[2][3]) >= 0.99
    (tmp_path / "main.cpp").write_text("".join(f'#include "{path.name}"\n' for path in sorted(tmp_path.glob("*.hpp"))))
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsyntax-only", f"-I{emlearn.get_include()}"]
    subprocess.run(["g++", *flags, "main.cpp"], cwd=tmp_path, check=True)


def test_costs_are_told_where_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(emlearn.Model, "bench", lambda self, rows, targets: asked.append(targets) or type("Bench", (), {"rows": ()})())
    assert demo.main(["--out", str(tmp_path), "--only", "watch", "--rows", "20", "--target", "cortex-m4f"]) == 0
    assert asked == [["cortex-m4f"]] * 3
    with pytest.raises(SystemExit):
        demo.main(["--only", "nothing"])
    assert "--only: invalid choice: 'nothing'" in capsys.readouterr().err
