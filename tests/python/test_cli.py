"""The shell: what it prints, where, and with which exit code.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import emlearn
import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from emlearn.cli import app
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from typer.testing import CliRunner

IRIS = load_iris(as_frame=True)
X, SPECIES = IRIS.data, IRIS.target_names[IRIS.target]
FOREST = RandomForestClassifier(5, random_state=0).fit(X, SPECIES)
RAW = np.random.default_rng(0).integers(-2000, 2000, size=(200, 3))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Model and data files, made once; a test that writes has its own folder."""
    folder = tmp_path_factory.mktemp("cli")
    skops.io.dump(FOREST, folder / "iris.skops")
    joblib.dump(FOREST, folder / "iris.joblib", compress=3)
    skops.io.dump(GaussianMixture(2, random_state=0).fit(X.to_numpy()), folder / "mixture.skops")
    skops.io.dump(StandardScaler().fit(X.to_numpy()), folder / "scaler.skops")
    diabetes = load_diabetes()
    skops.io.dump(RandomForestRegressor(3, max_depth=4, random_state=0).fit(diabetes.data, diabetes.target), folder / "diabetes.skops")
    np.savetxt(folder / "diabetes.csv", np.column_stack([diabetes.data, diabetes.target]), delimiter=",")
    counts = RAW * 0.5 + 10
    skops.io.dump(DecisionTreeClassifier(random_state=0).fit(counts, RAW[:, 0] > RAW[:, 1]), folder / "counts.skops")
    pd.DataFrame(RAW, columns=list("abc")).assign(label=RAW[:, 0] > RAW[:, 1]).to_csv(folder / "counts.csv", index=False)
    X.to_csv(folder / "X.csv", index=False)
    X.assign(species=SPECIES).to_csv(folder / "all.csv", index=False)
    np.save(folder / "X.npy", X.to_numpy())
    np.savetxt(folder / "species.txt", SPECIES, fmt="%s")
    return folder


@pytest.fixture
def run(folder, monkeypatch):
    monkeypatch.chdir(folder)

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


def table(text):
    return dict(re.split(r"  +", line, maxsplit=1) for line in text.strip().splitlines() if "  " in line)


def test_convert_writes_the_header_that_python_writes(run, tmp_path):
    result = run("convert", "iris.skops", "-o", tmp_path / "iris.hpp")
    assert (tmp_path / "iris.hpp").read_text() == emlearn.convert(FOREST).save(name="iris")
    assert re.match(r".*iris\.hpp: [\d,]+ bytes of tables; predict, predict_proba\n", result.stdout)
    assert "emlearn.get_include()" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["iris.hpp"]


def test_convert_to_stdout(run):
    result = run("convert", "iris.skops")
    assert result.stdout == emlearn.convert(FOREST).save()
    assert result.stderr == ""


def test_convert_takes_every_option(run, tmp_path):
    file = tmp_path / "a.h"
    options = ["--input", "int16", "--input-scale", "0.5,0.25,1,2", "--input-offset", "-10", "--missing", "-32768", "--optimize", "size"]
    result = run("convert", "iris.joblib", "--trust", "-o", file, "--name", "petals", "--bundle", "--json", *options)
    model = emlearn.convert(FOREST, input="int16", input_scale=[0.5, 0.25, 1, 2], input_offset=-10, missing=-32768, optimize="size")
    assert file.read_text() == model.save(name="petals", bundle=True)
    written = json.loads(result.stdout)
    assert written["name"] == "petals" and written["bundle"] is True and written["file"] == str(file)
    assert written["header_bytes"] == file.stat().st_size
    assert written["table_bytes"] == sum(written["tables"].values()) == model.report().total_bytes
    assert written["classes"] == [["setosa", "versicolor", "virginica"]] and written["feature_names"] == list(X.columns)
    assert result.stderr == ""


def test_convert_to_stdout_as_json(run):
    data = json.loads(run("convert", "iris.skops", "--json").stdout)
    assert data["text"] == emlearn.convert(FOREST).save() and data["name"] == "model" and "file" not in data


def test_info(run):
    shown = run("info", "iris.skops")
    facts = table(shown.stdout)
    assert facts["classes"] == "setosa, versicolor, virginica" and facts["trees"] == "5"
    assert facts["features"] == ", ".join(X.columns) and "scikit-learn" in facts["made with"]
    assert facts["all tables"] == str(emlearn.convert(FOREST).report().total_bytes)
    assert shown.stderr == "" and "…" not in shown.stdout
    data = json.loads(run("info", "iris.skops", "--json").stdout)
    assert data["n_features"] == 4 and data["trees"] == 5 and data["functions"] == ["predict", "predict_proba"]
    assert [found["target"] for found in data["estimates"]] == ["avr-atmega328p", "cortex-m0plus", "cortex-m4f", "rv32imc"]
    assert all(found["fits"] and found["off"] > 0 and found["target"] in facts for found in data["estimates"])


