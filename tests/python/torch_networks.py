"""Random PyTorch networks: modules in a row, sizes and weights from a seed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

ACTIVATIONS = (nn.ReLU, nn.ReLU6, lambda: nn.LeakyReLU(0.1), nn.Sigmoid, nn.Tanh, nn.Identity)
OUTPUTS = ("softmax", "sigmoid", "labels", "linear")


def network(seed: int, output: str | None = None) -> nn.Sequential:
    """Up to three blocks over a signal or an image, a Flatten or a mean, and a dense end; ``input_shape`` is set."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    two = bool(rng.integers(2))
    shape = (int(rng.integers(1, 6)), *rng.integers(6, 12, 2 if two else 1).tolist())
    layers: list[nn.Module] = []
    n = shape[0]
    for _ in range(int(rng.integers(1, 4))):
        layers += _block(rng, two, n)
        n = next((layer.out_channels for layer in reversed(layers) if hasattr(layer, "out_channels")), n)
    if rng.integers(3) == 0:
        layers += [(nn.AdaptiveAvgPool2d if two else nn.AdaptiveAvgPool1d)(1)]
    layers.append(nn.Flatten())
    with torch.no_grad():
        n = nn.Sequential(*layers).eval()(torch.zeros(1, *shape)).shape[1]
    if rng.integers(2):
        layers += [nn.Linear(n, 9), ACTIVATIONS[int(rng.integers(len(ACTIVATIONS)))](), nn.Dropout(0.3)]
        n = 9
    output = str(rng.choice(OUTPUTS)) if output is None else output
    layers.append(nn.Linear(n, 1 if output == "sigmoid" else 3))
    layers += {"softmax": [nn.Softmax(1)], "linear": []}.get(output, [nn.Sigmoid()])
    module = nn.Sequential(*layers).eval()
    for name, values in module.state_dict().items():
        if name.endswith("running_var"):
            values.uniform_(0.3, 2.0)
        elif name.endswith("running_mean"):
            values.normal_(0, 0.3)
    module.input_shape = shape
    return module


def _block(rng: np.random.Generator, two: bool, n: int) -> list[nn.Module]:
    kind, size = int(rng.integers(5)), int(rng.integers(1, 4))
    padding = int(rng.integers(0, size // 2 + 1))
    if kind == 0:
        pool = (nn.MaxPool2d, nn.AvgPool2d) if two else (nn.MaxPool1d, nn.AvgPool1d)
        return [pool[int(rng.integers(2))](2, stride=int(rng.integers(1, 3)), padding=int(rng.integers(2)))]
    made: list[nn.Module] = []
    if kind == 1:
        made.append((nn.ZeroPad2d if two else nn.ConstantPad1d)(1, *(() if two else (0.0,))))
    each = kind == 2
    out = n * int(rng.integers(1, 3)) if each else int(rng.integers(1, 9))
    stride = int(rng.integers(1, 3))
    options = {"stride": stride, "groups": n if each else 1, "bias": bool(rng.integers(2))}
    options["padding"] = "same" if stride == 1 and rng.integers(2) else padding
    made.append((nn.Conv2d if two else nn.Conv1d)(n, out, size, **options))
    if rng.integers(2):
        made.append((nn.BatchNorm2d if two else nn.BatchNorm1d)(out))
    return [*made, ACTIVATIONS[int(rng.integers(len(ACTIVATIONS)))]()]


def rows_for(module: nn.Sequential, n_rows: int, seed: int) -> np.ndarray:
    """Rows in PyTorch's shape."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_rows, *module.input_shape)).astype(np.float32)
