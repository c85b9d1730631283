"""Runs one tool on one case, inside the tool's environment: ``python -m benchmarks.generate TOOL CASE_FOLDER OUT.json``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import pickle
import sys
import warnings
from pathlib import Path

from .tools import SEVERAL_OUTPUTS, TOOLS
from .tools.attempt import Attempt, reason


def main(tool: str, folder: Path, out: Path) -> None:
    warnings.simplefilter("ignore")
    case = json.loads((folder / "case.json").read_text()) | {"folder": str(folder)}
    attempts: list[Attempt] = []
    try:
        if case["framework"] and importlib.util.find_spec(case["framework"]) is None:
            raise NotImplementedError(f"{case['kind']} is not supported")
        if "outputs" in case and tool not in SEVERAL_OUTPUTS:
            raise NotImplementedError("several outputs are not tried")
        with (folder / "bare.pkl").open("rb") as stream:
            estimator = pickle.load(stream)
        module = importlib.import_module(f"benchmarks.tools.{TOOLS[tool]}")
        attempts.extend(module.generate(estimator, case))
    except Exception as error:  # the tool as a whole cannot: that is its entry in the table
        attempts.append(Attempt("", "float32", failure=reason(error)))
    out.write_text(json.dumps([dataclasses.asdict(attempt) for attempt in attempts]))


if __name__ == "__main__":
    sys.setrecursionlimit(20000)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
