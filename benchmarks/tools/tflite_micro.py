"""TensorFlow Lite Micro: the interpreter, its reference kernels, and a file that :mod:`..tflite_file` writes.

Compiled with only the operators that the network needs, without texts of errors, on the smallest arena that does: what its own guide asks
for. The first row prepares the interpreter, so that its cost does not count.

No package registry has today's sources: EMLEARN_TFLITE_MICRO names a folder with clones of four repositories,
build/benchmarks/tflite-micro by default (docs/benchmarks.md has the commands).

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Network
from ..tflite_file import ACTIVATIONS, File, Tensor
from . import quantised
from .attempt import Attempt, argmax, attempt, entry, unlike
from .quantised import Quantised, Units

FOLDER = Path(os.environ.get("EMLEARN_TFLITE_MICRO") or Path(__file__).resolve().parents[2] / "build" / "benchmarks" / "tflite-micro")
_INCLUDE = tuple(str(FOLDER / name) for name in ("tflite-micro", "flatbuffers/include", "gemmlowp", "ruy"))

_MICRO = "tensorflow/lite/micro/"
#: What its build compiles for every program, but for what prints and what records.
_RUNTIME = (
    "tensorflow/compiler/mlir/lite/core/api/error_reporter.cc",
    "tensorflow/compiler/mlir/lite/schema/schema_utils.cc",
    "tensorflow/lite/core/c/common.cc",
    *(f"tensorflow/lite/core/api/{name}.cc" for name in ("flatbuffer_conversions", "tensor_utils")),
    "tensorflow/lite/kernels/kernel_util.cc",
    *(
        f"tensorflow/lite/kernels/internal/{name}.cc"
        for name in ("common", "portable_tensor_utils", "quantization_util", "runtime_shape", "tensor_ctypes")
    ),
    *(
        f"{_MICRO}arena_allocator/{name}_arena_buffer_allocator.cc"
        for name in ("non_persistent", "persistent", "single")
    ),
    *(f"{_MICRO}memory_planner/{name}_memory_planner.cc" for name in ("greedy", "linear")),
    *(
        f"{_MICRO}{name}.cc"
        for name in (
            "flatbuffer_utils", "memory_helpers", "micro_allocation_info", "micro_allocator", "micro_context", "micro_interpreter",
            "micro_interpreter_context", "micro_interpreter_graph", "micro_op_resolver", "micro_resource_variable", "micro_utils",
        )
    ),
    f"{_MICRO}tflite_bridge/flatbuffer_conversions_bridge.cc",
    f"{_MICRO}tflite_bridge/micro_error_reporter.cc",
    *(f"{_MICRO}kernels/{name}.cc" for name in ("kernel_util", "micro_tensor_utils")),
)  # fmt: skip

#: Of each kind of layer: the operator, how the resolver adds it, the source of its kernel.
_OPERATORS = {
    "dense": ("FULLY_CONNECTED", "AddFullyConnected", "fully_connected"),
    "convolution": ("CONV_2D", "AddConv2D", "conv"),
    "depthwise": ("DEPTHWISE_CONV_2D", "AddDepthwiseConv2D", "depthwise_conv"),
    "mean": ("AVERAGE_POOL_2D", "AddAveragePool2D", "pooling"),
}

_DEFINES = "#define TF_LITE_STATIC_MEMORY\n#define TF_LITE_STRIP_ERROR_STRINGS\n#define GEMMLOWP_ALLOW_SLOW_SCALAR_FALLBACK\n"

_PROGRAM = """\
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

void operator delete(void*) noexcept {{}}
void operator delete(void*, decltype(sizeof 0)) noexcept {{}}
extern "C" void __cxa_pure_virtual() {{ for (;;) {{}} }}