@pytest.mark.parametrize(
    ("model", "data", "options"),
    [
        ("iris.skops", "X.csv", []),
        ("iris.skops", "X.npy", []),
        ("mixture.skops", "X.npy", []),
        ("scaler.skops", "X.npy", []),
        ("diabetes.skops", "diabetes.csv", ["--target-column", "-1"]),
        ("counts.skops", "counts.csv", ["--target-column", "label", "--input", "int16", "--input-scale", "0.5", "--input-offset", "10"]),
        ("iris.skops", "X.csv", ["--compile"]),
    ],
)
def test_verify_says_equal(run, model, data, options):
    result = run("verify", model, "--data", data, *options)
    shown = table(result.stdout)
    assert shown["result"] == "equal" and shown["agreement"] == "1" and shown["ties"] == "0"
    assert {"rows", "max error", "bound", "answers from"} <= set(shown)
    report = json.loads(run("verify", model, "--data", data, *options, "--json").stdout)
    assert report["ok"] is True and report["disagreements"] == [] and report["max_error"] <= report["bound"]
    assert report["ran"] == ("compiled header" if "--compile" in options else "portable kernels on the host")


@pytest.mark.parametrize("labels", [["--target-column", "species"], ["--target-column", "5"], ["--target-column", "-1"]])
def test_verify_scores_against_labels(run, labels):
    shown = table(run("verify", "iris.skops", "--data", "all.csv", *labels).stdout)
    accuracy = f"{FOREST.score(X, SPECIES):.6g}"
    assert shown["score"] == shown["scikit-learn's score"] == accuracy
    assert table(run("verify", "iris.skops", "--data", "X.csv", "--labels", "species.txt").stdout)["score"] == accuracy


def test_verify_scores_boolean_labels_from_text(run):
    options = ["--input", "int16", "--input-scale", "0.5", "--input-offset", "10", "--target-column", "label"]
    assert float(table(run("verify", "counts.skops", "--data", "counts.csv", *options).stdout)["score"]) == 1


def test_verify_finds_a_difference(run, monkeypatch):
    real = emlearn.Model.answer
    monkeypatch.setattr(emlearn.Model, "answer", lambda self, op, raw: np.roll(real(self, op, raw), 1, axis=0))
    result = run("verify", "iris.skops", "--data", "X.csv", code=1)
    shown = table(result.stdout)
    assert shown["result"] == "NOT equal" and "50" in shown["rows that differ (from 0)"].split(", ")
    report = json.loads(run("verify", "iris.skops", "--data", "X.csv", "--json", code=1).stdout)
    assert report["ok"] is False and report["agreement"] < 1 and 50 in report["disagreements"]


@pytest.mark.device
def test_verify_on_an_emulated_chip(run):
    from emlearn.targets import TARGETS

    if missing := TARGETS["avr-atmega328p"].missing:
        pytest.skip(f"needs {', '.join(tool.install for tool in missing)}")
    shown = table(run("verify", "iris.skops", "--data", "X.csv", "--target", "avr-atmega328p").stdout)
    assert shown["result"] == "equal" and shown["answers from"] == "avr-atmega328p" and shown["rows"] == "150"


@pytest.mark.device
def test_a_model_too_large_for_the_chip(run, tmp_path):
    from emlearn.targets import TARGETS

    if missing := TARGETS["avr-atmega328p"].missing:
        pytest.skip(f"needs {', '.join(tool.install for tool in missing)}")
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 4)).round(3)
    skops.io.dump(RandomForestClassifier(8, random_state=0).fit(rows, rng.integers(0, 2, 3000)), tmp_path / "large.skops")
    np.save(tmp_path / "rows.npy", rows[:3])
    arguments = ["verify", tmp_path / "large.skops", "--data", tmp_path / "rows.npy"]
    run(*arguments)
    refused = run(*arguments, "--target", "avr-atmega328p", code=2)
    assert re.match(r"error: avr-atmega328p: .* bytes, .*: convert a smaller model, or choose another chip\n\Z", refused.stderr)
    assert refused.stdout == "" and "Traceback" not in refused.stderr


def test_targets(run):
    from emlearn.targets import TARGETS

    shown = run("targets").stdout
    data = json.loads(run("targets", "--json").stdout)
    assert [row["name"] for row in data] == list(TARGETS)
    for name in TARGETS:
        assert re.search(rf"^{name} ", shown, re.MULTILINE)
    assert [row["installed"] for row in data] == [not target.missing for target in TARGETS.values()]


