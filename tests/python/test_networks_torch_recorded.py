"""PyTorch's layers as they were recorded (tools/record_torch.py): read without PyTorch, and equal to its answers within the bound.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from emlearn import UnsupportedError
from emlearn.families.networks.record import Network
from emlearn.families.networks.torch_layers import LAYERS, Module, read
from emlearn.registry import family_of
from random_networks import model_of

FILE = Path(__file__).with_name("torch_recorded.npz")


@functools.cache
def recorded() -> list[tuple[list[Module], tuple[int, ...], np.ndarray, np.ndarray]]:
    """(layers, shape of a row, rows, answers) of each network."""
    found = []
    with np.load(FILE) as arrays:
        for network in json.loads(str(arrays["record"]))["networks"]:
            prefix = f"{network['seed']}."
            layers = []
            for k, layer in enumerate(network["layers"]):
                start = f"{prefix}{k}."
                tensors = {name.removeprefix(start): arrays[name] for name in arrays.files if name.startswith(start)}
                values = {name: tuple(value) if isinstance(value, list) else value for name, value in layer["values"].items()}
                layers.append(Module(layer["kind"], layer["label"], values | tensors))
            found.append((layers, tuple(network["shape"]), arrays[f"{prefix}rows"], arrays[f"{prefix}answers"]))
    return found


def expected(record: Network, answers: np.ndarray) -> tuple[str, np.ndarray]:
    """The operation that gives the module's answers, channels last, and these as a converted model has them."""
    answers = (np.moveaxis(answers, 1, -1) if answers.ndim > 2 else answers).reshape(len(answers), -1)
    if not record.task.is_discrete:
        return "predict", answers
    return "predict_proba", np.hstack([1 - answers, answers]) if record.is_binary else answers


@pytest.mark.parametrize("number", range(24))
def test_recorded_networks_answer_as_torch_did(number: int) -> None:
    layers, shape, rows, answers = recorded()[number]
    record = read(layers, shape)
    flat = np.moveaxis(rows, 1, -1).reshape(len(rows), -1)
    op, want = expected(record, answers)
    model = model_of(record, "float32")
    bound = family_of(model.record).bound(model.record, op, flat)
    assert np.all(np.isfinite(bound)) and np.all(np.abs(model.answer(op, flat) - want) <= bound)
    assert np.max(np.abs(want)) > 0
    small = model_of(record, "float32", "int8", rows=flat)
    family = family_of(small.record)
    assert np.array_equal(small.answer(op, flat), family.reference(small.record, op, flat))
    assert np.all(np.abs(small.answer(op, flat) - want) <= family.bound(small.record, op, flat))


def test_the_record_has_most_kinds_of_layers() -> None:
    kinds = {layer.kind for layers, *_ in recorded() for layer in layers}
    assert {"Linear", "Conv1d", "Conv2d", "Flatten", "Softmax", "Sigmoid", "Tanh", "LeakyReLU", "ReLU6"} <= kinds <= set(LAYERS)
    assert kinds & {"BatchNorm1d", "BatchNorm2d"} and kinds & {"MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"}


def module(kind: str, **values: object) -> Module:
    """A layer of the record of that kind, with some attributes changed."""
    found = next((layer for layers, *_ in recorded() for layer in layers if layer.kind == kind), None)
    return Module(kind, f"layer 0 ({kind} '0')", {**(found.values if found else {}), **values})


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Module("", "layer 0 (LSTM '0')", {}), (3, 8), r"layer 0 \(LSTM '0'\) has no kernel; supported layers: Linear"),
        (
            module("Conv1d", in_channels=4, out_channels=4, groups=2),
            (4, 8),
            r"groups=2; nearest supported: groups=1 or one for each channel",
        ),
        (module("Conv1d", padding_mode="circular"), (4, 8), r"padding_mode='circular'; nearest supported: 'zeros'"),
        (module("MaxPool1d", kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True), (4, 7), r"ceil_mode=True; nearest"),
        (module("MaxPool1d", kernel_size=2, stride=2, padding=0, dilation=2, ceil_mode=False), (4, 7), r"dilation=2; nearest supported: 1"),
        (module("AvgPool1d", ceil_mode=False, divisor_override=3), (4, 7), r"divisor_override; nearest supported: None"),
        (module("Conv1d", in_channels=5), (9, 8), r"takes 5 channels, what stands before it gives 9: is module.input_shape right"),
        (module("AdaptiveAvgPool1d", output_size=2), (4, 7), r"output_size=2; nearest supported: 1"),
        (module("ConstantPad1d", value=1.0, padding=(1, 1)), (4, 7), r"value=1.0; nearest supported: 0"),
        (module("Flatten", start_dim=0, end_dim=-1), (4, 7), r"flattens axes 0 to -1; nearest supported: 1 to -1"),
        (module("Softmax", dim=0), (4, 7), r"dim=0; nearest supported: 1"),
        (module("Hardtanh", min_val=-1.0, max_val=1.0), (4, 7), r"min_val=-1.0; nearest supported: 0"),
        (module("BatchNorm1d", running_mean=None), (4, 7), r"no running statistics; nearest supported: track_running_stats=True"),
        (module("Linear"), (4, 8), r"works along positions; nearest supported: a Flatten before it"),
    ],
)
def test_what_has_no_kernel_is_refused_by_name(layer: Module, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        read([layer], shape)
