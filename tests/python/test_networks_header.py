"""Headers of networks compile without a warning: float and integers, from the oldest language to the newest, on the compilers of chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
import subprocess

import pytest
from emlearn import get_include
from emlearn.cpp import Signature
from random_networks import integers, model_of, network

COMPILERS = {
    "c++11": ["g++", "-std=c++11"],
    "c++23": ["g++", "-std=c++23"],
    "avr": ["avr-g++", "-std=gnu++11", "-mmcu=atmega2560", "-Os"],
    "thumb-1": ["arm-none-eabi-g++", "-std=gnu++14", "-mcpu=cortex-m0plus", "-mthumb", "-Os"],
    "dsp": ["arm-none-eabi-g++", "-std=gnu++17", "-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard", "-O2"],
}
FLAGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-fno-exceptions", "-c", "main.cpp"]


def everything():
    """Networks that have every layer, activation and width between them, by what is asked of the compiler."""
    activations = ("identity", "relu", "clipped", "leaky", "elu", "logistic", "tanh")
    return [integers(seed)[0] for seed in (0, 1, 2, 4, 5, 6)] + [model_of(network(seed, activations), "float32") for seed in (7, 8, 9)]


@pytest.mark.parametrize("name", COMPILERS)
def test_no_compiler_warns(name, tmp_path):
    compiler = COMPILERS[name]
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    text = []
    for k, model in enumerate(everything()):
        if name == "avr" and model.input.dtype == "float64":
            continue
        model.save(tmp_path / f"net{k}.hpp")
        calls = []
        for op in model.record.ops:
            signature, kind = (
                Signature.of(model.record.task, op),
                "int32_t" if op == "predict" and model.record.task.is_discrete else "float",
            )
            out = f"static {kind} {op}[{model.record.task.width(op)}];"
            calls.append(f"{out} net{k}::{op}(x, {op});" if signature.out else f"static_cast<void>(net{k}::{op}(x));")
        text.append(f'#include "net{k}.hpp"\nvoid ask{k}(const {model.input.c_type}* x) {{ {" ".join(calls)} }}\n')
    (tmp_path / "main.cpp").write_text("\n".join(text))
    outcome = subprocess.run([*compiler, f"-I{get_include()}", *FLAGS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr[:3000]
