"""Headers of networks compile without a warning: float and integers, from the oldest language to the newest, on the compilers of chips.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import pytest
from compiled import COMPILERS, compile_all
from random_networks import integers, model_of, network


def everything():
    """Networks that have every layer, activation and width between them, by what is asked of the compiler."""
    activations = ("identity", "relu", "clipped", "leaky", "elu", "logistic", "tanh")
    floats = [model_of(network(seed, activations), "float32") for seed in (7, 8, 9, 11, 12)]
    for model in floats[2:]:
        model.record = dataclasses.replace(model.record, by_line=len(model.record.strips()))
    return [integers(seed)[0] for seed in (0, 1, 2, 4, 5, 6)] + floats


@pytest.mark.parametrize("name", COMPILERS)
def test_no_compiler_warns(name, tmp_path):
    compile_all(name, everything(), tmp_path)
