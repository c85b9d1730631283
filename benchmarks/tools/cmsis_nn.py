"""Arm's CMSIS-NN: its fully connected kernels, called as TensorFlow Lite Micro calls them, without an interpreter around.

Networks whose raw features are int8. Weights and activations are quantised here, as TensorFlow Lite does: symmetric int8 weights, one
scale per layer or per neuron, activations over the range that the training rows reach.

No package registry has the sources: EMLEARN_CMSIS_NN names a folder of them, build/benchmarks/CMSIS-NN by default.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .attempt import Attempt, argmax, attempt, entry

FOLDER = Path(os.environ.get("EMLEARN_CMSIS_NN") or Path(__file__).resolve().parents[2] / "build" / "benchmarks" / "CMSIS-NN")
_REVISION = re.compile(r"\$Date: +(.+?)\s*\n.*?\$Revision: +(\S+)", re.DOTALL)
_KERNELS = {
    False: ("FullyConnectedFunctions/arm_fully_connected_s8.c", "NNSupportFunctions/arm_nn_vec_mat_mult_t_s8.c"),
    True: ("FullyConnectedFunctions/arm_fully_connected_per_channel_s8.c", "NNSupportFunctions/arm_nn_vec_mat_mult_t_per_ch_s8.c"),
}


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """One scale per layer or per neuron; flags of all tools, or speed before size for the kernels."""
    kind = type(estimator).__name__
    if kind != "MLPClassifier" or estimator.activation != "relu" or not case["fits_int8"] or case["n_classes"] < 3:
        yield Attempt("", "int8", failure=f"not tried: only networks with relu, several classes and int8 features (this is {kind})")
        return
    if not (FOLDER / "Include").is_dir():
        yield Attempt("", "int8", failure=f"no sources in {FOLDER}: git clone https://github.com/ARM-software/CMSIS-NN there")
        return
    rows = np.load(Path(case["folder"]) / "rows.npz")["train"].astype(np.float64)
    for per_channel in (False, True):
        for level in ("", "O3"):
            name = f"int8, a scale per {'neuron' if per_channel else 'layer'}" + (f", kernels at -{level}" if level else "")

            def make(per_channel: bool = per_channel, level: str = level) -> dict[str, str]:
                return _source(estimator, case, rows, per_channel, level)

            yield from attempt(name, "int8", make, (str(FOLDER / "Include"),), "quantised by the benchmark as TensorFlow Lite does")


def version() -> str:
    """Of the sources: the revision that its public header states, as their releases are not named in them."""
    header = FOLDER / "Include" / "arm_nnfunctions.h"
    stated = _REVISION.search(header.read_text()) if header.exists() else None
    return f"arm_nnfunctions.h {stated[2]} of {stated[1]}" if stated else "no sources"


def _source(estimator: Any, case: dict[str, Any], rows: np.ndarray, per_channel: bool, level: str) -> dict[str, str]:
    scale = float(np.asarray(case["unit"])[0])  # of the raw features; the same for all where they are int8
    offset, tables, calls, values = 0, [], [], rows
    last = len(estimator.coefs_) - 1
    for number, (weights, bias) in enumerate(zip(estimator.coefs_, estimator.intercepts_)):
        values = values @ weights + bias
        if number < last:
            values = np.maximum(values, 0)
            out_scale, zero = values.max() / 255, -128
        else:
            out_scale = (values.max() - values.min()) / 255
            zero = int(np.clip(np.rint(-128 - values.min() / out_scale), -128, 127))
        largest = np.abs(weights).max(axis=0) if per_channel else np.full(weights.shape[1], np.abs(weights).max())
        step = np.maximum(largest, 1e-12) / 127
        quantised = np.clip(np.rint(weights / step), -127, 127).astype(int).T
        biases = np.rint(bias / (scale * step)).astype(int)
        pairs = [_multiplier(scale * one / out_scale) for one in step]
        tables += [
            _table("int8_t", f"w{number}", quantised.ravel()),
            _table("int32_t", f"b{number}", biases),
            _table("int32_t", f"m{number}", [pair[0] for pair in pairs] if per_channel else [pairs[0][0]]),
            _table("int32_t", f"s{number}", [pair[1] for pair in pairs] if per_channel else [pairs[0][1]]),
        ]
        calls.append(_call(number, number == last, weights.shape, -offset, zero, per_channel))
        scale, offset = out_scale, zero
    sizes = [weights.shape[1] for weights in estimator.coefs_]
    buffers = "".join(f"  int8_t h{number}[{size}];\n" for number, size in enumerate(sizes))
    body = f"{buffers}  cmsis_nn_context ctx = {{0, 0}};\n" + "".join(calls) + argmax(f"h{last}", case["n_classes"])
    pragma = f'#pragma GCC optimize("{level}")\n' if level else ""
    files = {Path(path).name: pragma + (FOLDER / "Source" / path).read_text() for path in _KERNELS[per_channel]}
    text = '#include "arm_nnfunctions.h"\n#include "arm_nnsupportfunctions.h"\n' + "".join(tables)
    return {**files, "foreign.c": text + entry("classifier", "int8", body)}


def _call(number: int, last: bool, shape: tuple[int, int], in_offset: int, zero: int, per_channel: bool) -> str:
    x = f"h{number - 1}" if number else "x"
    params = "per_channel" if per_channel else "per_tensor"
    quant = f"{{(int32_t*)m{number}, (int32_t*)s{number}}}" if per_channel else f"{{m{number}[0], s{number}[0]}}"
    lowest = -128 if last else zero
    function = "arm_fully_connected_per_channel_s8" if per_channel else "arm_fully_connected_s8"
    return (
        f"  {{\n    const cmsis_nn_fc_params fc = {{{in_offset}, 0, {zero}, {{{lowest}, 127}}}};\n"
        f"    const cmsis_nn_{params}_quant_params quant = {quant};\n"
        f"    const cmsis_nn_dims in = {{1, 1, 1, {shape[0]}}}, filter = {{{shape[0]}, 1, 1, {shape[1]}}}, "
        f"out = {{1, 1, 1, {shape[1]}}};\n"
        f"    {function}(&ctx, &fc, &quant, &in, {x}, &filter, w{number}, &out, b{number}, &out, h{number});\n  }}\n"
    )


def _table(kind: str, name: str, values: Any) -> str:
    return f"static const {kind} {name}[] = {{{', '.join(str(int(value)) for value in values)}}};\n"


def _multiplier(real: float) -> tuple[int, int]:
    """(31-bit multiplier, left shift) of a factor, as TensorFlow Lite stores it."""
    mantissa, shift = np.frexp(real)
    multiplier = int(np.rint(mantissa * 2**31))
    return (multiplier // 2, int(shift) + 1) if multiplier == 2**31 else (multiplier, int(shift))
