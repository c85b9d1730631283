"""Rows per second on this machine, as ratios to scikit-learn's own ``predict``.

Every predictor is timed by turns with scikit-learn in one process, on one thread, so that a busy machine slows both; the ratio is
the median over the turns. ``python -m benchmarks.throughput {ours,others} CASE_FOLDER`` prints one process's results as JSON.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import Case
    from .stages import Stages

CASES = (
    "iris_dt",
    "digits_rf10",
    "digits_rf50",
    "digits_et20",
    "diabetes_rfr10",
    "digits_gb20",
    "digits_mlp32",
    "digits_gnb",
    "wine_logreg",
)
MANY = 10_000
_ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TREELITE_NUM_THREADS")}

Predictor = Callable[[Any], Any]


def measure(stages: Stages, chosen: Sequence[Case]) -> list[dict[str, Any]]:
    """Rows for the table: case, predictor, one, many, failure."""
    rows: list[dict[str, Any]] = []
    environment, _ = stages.environment("tl2cgen")
    for needed in ("m2cgen", "onnxruntime"):
        stages.environment(needed)
    root = Path(__file__).resolve().parent.parent
    for case in chosen:
        for who, python in (("ours", Path(sys.executable)), ("others", environment.python)):
            surroundings = {**os.environ, **_ONE_THREAD} | ({"PYTHONPATH": str(root / "python")} if who == "ours" else {})
            command = [str(python), "-m", "benchmarks.throughput", who, str(stages.folder(case))]
            done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=surroundings, check=False)
            if done.returncode:
                why = (done.stderr.strip().splitlines() or ["?"])[-1][:160]
                rows.append({"case": case.name, "predictor": who, "failure": why})
            else:
                rows += [{"case": case.name, **row} for row in json.loads(done.stdout.splitlines()[-1])]
    return rows


def main(who: str, folder: Path) -> None:
    """Time every predictor of one process."""
    import pickle
    import warnings

    import numpy as np

    warnings.simplefilter("ignore")
    estimator = pickle.loads((folder / "estimator.pkl").read_bytes())
    case = json.loads((folder / "case.json").read_text())
    rows = np.load(folder / "rows.npz")["float32"]
    many = np.resize(rows, (MANY, rows.shape[1]))
    found = []
    for name, make in _ours() if who == "ours" else _others(case, folder):
        try:
            predict = make(estimator)
            answers, expected = np.ravel(predict(many)), estimator.predict(many)
            off = np.abs(answers - expected) > 1e-3 * np.ptp(expected) if case["task"] == "regressor" else answers != expected
            row = {"one": against(estimator.predict, predict, rows[:1]), "many": against(estimator.predict, predict, many)}
            failure = "" if off.mean() <= 0.01 else f"agrees on {1 - off.mean():.1%}"
        except Exception as error:  # one predictor's failure is its entry
            row, failure = {}, f"{type(error).__name__}: {' '.join(str(error).split())}"[:160]
        found.append({"predictor": name, **row, "failure": failure})
    print(json.dumps(found))


def against(reference: Predictor, predict: Predictor, rows: Any, turns: int = 15, least: float = 0.01) -> float:
    """How many times faster than the reference: the median over the turns."""
    import statistics

    counts = {which: _repeats(which, rows, least) for which in (reference, predict)}
    ratios = []
    for _ in range(turns):
        times = [_seconds(which, rows, counts[which]) / counts[which] for which in (reference, predict)]
        ratios.append(times[0] / times[1])
    return statistics.median(ratios)


def _repeats(predict: Predictor, rows: Any, least: float) -> int:
    """How often to call for one turn to last."""
    predict(rows)
    return max(1, int(least / max(_seconds(predict, rows, 1), 1e-7)))


def _seconds(predict: Predictor, rows: Any, count: int) -> float:
    import time

    began = time.perf_counter()
    for _ in range(count):
        predict(rows)
    return time.perf_counter() - began


def _ours() -> Iterator[tuple[str, Callable[[Any], Predictor]]]:
    import emlearn

    yield "this library, host kernels", lambda estimator: emlearn.convert(estimator).predict


def _others(case: dict[str, Any], folder: Path) -> Iterator[tuple[str, Callable[[Any], Predictor]]]:
    yield "treelite GTIL", lambda estimator: _gtil(estimator, case)
    yield "tl2cgen, compiled", lambda estimator: _tl2cgen(estimator, case, folder)
    yield "m2cgen, compiled", lambda estimator: _m2cgen(estimator, case, folder)
    yield "onnxruntime", lambda estimator: _onnx(estimator, case)


def _answer(case: dict[str, Any], scores: Any) -> Any:
    """Class indices, which are the labels in these cases, or values."""
    scores = scores.reshape(len(scores), -1)
    return scores.argmax(axis=1) if case["task"] == "classifier" else scores[:, 0]


def _gtil(estimator: Any, case: dict[str, Any]) -> Predictor:
    import treelite

    from .tools.tl2cgen import model_of

    model = model_of(estimator)
    return lambda rows: _answer(case, treelite.gtil.predict(model, rows.astype("float64"), nthread=1))


def _tl2cgen(estimator: Any, case: dict[str, Any], folder: Path) -> Predictor:
    import tl2cgen

    from .tools.tl2cgen import model_of

    library = folder / "tl2cgen.so"
    if not library.exists():
        tl2cgen.export_lib(model_of(estimator), toolchain="gcc", libpath=str(library), params={"parallel_comp": 8}, nthread=2)
    predictor = tl2cgen.Predictor(str(library), nthread=1)
    return lambda rows: _answer(case, predictor.predict(tl2cgen.DMatrix(rows.astype("float64"))))


def _m2cgen(estimator: Any, case: dict[str, Any], folder: Path) -> Predictor:
    """Its C with a loop around it, as a shared library."""
    import ctypes

    import m2cgen
    import numpy as np

    text = m2cgen.export_to_c(estimator)
    width = case["n_classes"] or 1
    one = f"score((double*)X + (size_t)i * {case['n_features']}, out + (size_t)i * {width});"
    if "void score(" not in text:
        one = f"out[i] = score((double*)X + (size_t)i * {case['n_features']});"
    source, library = folder / "m2cgen.c", folder / "m2cgen.so"
    source.write_text(
        f"#include <stddef.h>\n{text}\nvoid many(const double* X, int n, double* out) {{\n  for (int i = 0; i < n; ++i) {one}\n}}\n"
    )
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", str(source), "-o", str(library), "-lm"], check=True, capture_output=True)
    loaded = ctypes.CDLL(str(library))
    pointer = ctypes.POINTER(ctypes.c_double)

    def predict(rows: Any) -> Any:
        given, out = np.ascontiguousarray(rows, dtype=np.float64), np.empty((len(rows), width))
        loaded.many(given.ctypes.data_as(pointer), len(given), out.ctypes.data_as(pointer))
        return _answer(case, out)

    return predict


def _onnx(estimator: Any, case: dict[str, Any]) -> Predictor:
    import onnxruntime
    import skl2onnx
    from skl2onnx.common.data_types import FloatTensorType

    classifier = case["task"] == "classifier"
    options = {id(estimator): {"zipmap": False}} if classifier else None
    model = skl2onnx.convert_sklearn(estimator, initial_types=[("X", FloatTensorType([None, case["n_features"]]))], options=options)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    wanted = [session.get_outputs()[0].name]
    return lambda rows: session.run(wanted, {"X": rows})[0]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
