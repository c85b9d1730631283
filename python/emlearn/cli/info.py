"""``emlearn info``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from ..report.estimate import Estimate, estimates
from . import source
from .shell import plain_errors, show, show_json, show_table

EXAMPLES = """
\b
Example:
  emlearn info gesture.skops
"""


def info(model_file: source.ModelFile, trust: source.Trust = False, json: source.Json = False) -> None:
    """Show what an estimator becomes: its kind, its tables, and about how large it is on chips."""
    with plain_errors():
        model = source.load(model_file, trust)
        if json:
            show_json({"file": str(model_file), **source.identity(model), "estimates": [found.to_dict() for found in estimates(model)]})
            return
        report, head = model.report(), model.head
        rows = [(key, value) for key, value in report.facts.items()]
        if head.feature_names:
            rows.append(("features", ", ".join(head.feature_names)))
        rows += [("classes", ", ".join(map(str, labels.tolist()))) for labels in head.classes]
        rows += [("functions", ", ".join(report.ops)), *(("made with", f"{key} {value}") for key, value in head.versions.items())]
        show_table(rows)
        show("")
        show_table([*report.tables.items(), ("all tables", report.total_bytes)], ("table", "bytes"))
        show("")
        show_table(
            [_cells(found) for found in estimates(model)], ("chip, estimated", "flash", "off by", "of", "RAM with stack", "of", "fits")
        )


def _cells(found: Estimate) -> tuple[str, ...]:
    sizes = (f"{size:,}" for size in (found.flash, found.off, found.flash_size, found.ram_needed, found.ram_size))
    return (found.target, *sizes, "yes" if found.fits else "NO")
