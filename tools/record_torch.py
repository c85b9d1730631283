"""Records what PyTorch's layers are and answer, for tests where it is not installed: tests/python/torch_recorded.npz.

    python tools/record_torch.py

Needs torch, any version: Debian has a small one for its own Python (python3-torch, without CUDA). The networks are those of
tests/python/torch_networks.py; each gets its layers as :func:`emlearn.families.networks.torch.described` gives them, rows, and the module's
own answers to these.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

TESTS = Path(__file__).resolve().parents[1] / "tests" / "python"
sys.path.insert(0, str(TESTS))

SEEDS = range(24)
ROWS = 6


def main() -> None:
    import torch
    from emlearn.families.networks.torch import described
    from torch_networks import network, rows_for

    arrays: dict[str, np.ndarray] = {}
    networks = []
    for seed in SEEDS:
        module = network(seed)
        layers = []
        for k, layer in enumerate(described(module)):
            values: dict[str, Any] = {}
            for name, value in layer.values.items():
                if isinstance(value, np.ndarray):
                    arrays[f"{seed}.{k}.{name}"] = value
                else:
                    values[name] = value
            layers.append({"kind": layer.kind, "label": layer.label, "values": values})
        rows = rows_for(module, ROWS, seed)
        with torch.no_grad():
            answers = module(torch.from_numpy(rows)).numpy()
        arrays[f"{seed}.rows"], arrays[f"{seed}.answers"] = rows, answers
        networks.append({"seed": seed, "shape": list(module.input_shape), "layers": layers})
    record = json.dumps({"torch": torch.__version__, "networks": networks})
    np.savez_compressed(TESTS / "torch_recorded.npz", record=np.array(record), **arrays)


if __name__ == "__main__":
    main()
