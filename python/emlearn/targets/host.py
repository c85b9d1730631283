"""Runs a compiled program on this machine.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from .errors import DeviceError


def run(program: Path, rows: bytes, n_rows: int, row_answer_bytes: int, seconds: float) -> bytes:
    """What `program` answers to `rows`.

    Raises
    ------
    DeviceError
        A crash, a sanitizer's finding, or no end within `seconds`; names the row that did it.
    """
    try:
        outcome = subprocess.run([str(program)], input=rows, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise DeviceError(f"the compiled header did not end within {seconds:g} s for {n_rows} rows") from None
    done = len(outcome.stdout) // row_answer_bytes
    said = outcome.stderr.decode(errors="replace").strip()
    if outcome.returncode != 0:
        code = outcome.returncode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        raise DeviceError(f"the compiled header {how} at row {done}" + (f":\n{said}" if said else ""), done)
    if len(outcome.stdout) != n_rows * row_answer_bytes:
        raise DeviceError(f"the compiled header answered {done} of {n_rows} rows")
    return outcome.stdout
