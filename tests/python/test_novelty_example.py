"""The comparison of detectors on the watch's recordings: eight of them, one interface, headers that compile.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import emlearn
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "novelty"
sys.path.insert(0, str(EXAMPLE))

import compare  # noqa: E402

pytestmark = pytest.mark.xdist_group("demo")


def test_the_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 and all(line.endswith("yes") for line in lines[2:])
    scores = {line.split()[0]: line.split()[1] for line in lines[2:]}
    assert scores["clusters"] == "distance" and scores["autoencoder"] == scores["residual"] == "reconstruction"
    found = {line.split()[0]: float(line.split()[-2].rstrip("%")) for line in lines[2:]}
    assert sum(share > 60 for share in found.values()) >= 7
    alarms = {line.split()[0]: float(line.split()[3].rstrip("%")) for line in lines[2:]}
    assert max(alarms.values()) <= 10
    calls = "".join(f'#include "{name}.hpp"\nbool {name}_novel(const int16_t* x) {{ return {name}::is_novel(x); }}\n' for name in scores)
    (tmp_path / "main.cpp").write_text(calls)
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fsyntax-only", f"-I{emlearn.get_include()}"]
    subprocess.run(["g++", *flags, "main.cpp"], cwd=tmp_path, check=True)


def test_an_unknown_exercise_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        compare.main(["--normal", "JUMP"])
    assert "--normal JUMP: the exercises are ABD, ER" in capsys.readouterr().err
