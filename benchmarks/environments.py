"""Virtual environments for the other tools, under build/benchmarks/environments, made by the benchmark itself.

emlearn 0.23 has one of its own, because the names clash.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
import sys
from pathlib import Path

#: What is installed, by environment and what needs it. ``{sklearn}`` and ``{numpy}`` are this interpreter's, so that estimators unpickle.
BASE = ("scikit-learn=={sklearn}", "numpy=={numpy}")
PACKAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "emlearn-0.23": {"emlearn 0.23": ("emlearn==0.23.2", "setuptools==80.9.0")},
    "others": {
        "xgboost": ("xgboost==3.2.0",),
        "m2cgen": ("m2cgen==0.10.0",),
        "micromlgen": ("micromlgen==1.1.28",),
        "everywhereml": ("everywhereml==0.2.40",),
        "tl2cgen": ("treelite==4.8.1", "tl2cgen==1.0.0"),
        "CMSIS-NN": (),  # sources, see tools/cmsis_nn.py
        "TFLite Micro": ("flatbuffers==25.12.19",),  # writes its files; sources, see tools/tflite_micro.py
        "onnxruntime": ("onnxruntime==1.32.0", "skl2onnx==1.20.0"),
    },
}


class Environment:
    """One virtual environment.

    Attributes
    ----------
    python : Path
        Its interpreter.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.folder = root / name
        self.python = self.folder / "bin" / "python"
        self._wanted = PACKAGES[name]

    def install(self, what: str) -> str:
        """Make sure that `what` is there; why it is not, or "" where it is."""
        return self._base() or self._install(what, self._wanted[what])

    @functools.cache  # noqa: B019  two or three objects that live as long as the run
    def _base(self) -> str:
        if not self.python.exists():
            made = subprocess.run([sys.executable, "-m", "venv", str(self.folder)], capture_output=True, text=True, check=False)
            if made.returncode:
                return f"python -m venv failed: {_last_line(made)}"
        versions = {"sklearn": importlib.metadata.version("scikit-learn"), "numpy": importlib.metadata.version("numpy")}
        pins = tuple(pin.format(**versions) for pin in BASE)
        (self.folder / "constraints.txt").write_text("\n".join(pins) + "\n")
        return self._install("base", pins)

    def _install(self, what: str, packages: tuple[str, ...]) -> str:
        mark = self.folder / f".{what}"
        if not packages or (mark.exists() and mark.read_text() == " ".join(packages)):
            return ""
        command = [
            str(self.python),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "-c",
            str(self.folder / "constraints.txt"),
        ]
        done = subprocess.run([*command, *packages], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"pip install {' '.join(packages)} failed: {_last_line(done)}"
        mark.write_text(" ".join(packages))
        return ""


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1][:200] if lines else f"exit code {done.returncode}"


def environment_of(what: str) -> str:
    """The environment that a tool or framework lives in."""
    return next(name for name, wanted in PACKAGES.items() if what in wanted)
