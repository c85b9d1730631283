"""Arm's CMSIS-NN: its int8 kernels, called as TensorFlow Lite Micro calls them, without an interpreter around.

No package registry has the sources: EMLEARN_CMSIS_NN names a folder of them, build/benchmarks/CMSIS-NN by default.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Layer, Network
from . import quantised
from .attempt import Attempt, argmax, attempt, entry, unlike
from .quantised import Quantised, table

FOLDER = Path(os.environ.get("EMLEARN_CMSIS_NN") or Path(__file__).resolve().parents[2] / "build" / "benchmarks" / "CMSIS-NN")
_REVISION = re.compile(r"\$Date: +(.+?)\s*\n.*?\$Revision: +(\S+)", re.DOTALL)
#: Sources that a layer needs, by its kind.
_DENSE = {
    False: ("FullyConnectedFunctions/arm_fully_connected_s8.c", "NNSupportFunctions/arm_nn_vec_mat_mult_t_s8.c"),
    True: ("FullyConnectedFunctions/arm_fully_connected_per_channel_s8.c", "NNSupportFunctions/arm_nn_vec_mat_mult_t_per_ch_s8.c"),
}
_WINDOWS = (
    *(f"ConvolutionFunctions/arm_convolve_{name}s8.c" for name in ("wrapper_", "1_x_n_", "1x1_", "")),
    "ConvolutionFunctions/arm_convolve_1x1_s8_fast.c",
    *(f"ConvolutionFunctions/arm_nn_mat_mult_kernel_{name}s8_s16.c" for name in ("", "row_offset_")),
    *(f"NNSupportFunctions/arm_{name}.c" for name in ("nn_mat_mult_nt_t_s8", "q7_to_q15_with_offset", "s8_to_s16_unordered_with_offset")),
)
_CHANNELS = (
    *(f"ConvolutionFunctions/arm_depthwise_conv_{name}s8.c" for name in ("wrapper_", "3x3_", "")),
    "ConvolutionFunctions/arm_depthwise_conv_s8_opt.c",
    "ConvolutionFunctions/arm_depthwise_conv_get_buffer_sizes_s8.c",
    "NNSupportFunctions/arm_q7_to_q15_with_offset.c",
)
_MEAN = ("PoolingFunctions/arm_avgpool_s8.c", "PoolingFunctions/arm_avgpool_get_buffer_sizes_s8.c")


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """One scale per layer or per neuron; flags of all tools, or speed before size for the kernels."""
    network = quantised.network_of(estimator, case, FOLDER / "Include", "git clone https://github.com/ARM-software/CMSIS-NN there")
    if isinstance(network, str):
        yield Attempt("", "int8", failure=network)
        return
    rows = np.load(Path(case["folder"]) / "rows.npz")["train"].astype(np.float64)
    for per_channel in (False, True):
        if not per_channel and any(layer.kind != "dense" for layer in network.layers):
            continue
        for level in ("", "O3"):
            name = f"int8, a scale per {'neuron' if per_channel else 'layer'}" + (f", kernels at -{level}" if level else "")

            def make(per_channel: bool = per_channel, level: str = level) -> dict[str, str]:
                return _Source(network, case, per_channel).files(rows, level)

            yield from attempt(name, "int8" if case["fits_int8"] else "int16", make, (str(FOLDER / "Include"),), quantised.NOTE)


def version() -> str:
    """Of the sources: the revision that its public header states, as their releases are not named in them."""
    header = FOLDER / "Include" / "arm_nnfunctions.h"
    stated = _REVISION.search(header.read_text()) if header.exists() else None
    return f"arm_nnfunctions.h {stated[2]} of {stated[1]}" if stated else "no sources"


@dataclasses.dataclass
class _Source:
    """The C text of a network: tables, and a call for each layer, from one of two buffers into the other."""

    network: Network
    case: dict[str, Any]
    per_channel: bool

    def __post_init__(self) -> None:
        self._tables: list[str] = []
        self._calls: list[str] = []
        self._kernels: dict[str, None] = {}
        self._room = 4

    def files(self, rows: np.ndarray, level: str) -> dict[str, str]:
        """Texts by name; activations span what the `rows` reach."""
        steps = quantised.byte_steps(self.network, self.case, rows)
        x, sizes, scale, zero = self._intake(steps), [1, 1], 1.0, 0
        for number, step in enumerate(quantised.layers(self.network, steps, rows, per_neuron=self.per_channel)):
            out = f"h{number % 2}"
            if step.layer.kind == "mean":
                self._mean(step.layer, step.shape, x, out)
            else:
                self._weighted(number, step, x, out)
            scale, zero = step.gives.scale, step.gives.zero
            sizes[number % 2], x = max(sizes[number % 2], int(np.prod(step.layer.output(step.shape)))), out
        calls = "".join(self._calls)
        body = "".join(f"  int8_t h{half}[{size}];\n" for half, size in enumerate(sizes))
        body += f"  int32_t room[{-(-self._room // 4)}];\n  cmsis_nn_context ctx = {{room, sizeof room}};\n"
        if "limit" in self.case:
            back = f"  for (int i = 0; i < {self.case['outputs']}; ++i) out[i] = {scale:.9g}f * ({x}[i] - {zero});"
            body += unlike(self.case, calls + back)
        else:
            body += calls + argmax(x, self.case["n_classes"])
        pragma = f'#pragma GCC optimize("{level}")\n' if level else ""
        files = {Path(path).name: pragma + (FOLDER / "Source" / path).read_text() for path in self._kernels}
        text = '#include "arm_nnfunctions.h"\n#include "arm_nnsupportfunctions.h"\n' + "".join(self._tables)
        return {**files, "foreign.c": text + entry("classifier", "int8" if self.case["fits_int8"] else "int16", body)}

    def _intake(self, steps: np.ndarray) -> str:
        """Statements that bring raw features to 8 bits; the name of what the first layer takes."""
        if self.case["fits_int8"]:
            return "x"
        numbers, statements = quantised.intake(self.case, steps)
        self._tables.append(numbers)
        self._calls.append(statements)
        return "q"

    def _weighted(self, number: int, step: Quantised, x: str, out: str) -> None:
        """Tables and the call of a layer with weights, from ``x`` to ``out``."""
        layer, shape, zero, out_zero = step.layer, step.shape, step.given.zero, step.gives.zero
        together = layer.kind == "dense" and not self.per_channel
        pairs = [_multiplier(step.given.scale * one / step.gives.scale) for one in step.step[: 1 if together else None]]
        self._tables += [
            table("int8_t", f"w{number}", step.weights.ravel()),
            table("int32_t", f"b{number}", step.bias),
            table("int32_t", f"m{number}", [pair[0] for pair in pairs]),
            table("int32_t", f"s{number}", [pair[1] for pair in pairs]),
        ]
        ranges = f"{{{out_zero if layer.relu else -128}, 127}}"
        if layer.kind == "dense":
            self._kernels |= dict.fromkeys(_DENSE[self.per_channel])
            function = "arm_fully_connected_per_channel_s8" if self.per_channel else "arm_fully_connected_s8"
            params = f"cmsis_nn_fc_params fc = {{{-zero}, 0, {out_zero}, {ranges}}}"
            shape = (1, 1, int(np.prod(shape)))
            window, wide = (shape[2], 1, 1), len(layer.bias)
        else:
            deep = layer.kind == "depthwise"
            self._kernels |= dict.fromkeys(_CHANNELS if deep else _WINDOWS)
            function = "arm_depthwise_conv_wrapper_s8" if deep else "arm_convolve_wrapper_s8"
            (down, right), (above, left) = layer.stride, layer.before(shape)
            params = (
                f"cmsis_nn_{'dw_' if deep else ''}conv_params fc = {{{-zero}, {out_zero}, {'1, ' if deep else ''}{{{right}, {down}}}, "
                f"{{{left}, {above}}}, {{1, 1}}, {ranges}}}"
            )
            window, wide = ((1, *layer.weights.shape[:2]) if deep else (len(layer.bias), *layer.weights.shape[:2])), shape[2]
            taps = int(np.prod(layer.weights.shape[:2])) * shape[2]
            self._room = max(self._room, 2 * taps if deep else 4 * -(-taps // 4) * 4)
        kind, quant = (
            ("per_tensor", f"{{m{number}[0], s{number}[0]}}")
            if together
            else ("per_channel", f"{{(int32_t*)m{number}, (int32_t*)s{number}}}")
        )
        self._calls.append(
            f"  {{\n    const {params};\n    const cmsis_nn_{kind}_quant_params quant = {quant};\n"
            f"    const cmsis_nn_dims in = {_dims(1, *shape)}, filter = {_dims(*window, wide)}, out = {_dims(1, *layer.output(shape))};\n"
            f"    const cmsis_nn_dims biases = {_dims(1, 1, 1, len(layer.bias))};\n"
            f"    {function}(&ctx, &fc, &quant, &in, {x}, &filter, w{number}, &biases, b{number}, &out, {out});\n  }}\n"
        )

    def _mean(self, layer: Layer, shape: Sequence[int], x: str, out: str) -> None:
        """The call that takes the mean of each channel."""
        self._kernels |= dict.fromkeys(_MEAN)
        self._room = max(self._room, 4 * shape[2])
        sizes = f"in = {_dims(1, *shape)}, filter = {_dims(1, *shape[:2], 1)}, out = {_dims(1, *layer.output(shape))}"
        self._calls.append(
            f"  {{\n    const cmsis_nn_pool_params pool = {{{{1, 1}}, {{0, 0}}, {{-128, 127}}}};\n    const cmsis_nn_dims {sizes};\n"
            f"    arm_avgpool_s8(&ctx, &pool, &in, {x}, &filter, &out, {out});\n  }}\n"
        )


def _dims(*sizes: int) -> str:
    return f"{{{', '.join(map(str, sizes))}}}"


def _multiplier(real: float) -> tuple[int, int]:
    """(31-bit multiplier, left shift) of a factor, as TensorFlow Lite stores it."""
    mantissa, shift = np.frexp(real)
    multiplier = int(np.rint(mantissa * 2**31))
    return (multiplier // 2, int(shift) + 1) if multiplier == 2**31 else (multiplier, int(shift))
