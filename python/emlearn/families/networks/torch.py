"""PyTorch modules in a row, nn.Sequential of nn.Sequentials, described for :mod:`.torch_layers`, which reads them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ...errors import UnsupportedError
from .framework import answers
from .record import Network
from .torch_layers import LAYERS, NOTHING, Module, read

_nn = torch.nn

_KINDS: dict[type, str] = {getattr(_nn, name): name for name in LAYERS}


def read_sequential(module: Any) -> Network:
    """Layers in order, with their weights; the shape of a row is ``module.input_shape``, or that of a first Linear.

    Raises
    ------
    UnsupportedError
        A layer has no kernel, or the shape of a row is not known.
    """
    layers = described(module)
    return read(layers, _input_shape(module, layers))


def described(module: Any) -> list[Module]:
    """The layers of a module, nested Sequentials opened."""
    return [_described(layer, f"layer {k} ({type(layer).__name__} {name!r})") for k, (name, layer) in enumerate(_layers(module))]


def _described(layer: Any, label: str) -> Module:
    kind = next((_KINDS[cls] for cls in type(layer).__mro__ if cls in _KINDS), "")
    names = LAYERS[kind][1] if kind else ()
    return Module(kind, label, {name: _plain(getattr(layer, name, None)) for name in names})


def _plain(value: Any) -> Any:
    """Tensors as arrays."""
    return np.asarray(value.detach().cpu().numpy()) if isinstance(value, torch.Tensor) else value


def answer(module: Any, op: str, X: Any) -> np.ndarray:
    """The module's own answer, in the shape of scikit-learn's, for rows with channels last."""
    shape = _input_shape(module, described(module))
    rows = np.asarray(X, dtype=np.float32).reshape(-1, *shape[1:], shape[0])
    was_training = module.training
    module.eval()
    with torch.no_grad():
        values = module(torch.from_numpy(np.ascontiguousarray(np.moveaxis(rows, -1, 1)))).numpy()
    module.train(was_training)
    record = read_sequential(module)
    if values.ndim > 2:  # a plane of answers: channels last, as everywhere
        values = np.moveaxis(values, 1, -1)
    return answers(record, op, values.reshape(len(rows), -1))


def _layers(module: Any, name: str = "") -> list[tuple[str, Any]]:
    """(name, module) in order, nested Sequentials opened."""
    found: list[tuple[str, Any]] = []
    for key, layer in module.named_children():
        path = f"{name}.{key}" if name else key
        found += _layers(layer, path) if isinstance(layer, _nn.Sequential) else [(path, layer)]
    return found


def _input_shape(module: Any, layers: list[Module]) -> tuple[int, ...]:
    """A row's shape as PyTorch has it: channels, then height and width."""
    shape = getattr(module, "input_shape", None)
    if shape is None:
        first = next((layer for layer in layers if layer.kind not in NOTHING), None)
        if first is None or first.kind != "Linear":
            raise UnsupportedError(
                "the PyTorch module does not tell the shape of its rows: set module.input_shape, such as (channels, length)"
            )
        shape = (first.in_features,)
    shape = tuple(int(n) for n in shape)
    if not 1 <= len(shape) <= 3 or min(shape) < 1:
        raise UnsupportedError(f"module.input_shape={shape}: give channels, and up to two further sizes, without the batch")
    return shape


READERS = {_nn.Sequential: read_sequential}

ANSWERS = {_nn.Sequential: answer}
