"""The demo runs whole on few rows, notices a wrong answer, and does without tools; its C++ features equal numpy's.

SPDX-License-Identifier: MIT
"""

import csv
import dataclasses
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

WATCH = Path(__file__).resolve().parents[2] / "examples" / "watch"
sys.path.insert(0, str(WATCH))

import chips  # noqa: E402
import demo  # noqa: E402
import firmware  # noqa: E402
import models  # noqa: E402
import recordings  # noqa: E402
from emlearn import targets  # noqa: E402

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def windows():
    return recordings.load()


@pytest.fixture(scope="module")
def entries(windows):
    return models.train(windows)


@pytest.fixture
def prepared(windows, entries, monkeypatch):
    """The demo without reading and training again."""
    monkeypatch.setattr(recordings, "load", lambda: windows)
    monkeypatch.setattr(models, "train", lambda _: entries)


def test_recordings(windows):
    assert windows.samples.shape == (1693, 256, 6)
    assert windows.features.shape == (1693, 36)
    assert len(set(windows.labels)) == 7
    people = set(windows.subject[windows.is_test]), set(windows.subject[~windows.is_test])
    assert people[0] == {8, 9, 10} and people[1] == set(range(1, 8))


def test_features_are_those_of_the_signal(windows):
    """The whole numbers are the usual statistics, cut to counts."""
    x = windows.samples.astype(np.float64)
    got = windows.features.reshape(len(x), 6, 6).astype(np.float64)
    want = np.stack([x.mean(1), x.std(1), x.min(1), x.max(1), np.sqrt((x * x).mean(1))], axis=2)
    assert np.all(np.abs(got[:, :, :5] - want) <= 1)


def test_root_is_exact():
    values = np.array([0, 1, 2, 3, 4, 2**46, 2**46 - 1, 2**46 + 1, (2**23 - 1) ** 2, (2**23 - 1) ** 2 - 1], dtype=np.int64)
    roots = recordings.root(values)
    assert np.all(roots * roots <= values) and np.all((roots + 1) ** 2 > values)


@pytest.mark.skipif(targets.TARGETS["host"].missing != (), reason="g++ is missing")
def test_cpp_features_at_the_limits(windows, entries, tmp_path):
    """Full scale, flat, alternating and random samples give the same whole numbers in C++ as in numpy."""
    rng = np.random.default_rng(0)
    shape = (recordings.WINDOW, 6)
    signs = np.where(np.arange(recordings.WINDOW) % 2, -32768, 32767)[:, None]
    samples = np.stack(
        [
            np.full(shape, -32768),
            np.full(shape, 32767),
            np.zeros(shape),
            np.full(shape, -1),
            np.broadcast_to(signs, shape),
            *rng.integers(-32768, 32768, (20, *shape)),
            *rng.integers(-2, 2, (20, *shape)),
        ]
    ).astype(np.int16)
    artificial = dataclasses.replace(windows, samples=samples, features=recordings.features(samples))
    entry = next(entry for entry in entries if entry.name == "forest16")
    entry.model.save(tmp_path / "forest16.hpp")
    features, labels = firmware.run_here(tmp_path, artificial)
    np.testing.assert_array_equal(features, artificial.features)
    np.testing.assert_array_equal(labels, chips.expected(entry, artificial.features))


@pytest.mark.device
def test_demo_agrees(prepared, tmp_path, capsys):
    missing = [tool.name for name in demo.CHIPS for tool in targets.TARGETS[name].missing]
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")
    assert demo.main(["--rows", "7", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "everything agrees with scikit-learn (" in said
    assert said.count(" 7/7 ") == 10, "five models on two chips"
    with (tmp_path / "answers.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 35
    figures = (tmp_path / "figures.md").read_text(encoding="utf-8").splitlines()
    assert len(figures) == 7 and all(line.count(" 7/7 ") == 2 for line in figures[2:])
    for row in rows:
        assert row["scikit-learn"] == row["this machine"] == row["avr-atmega328p"] == row["cortex-m0plus"]


def test_demo_fits_the_uno(prepared, entries):
    for entry in entries:
        assert entry.model.report().total_bytes < 8192


def test_wrong_answer_on_a_chip_fails(prepared, tmp_path, capsys, monkeypatch):
    """One class flipped in one of the rows ends with code 1."""
    real = targets.run
    monkeypatch.setattr(firmware, "run_here", lambda *_: None)

    def flipped(name, model, raw, *more, **options):
        answers = real("host", model, raw, *more, **options)
        if name == "cortex-m0plus":
            answers["predict"][3] = (answers["predict"][3] + 1) % 7
        return answers

    chip = types.SimpleNamespace(flash=1, ram=1, stack=1, cost=np.ones(1), unit="cycles")
    monkeypatch.setattr(targets, "run", flipped)
    monkeypatch.setattr(targets, "measure", lambda *_: {"predict": chip})
    monkeypatch.setattr(chips, "missing_tools", lambda *_: {})
    assert demo.main(["--rows", "7", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "6/7 NOT equal" in said and "NOT everything agrees" in said


def test_without_tools_the_rest_is_done(tmp_path):
    """With an empty PATH the demo names what is missing and how to get it, and still compares on this machine."""
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(WATCH / "demo.py"), "--rows", "3", "--out", str(tmp_path / "out")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for words in (
        "avr-atmega328p is left out: avr-g++",
        "apt-get install gcc-avr",
        "cortex-m0plus is left out: arm-none-eabi-g++",
        "g++ is missing: apt-get install g++",
        "1693/1693",
        "everything agrees with scikit-learn; not run: avr-atmega328p, cortex-m0plus",
    ):
        assert words in done.stdout
    assert "Traceback" not in done.stderr
