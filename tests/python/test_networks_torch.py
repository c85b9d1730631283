"""PyTorch modules: read as they compute, channels first made last; what has no kernel is refused by name.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import emlearn
import numpy as np
import pytest
from emlearn import UnsupportedError

torch = pytest.importorskip("torch", reason="torch is not installed (it brings gigabytes): pip install torch")
nn = torch.nn


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")  # torch's, of its own copies
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("numeric", ["exact", "int8"])
def test_random_networks_are_read_as_torch_computes_them(seed, numeric):
    from torch_networks import network, rows_for

    module = network(seed)
    X = rows_for(module, 40, seed)
    options = {} if numeric == "exact" else {"numeric": numeric, "calibration": X[:30]}
    report = emlearn.convert(module, **options).verify(X)
    assert report.ok and report.rows == 40, f"{report}"


def test_rows_are_channels_last_and_X_may_be_as_torch_has_it():
    from torch_networks import network, rows_for

    module = network(1, "softmax")
    X = rows_for(module, 5, 0)
    model = emlearn.convert(module)
    assert np.array_equal(model.predict(X), model.predict(np.moveaxis(X, 1, -1).reshape(5, -1)))
    with torch.no_grad():
        assert np.array_equal(model.predict(X), module(torch.from_numpy(X)).argmax(1).numpy())


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        ([nn.LSTM(3, 4)], (3, 8), r"layer 0 \(LSTM '0'\) has no kernel; supported layers: Linear"),
        ([nn.Conv1d(4, 4, 3, groups=2)], (4, 8), r"groups=2; nearest supported: groups=1 or one for each channel"),
        ([nn.Conv1d(4, 4, 3, padding=1, padding_mode="circular")], (4, 8), r"padding_mode='circular'; nearest supported: 'zeros'"),
        ([nn.MaxPool1d(2, ceil_mode=True)], (4, 7), r"ceil_mode=True; nearest supported: False"),
        ([nn.Conv1d(4, 4, 3)], (3, 8), r"takes 4 channels, what stands before it gives 3: is module.input_shape right"),
        ([nn.Conv1d(4, 4, 3), nn.Linear(6, 2)], (4, 8), r"works along positions; nearest supported: a Flatten before it"),
        ([nn.Conv1d(4, 4, 3), nn.Flatten()], (4, 8), r"ends in a Flatten"),
        ([nn.Conv1d(4, 4, 3)], None, r"does not tell the shape of its rows: set module.input_shape"),
    ],
)
def test_what_has_no_kernel_is_refused_by_name(layers, shape, message):
    module = nn.Sequential(*layers)
    if shape is not None:
        module.input_shape = shape
    with pytest.raises(UnsupportedError, match=message):
        emlearn.convert(module)