def test_targets_that_lack_tools_say_what_gets_them(run, monkeypatch):
    from emlearn.targets.tools import Tool

    monkeypatch.setattr(Tool, "find", lambda self: None)
    lines = {line.split()[0]: line for line in run("targets").stdout.splitlines()}
    assert lines["esp8266"].endswith("no: apt-get install gcc-xtensa-lx106")
    assert lines["cortex-m3"].endswith("qemu-system-arm gcc libc6-dev; pip install unicorn")
    assert "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf" in lines["rv32imc"]


def test_version_and_help(run):
    assert run("--version").stdout == f"emlearn {emlearn.__version__}\n"
    overview = run("--help").stdout
    for command in ("convert", "info", "verify", "bench", "targets"):
        assert command in overview
        help_text = run(command, "--help").stdout
        assert re.search(rf"Examples?:\n +emlearn {command}", help_text)
        assert "--json" in help_text


def test_commands_that_need_no_estimator_do_not_wait_for_scikit_learn():
    code = "import sys, emlearn.cli, emlearn.targets; print({'sklearn', 'scipy', 'pandas'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["cnvert"],
        ["convert"],
        ["convert", "iris.skops", "--inptu", "int8"],
        ["convert", "iris.skops", "--missing", "x"],
        ["verify", "iris.skops"],
        ["convert", "iris.skops", "again.skops"],
    ],
)
def test_wrong_usage_has_exit_code_2(run, arguments):
    result = run(*arguments, code=2)
    assert "Usage: " in result.output and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convert", "iris.joblib"], "iris.joblib is a pickle, and loading one runs any code"),
        (["info", "none.skops"], "none.skops does not exist"),
        (["info", "iris.skp"], "did you mean iris."),
        (["info", "X.csv"], "X.csv holds no scikit-learn estimator"),
        (["convert", "iris.skops", "-o", "iris.txt"], "-o iris.txt: a header's name ends in .hpp or .h, such as iris.hpp"),
        (["convert", "iris.skops", "-o", "none/iris.hpp"], "does not exist: make it first"),
        (["convert", "iris.skops", "-o", "my-model.hpp"], "'my-model' is no C++ identifier"),
        (["convert", "iris.skops", "--name", "class"], "name='class' is a C++ keyword"),
        (["convert", "iris.skops", "--name", "F"], "name='F' is taken by a macro"),
        (["convert", "iris.skops", "--input", "int64"], "input='int64' is not a type of raw features"),
        (["convert", "iris.skops", "--input-scale", "a"], "--input-scale 'a' is neither a number nor numbers between commas"),
        (["convert", "iris.skops", "--input-scale", "1,2"], "input_scale has shape (2,)"),
        (["convert", "iris.skops", "--optimize", "fast"], "optimize='fast' is unknown: choose one of size, balanced, speed"),
        (["verify", "iris.skops", "--data", "none.csv"], "none.csv does not exist"),
        (["verify", "iris.skops", "--data", "all.csv"], "species. If one has the labels, add --target-column species"),
        (["verify", "iris.skops", "--data", "diabetes.csv"], "columns that the model does not take"),
        (["verify", "counts.skops", "--data", "X.npy", "--input", "int8"], "columns that the model does not take"),
        (["verify", "iris.skops", "--data", "X.csv", "--input", "int8"], "X.csv, line 2, column 1 (sepal length (cm)): 5.1 is no int8"),
        (["verify", "counts.skops", "--data", "counts.csv", "--target-column", "4", "--input", "int8"], "does not fit int8"),
        (["verify", "iris.skops", "--data", "X.csv", "--labels", "X.csv"], "X.csv gives 4 columns of labels, but the model has 1 outputs"),
        (["verify", "iris.skops", "--data", "X.csv", "--labels", "counts.csv"], "labels for 150 rows"),
        (["verify", "iris.skops", "--data", "all.csv", "--target-column", "sort"], "no label column 'sort'"),
        (["verify", "iris.skops", "--data", "X.csv", "--labels", "y", "--target-column", "1"], "both give labels"),
        (["verify", "iris.skops", "--data", "X.csv", "--compile", "--target", "host"], "give one of them"),
        (["verify", "iris.skops", "--data", "X.csv", "--target", "avr-atmega329p"], "did you mean 'avr-atmega328p'?"),
        (["verify", "scaler.skops", "--data", "X.npy", "--labels", "species.txt"], "a transformer has no labels"),
    ],
)
def test_bad_input_is_one_plain_line_with_the_remedy(run, arguments, message, folder):
    before = sorted(path.name for path in folder.iterdir())
    result = run(*arguments, code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert message in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == before


def test_missing_values_in_rows(run, folder, tmp_path):
    rows = X[:20].copy()
    rows.iloc[4, 2] = np.nan
    rows.to_csv(tmp_path / "holes.csv", index=False)
    run("verify", "iris.skops", "--data", tmp_path / "holes.csv")
    plain = X[:20].to_numpy(copy=True)
    plain[4, 2] = np.nan
    np.save(tmp_path / "holes.npy", plain)
    refused = run("verify", "mixture.skops", "--data", tmp_path / "holes.npy", code=2)
    assert "holes.npy, row 5, column 3: empty or NaN, and this estimator takes no missing values" in refused.stderr
    plain[4, 2] = np.inf
    np.save(tmp_path / "infinite.npy", plain)
    refused = run("verify", "mixture.skops", "--data", tmp_path / "infinite.npy", code=2)
    assert "infinite.npy, row 5, column 3: infinite" in refused.stderr
    (tmp_path / "raw.csv").write_text("a,b,c\n1,2,3\n4,,6\n")
    options = ["--input", "int16", "--input-scale", "0.5", "--input-offset", "10"]
    refused = run("verify", "counts.skops", "--data", tmp_path / "raw.csv", *options, code=2)
    assert "raw.csv, line 3, column 2 (b): empty, and int16 has no missing value: fill it, or say which with --missing" in refused.stderr
    run("verify", "counts.skops", "--data", tmp_path / "raw.csv", *options, "--missing", "-32768")


def test_warnings_become_notes(run, folder, tmp_path, monkeypatch):
    state = FOREST.estimators_[0].__getstate__() | {"_sklearn_version": "1.0.2"}
    with monkeypatch.context() as patch:
        patch.setattr(DecisionTreeClassifier, "__getstate__", lambda self: state)
        (tmp_path / "old.pkl").write_bytes(pickle.dumps(FOREST.estimators_[0]))
    result = run("info", tmp_path / "old.pkl", "--trust")
    assert result.stderr.startswith("note: DecisionTreeClassifier was saved by scikit-learn 1.0.2") and result.stderr.count("\n") == 1


def test_an_error_that_nobody_foresaw_has_no_traceback_unless_asked_for(run, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr(emlearn.Model, "report", fail)
    result = run("info", "iris.skops", code=2)
    assert result.stderr.startswith("error: ZeroDivisionError: surprise (not foreseen: EMLEARN_TRACEBACK=1")
    monkeypatch.setenv("EMLEARN_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(app, ["info", "iris.skops"], catch_exceptions=False)


def test_interrupted(run, monkeypatch):
    def fail(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(emlearn.Model, "verify", fail)
    assert run("verify", "iris.skops", "--data", "X.csv", code=130).stderr == "error: interrupted; nothing was written\n"


def shell(folder, *arguments, **options):
    return subprocess.run([sys.executable, "-m", "emlearn", *arguments], cwd=folder, capture_output=True, text=True, **options)


def test_as_a_program(folder):
    done = shell(folder, "verify", "iris.skops", "--data", "X.csv")
    assert (done.returncode, done.stderr) == (0, "") and table(done.stdout)["result"] == "equal"
    assert "\x1b" not in done.stdout
    done = shell(folder, "info", "iris.pkl")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "error: iris.pkl does not exist: did you mean iris.joblib, iris.skops?\n"


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_on_a_terminal_there_are_boxes_and_progress_on_stderr(folder):
    import pty

    controller, terminal = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    command = [sys.executable, "-m", "emlearn", "verify", "iris.skops", "--data", "X.csv"]
    process = subprocess.Popen(command, cwd=folder, stdout=terminal, stderr=terminal, env=environment)
    os.close(terminal)
    seen = b""
    try:
        while chunk := os.read(controller, 4096):
            seen += chunk
    except OSError:  # Linux reports the closed terminal as an error
        pass
    finally:
        os.close(controller)
    assert process.wait() == 0
    text = seen.decode()
    assert "comparing 150 rows" in text and "│" in text and "equal" in text


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_a_reader_that_goes_away_changes_nothing(folder):
    command = f"{sys.executable} -m emlearn convert iris.skops; echo $? >&2"
    done = subprocess.run(f"({command}) | true", shell=True, cwd=folder, capture_output=True, text=True)
    assert done.stderr == "0\n"


DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_examples_of_the_documentation_print_what_it_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = DOCS.read_text(encoding="utf-8")
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], {})
    examples = re.findall(r"```console\n\$ emlearn (.*?)\n(.*?)```", text, re.DOTALL)
    assert {command.split()[0] for command, _ in examples} == {"convert", "info", "verify", "bench", "targets"}
    for command, printed in examples:
        if command == "targets" or "--target " in command:
            continue  # what is installed differs
        result = CliRunner().invoke(app, command.split(), catch_exceptions=False)
        code = f"$ echo $?\n{result.exit_code}\n" if result.exit_code else ""
        assert without_numbers(result.stdout + result.stderr + code) == without_numbers(printed), command


def without_numbers(text):
    """Words only: numbers differ between versions of scikit-learn, and widths of columns with them."""
    return re.sub(r"\s+", " ", re.sub(r"\d[\d.,]*(e-?\d+)?", "0", text))