namespace {{

alignas(16) const unsigned char model[] = {{{model}}};
alignas(16) uint8_t arena[sizeof(void*) > 4 ? 2 * {arena} + 2048 : {arena}];
using resolver = tflite::MicroMutableOpResolver<{n}>;
alignas(resolver) uint8_t resolver_room[sizeof(resolver)];
alignas(tflite::MicroInterpreter) uint8_t interpreter_room[sizeof(tflite::MicroInterpreter)];
tflite::MicroInterpreter* interpreter;

bool begin() {{
  resolver* const r = new (resolver_room) resolver;
{adds}  interpreter = new (interpreter_room) tflite::MicroInterpreter(tflite::GetModel(model), *r, arena, sizeof arena);
  return interpreter->AllocateTensors() == kTfLiteOk;
}}

}}  // namespace
"""

#: What it asks of a compiler.
_FLAGS = ("-std=gnu++17", "-fno-exceptions", "-fno-rtti")

#: Of networks with more products than this only some test rows are measured: its reference kernels take a hundred instructions for one.
_PRODUCTS = 20_000

#: The smallest arena, in steps of 16 bytes, in which AllocateTensors() of each network succeeds on a chip of 32 bits (what
#: arena_used_bytes() answers afterwards is less). A network that is not here has room for its values and the interpreter's own.
_ARENA = {
    "digits_mlp32": 848,
    "digits_mlp16_16": 1072,
    "watch_mlp16": 848,
    "watch_cnn": 3792,
    "digits_cnn": 3632,
    "pages_autoencoder": 2704,
}


def generate(estimator: Any, case: dict[str, Any]) -> Iterator[Attempt]:
    """Reference kernels as all tools are compiled, or for speed."""
    network = quantised.network_of(estimator, case, FOLDER / "tflite-micro", "docs/benchmarks.md has the commands")
    if isinstance(network, str):
        yield Attempt("", "int8", failure=network)
        return
    rows = np.load(Path(case["folder"]) / "rows.npz")["train"].astype(np.float64)
    dtype = "int8" if case["fits_int8"] else "int16"
    every = -(-network.macs // _PRODUCTS)
    note = quantised.NOTE + (f"; on every {every}th test row" if every > 1 else "")
    for level in ("", "O3"):
        name = "int8, reference kernels" + (f" at -{level}" if level else "")
        for made in attempt(name, dtype, lambda level=level: _files(network, case, rows, level), _INCLUDE, note):
            yield dataclasses.replace(made, flags=_FLAGS, prepares=True, every=every)


def version() -> str:
    """Of the sources: the revision of the clone."""
    head = FOLDER / "tflite-micro" / ".git" / "HEAD"
    if not (FOLDER / "tflite-micro").is_dir():
        return "no sources"
    said = head.read_text().strip() if head.exists() else "sources without their history"
    reference = FOLDER / "tflite-micro" / ".git" / said.removeprefix("ref: ")
    return reference.read_text().strip() if said.startswith("ref: ") and reference.exists() else said


def file_of(network: Network, case: dict[str, Any], rows: np.ndarray) -> tuple[bytes, Units, np.ndarray]:
    """The network as TensorFlow Lite's converter would write it; the units of its answer; what a step of each channel's input means."""
    steps = quantised.byte_steps(network, case, rows)
    made = File(Tensor((1, *network.shape), scale=[1.0], zero=[0]))
    for layer in quantised.layers(network, steps, rows, per_neuron=False):
        _add(made, layer)
        units = layer.gives
    return made.write(), units, steps


def _add(made: File, step: Quantised) -> None:
    layer, output = step.layer, step.layer.output(step.shape)
    name = _OPERATORS[layer.kind][0]
    gives = {"scale": [step.gives.scale], "zero": [step.gives.zero]}
    if layer.kind == "mean":
        options = [(0, "Int8", 1), (1, "Int32", 1), (2, "Int32", 1), (3, "Int32", step.shape[1]), (4, "Int32", step.shape[0])]
        made.add(name, Tensor((1, *output), **gives), [], options)
        return
    activation = ACTIVATIONS["RELU" if layer.relu else ""]
    weights = step.weights.astype(np.int8)
    if layer.kind == "dense":
        weights, scales, axis = weights.reshape(len(layer.bias), -1), step.step[:1], 0
        options, shape = [(0, "Int8", activation)], (1, len(layer.bias))
    else:
        deep = layer.kind == "depthwise"
        weights, scales, axis = weights[None] if deep else weights, step.step, 3 if deep else 0
        options = [(0, "Int8", 0 if layer.same else 1), (1, "Int32", layer.stride[1]), (2, "Int32", layer.stride[0])]
        options += [(3, "Int32", 1), (4, "Int8", activation)] if deep else [(3, "Int8", activation)]
        shape = (1, *output)
    constants = [made.constant(weights, scales.tolist(), axis)]
    constants.append(made.constant(step.bias.astype(np.int32), (scales * step.given.scale).tolist()))
    made.add(name, Tensor(shape, **gives), constants, options)


def _files(network: Network, case: dict[str, Any], rows: np.ndarray, level: str) -> dict[str, str]:
    """Texts: the interpreter, the kernels, and the program with the model."""
    model, units, steps = file_of(network, case, rows)
    kinds = list(dict.fromkeys(layer.kind for layer in network.layers))
    pragma = f'#pragma GCC optimize("{level}")\n' if level else ""
    sources = [f"{_MICRO}kernels/{_OPERATORS[kind][2]}{part}.cc" for kind in kinds for part in ("", "_common")]
    values = [int(np.prod(shape)) for _, shape in network.steps()]
    arena = _ARENA.get(
        Path(case["folder"]).name, 4096 + 400 * len(values) + 2 * max(values) + 4 * sum(len(layer.bias) for layer in network.layers)
    )
    program = _PROGRAM.format(
        model=",".join(map(str, model)),
        arena=arena,
        n=len(kinds),
        adds="".join(f"  r->{_OPERATORS[kind][1]}();\n" for kind in kinds),
    )
    table, taken = ("", "") if case["fits_int8"] else quantised.intake(case, steps)
    body = f"  if (interpreter == nullptr && !begin()) return -1;\n{taken}"
    body += f"  const int8_t* const given = {'x' if case['fits_int8'] else 'q'};\n  int8_t* const to = interpreter->input(0)->data.int8;\n"
    body += f"  for (int i = 0; i < {case['n_features']}; ++i) to[i] = given[i];\n  if (interpreter->Invoke() != kTfLiteOk) return -1;\n"
    body += "  const int8_t* const y = interpreter->output(0)->data.int8;\n"
    if "limit" in case:
        back = f"for (int i = 0; i < {case['outputs']}; ++i) out[i] = {units.scale:.9g}f * (y[i] - {units.zero});"
        body += unlike(case, back)
    else:
        body += argmax("y", case["n_classes"])
    return {
        "runtime.cpp": _DEFINES + "".join(f'#include "{source}"\n' for source in _RUNTIME),
        "kernels.cpp": pragma + _DEFINES + "".join(f'#include "{source}"\n' for source in sources),
        "foreign.cpp": _DEFINES + program + table + entry("classifier", dtype_of(case), body, cpp=True),
    }


def dtype_of(case: dict[str, Any]) -> str:
    return "int8" if case["fits_int8"] else "int16"
