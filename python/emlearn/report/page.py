"""A bench as one HTML file: its table, and two plots.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import html
import importlib.util
import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..files import write_whole
from ..targets import ToolMissingError

if TYPE_CHECKING:
    from .result import Bench, Row

_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 80em; padding: 0 1em; color: #222 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; display: block; overflow-x: auto }
th, td { padding: .25em .7em; border-bottom: 1px solid #ddd; text-align: right; white-space: nowrap }
th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left }
pre { margin: 0; white-space: pre-wrap; font: inherit } svg { max-width: 100%; height: auto }"""

#: Where the bytes go, in colours that all can tell apart (Okabe and Ito).
_PARTS = {"code": "#0072B2", "tables": "#E69F00", "library": "#999999"}
#: Costs are shown by powers of ten where the largest mean is more than so many times the smallest.
_FAR_APART = 8
_COMMAS = "{x:,.0f}"
_MODES = {"size": "#009E73", "balanced": "#0072B2", "speed": "#D55E00"}


def require_plots() -> None:
    """Do nothing where matplotlib is installed.

    Raises
    ------
    ToolMissingError
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise ToolMissingError("the HTML report's plots need matplotlib, which is not installed: pip install 'emlearn[plots]'")


def page(bench: Bench, path: str | os.PathLike[str]) -> None:
    """Write the file, whole or not at all."""
    require_plots()
    title = html.escape(f"{bench.estimator} on {len({row.target for row in bench.rows})} targets, {bench.n_rows:,} rows")
    figures = []
    measured = [row for row in bench.rows if row.flash is not None]
    if costed := [row for row in measured if row.cost_mean is not None]:
        figures.append(
            ("Size against cost", "One call, mean over the rows; bars from the least to the most.", _figure(costed, _size_against_cost))
        )
    if measured:
        figures.append(("Where the bytes go", "Flash over the same firmware with an empty function.", _figure(measured, _where_bytes_go)))
    plots = "".join(f"<h2>{name}</h2><p>{text}</p>{svg}" for name, text, svg in figures)
    write_whole(
        path,
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{bench.table_html()}{plots}</body></html>\n",
    )


def _figure(rows: list[Row], draw: Callable[[Any, list[Row]], None]) -> str:
    """Drawn without pyplot, whose state belongs to the user; the same SVG each time."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    stream = io.StringIO()
    with rc_context({"svg.hashsalt": "emlearn", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure, rows)
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _label(row: Row) -> str:
    return " ".join(part for part in (row.op, row.optimize) if part)


def _size_against_cost(figure: Any, rows: list[Row]) -> None:
    """One small plot for each target, as units differ."""
    targets = list(dict.fromkeys(row.target for row in rows))
    one_op = len({row.op for row in rows}) == 1
    columns = min(3, len(targets))
    lines = -(-len(targets) // columns)
    figure.set_size_inches(3.6 * columns, 2.8 * lines)
    for k, target in enumerate(targets):
        axes = figure.add_subplot(lines, columns, k + 1)
        points: dict[tuple[Any, Any], list[Row]] = {}
        for row in (row for row in rows if row.target == target):
            points.setdefault((row.flash, row.cost_mean), []).append(row)
        for (flash, mean), same in points.items():
            least, most = (getattr(same[0], name) for name in ("cost_min", "cost_max"))
            spread = [[mean - least], [most - mean]]
            axes.errorbar([flash], [mean], yerr=spread, fmt="o", capsize=3, color=_MODES.get(same[0].optimize, "#222222"))
            axes.annotate(
                "\n".join(row.optimize if one_op and row.optimize else _label(row) for row in same),
                (flash, mean),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_title(target)
        axes.set_xlabel("flash in B")
        axes.set_ylabel(next(row.unit for row in rows if row.target == target))
        here = [row for row in rows if row.target == target]
        means = [row.cost_mean for row in here if row.cost_mean]
        if means and max(means) > _FAR_APART * min(means):
            axes.set_yscale("log")
        else:
            axes.set_ylim(0, 1.1 * max(row.cost_max or 0 for row in here) or 1)
            axes.yaxis.set_major_formatter(_COMMAS)
        axes.set_xlim(0, 1.5 * max(row.flash or 0 for row in here) or 1)  # with room for the names
        axes.locator_params(axis="x", nbins=4)
        axes.xaxis.set_major_formatter(_COMMAS)
        axes.grid(alpha=0.3)


def _where_bytes_go(figure: Any, rows: list[Row]) -> None:
    figure.set_size_inches(9, 0.9 + 0.34 * len(rows))
    axes = figure.add_subplot()
    names = [f"{row.target}: {_label(row)}" for row in rows]
    starts = [0] * len(rows)
    for part, colour in _PARTS.items():
        values = [getattr(row, part) for row in rows]
        axes.barh(names, values, left=starts, color=colour, label=part)
        starts = [start + value for start, value in zip(starts, values)]
    for name, total in zip(names, starts):
        axes.annotate(f"{total:,}", (total, name), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_xlim(0, 1.08 * max(starts) or 1)
    axes.xaxis.set_major_formatter(_COMMAS)
    axes.invert_yaxis()
    axes.set_xlabel("flash in B")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
