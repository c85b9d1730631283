"""Integer networks on Cortex-M55 beside CMSIS-NN's kernels for Helium: the figures of docs/decisions.md.

    python tools/compare_cmsis_nn.py [case ...]

Estimators, rows and calls are the benchmark's, its sources those in build/benchmarks/CMSIS-NN (see docs/benchmarks.md); the kernels for
vectors need some more of them, and larger buffers. The sums of weights that an application prepares once are not made, so CMSIS-NN's
answers are not compared: what counts here is its cost, which does not depend on them. Ours is int8, `optimize="speed"`; its answers are.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import pickle
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import emlearn
import numpy as np

from benchmarks import cases, device
from benchmarks.tools import cmsis_nn
from benchmarks.tools.attempt import Attempt

CASES = ("digits_mlp32", "digits_mlp16_16", "digits_cnn", "watch_cnn")
CHIP, ROWS = "cortex-m55", 3

#: Sources that only the kernels for vectors need.
MORE = (
    *(f"NNSupportFunctions/arm_nn_{name}s8.c" for name in ("depthwise_conv_nt_t_", "depthwise_conv_nt_t_padded_", "mat_mul_core_1x_")),
    *(f"NNSupportFunctions/arm_nn_{name}.c" for name in ("mat_mul_core_4x_s8", "mat_mult_nt_t_s8", "mat_mult_nt_t_s8_s32")),
    *(f"ConvolutionFunctions/arm_{name}_get_buffer_sizes_s8.c" for name in ("convolve", "depthwise_conv")),
    *(f"ConvolutionFunctions/arm_nn_{name}.c" for name in ("mat_mult_s8", "depthwise_conv_s8_core")),
    *(f"FullyConnectedFunctions/arm_{name}s8.c" for name in ("fully_connected_get_buffer_sizes_", "vector_sum_")),
    "PadFunctions/arm_pad_s8.c",
    "TransposeFunctions/arm_transpose_s8.c",
)


def theirs(attempt: Attempt, rows: np.ndarray) -> str:
    """Flash and instructions of one way to call CMSIS-NN."""
    first = next(text for name, text in attempt.files.items() if name != "foreign.c").split("\n", 1)[0]
    pragma = f"{first}\n" if first.startswith("#pragma") else ""
    files = {Path(path).name: pragma + (cmsis_nn.FOLDER / "Source" / path).read_text() for path in MORE} | attempt.files
    files["foreign.c"] = re.sub(r"int32_t room\[\d+\]", "static int32_t room[20000]", files["foreign.c"])
    found = device.measure(
        CHIP, files, np.ascontiguousarray(rows.astype(attempt.dtype)), "classifier", attempt.include, flags=attempt.flags
    )
    return f"{found.flash:,} B, {found.cost:,.0f}"


def main(names: list[str]) -> None:
    print("| network | CMSIS-NN | flash, instructions | ours, int8 |\n" + "|---" * 4 + "|")
    for name in names:
        case = cases.CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            cases.train(case, Path(folder))
            about = {**json.loads((Path(folder) / "case.json").read_text()), "folder": folder}
            bare, estimator = (pickle.loads((Path(folder) / f"{what}.pkl").read_bytes()) for what in ("bare", "estimator"))
            attempts = [attempt for attempt in cmsis_nn.generate(bare, about) if not attempt.failure]
            rows = np.load(Path(folder) / "rows.npz")["int16"][:ROWS]
        data = cases.load(case.data)
        quantised = {"numeric": "int8", "calibration": data.raw_train, "optimize": "speed"}
        (row,) = emlearn.convert(estimator, input="int16", input_scale=data.unit, **quantised).bench(rows, targets=[CHIP]).rows
        assert row.agrees, row
        for attempt in attempts:
            print(f"| {case.title} | {attempt.name} | {theirs(attempt, rows)} | {row.flash:,} B, {row.cost_mean:,.0f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(CASES))
