"""``emlearn convert --self-test``: rows from files, and what is told about bad ones.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
import pytest
import skops.io
from emlearn.cli import app
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
from typer.testing import CliRunner

RAW = ["--input", "int16", "--input-scale", "0.1"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = load_iris(return_X_y=True)
    skops.io.dump(GaussianNB().fit(X, y), "iris.skops")
    X = np.rint(X * 10)
    np.save("golden.npy", X[::20])
    np.savetxt("golden.csv", X[::20], delimiter=",")
    np.savetxt("labelled.csv", np.column_stack([X, y])[::20], delimiter=",", header="a,b,c,d,kind", comments="")
    np.save("labelled.npy", np.column_stack([X, y])[::20])
    (tmp_path / "text.csv").write_text("5.1,3.5,1.4,0.2\n4.9,3.0,oops,0.2\n")
    return tmp_path


@pytest.mark.parametrize("file", ["golden.npy", "golden.csv"])
def test_rows_from_a_file(folder, file):
    result = CliRunner().invoke(app, ["convert", "iris.skops", "-o", "iris.hpp", *RAW, "--self-test", file])
    assert result.exit_code == 0, result.output
    text = (folder / "iris.hpp").read_text()
    assert "inline int self_test()" in text and "self_test(): 8 rows" in text


@pytest.mark.parametrize(("file", "column"), [("labelled.csv", "kind"), ("labelled.csv", "5"), ("labelled.npy", "-1")])
def test_labels_beside_the_rows_are_left_out(folder, file, column):
    convert = ["convert", "iris.skops", "-o", "iris.hpp", *RAW, "--numeric", "int16"]
    for rows in (["--self-test", file, "--calibration", "golden.npy"], ["--calibration", file]):
        result = CliRunner().invoke(app, [*convert, *rows])
        assert result.exit_code == 2 and "add --target-column" in result.output
        result = CliRunner().invoke(app, [*convert, *rows, "--target-column", column])
        assert result.exit_code == 0, result.output
    for calibration in ("golden.npy", file):  # which need not have what the rows have that are compared
        verify = [
            "verify",
            "iris.skops",
            "--data",
            file,
            "--target-column",
            column,
            *RAW,
            "--numeric",
            "int16",
            "--calibration",
            calibration,
        ]
        result = CliRunner().invoke(app, verify)
        assert result.exit_code == 0 and "score" in result.output, result.output


def test_bad_rows_leave_no_header(folder):
    for file, said in (("text.csv", "text.csv"), ("none.csv", "none.csv")):
        result = CliRunner().invoke(app, ["convert", "iris.skops", "-o", "iris.hpp", "--self-test", file])
        assert result.exit_code == 2 and f"error: {said}" in result.output
    assert not (folder / "iris.hpp").exists()
