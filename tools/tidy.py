"""Runs clang-tidy over the device headers, each by itself, and over the bindings, which instantiate their templates.

The path-sensitive analyzer is left out of the bindings: it takes minutes there, for pybind11's code more than for ours.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pybind11

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Return 0 where nothing was found, else 1, after printing what was."""
    tidy = shutil.which("clang-tidy", path=str(Path(sys.executable).parent)) or shutil.which("clang-tidy")
    if tidy is None:
        print("clang-tidy is missing: pip install '.[lint]'", file=sys.stderr)
        return 1
    flags = ["-std=c++17", f"-I{ROOT / 'include'}"]
    jobs = [[tidy, "--quiet", str(path), "--", "-xc++", *flags] for path in sorted((ROOT / "include").rglob("*.hpp"))]
    flags += [f"-isystem{pybind11.get_include()}", f"-isystem{sysconfig.get_path('include')}"]
    sources = sorted((ROOT / "python/bindings").rglob("*.cpp"))
    jobs += [[tidy, "--quiet", str(path), "--checks=-clang-analyzer-*", "--", *flags] for path in sources]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda job: subprocess.run(job, capture_output=True, text=True, cwd=ROOT, check=False), jobs))
    for job, result in zip(jobs, results, strict=True):
        if result.returncode:
            print(f"{Path(job[2]).relative_to(ROOT)}:\n{result.stdout}{result.stderr}")
    return int(any(result.returncode for result in results))


if __name__ == "__main__":
    sys.exit(main())
