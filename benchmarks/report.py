"""The tables in Markdown and HTML: per case and target the best faithful other, this library in each mode, and the ratios.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import html
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from . import ours, products, published, summary
from .cases import Case
from .summary import FAITHFUL, MODE_FOR

_INTRODUCTION = """\
Made by `{command}`. Flash: bytes that `predict` adds to a firmware, tables and whatever it drags in from libgcc and libm
included. Cost: {units}, from the first instruction of `predict` to its return, mean over the test rows. Each cell is flash / cost.
*Best other*: the least flash and the least cost of all tools and all their options, quantised ones included, that agree with the
estimator on at least {faithful:.0%} of the test rows; the two can be different tools. *Ours*: the same rule for all of our modes, types of
rows and opt-ins (quantised arithmetic, fewer bits per leaf: named where they are it). *Exact*: a mode without opt-ins, which answers as
scikit-learn does. Ratios are ours / best other, below 1 is smaller or faster; those of exact modes are the flash of `size` and the
cost of `speed`."""

_MEANS = """\
Geometric means of ours / best other over the cases that both do. *Beside edited sources*: best others then include generated code that
the benchmark rewrote for rows of whole numbers, which those tools do not offer.

"""

_BEHIND = """\
Where the flash of `size` or the cost of `speed`, without opt-ins, is behind the best faithful other on rows of the same kind (float32, or
whole numbers); sources that the benchmark edited are apart. *With opt-ins*: the best of all modes, quantised arithmetic and fewer bits per
leaf included, which is what a quantised other is comparable with.

"""


@dataclasses.dataclass
class Report:
    """All rows of one run."""

    rows: list[dict[str, Any]]
    throughput: list[dict[str, Any]]
    cases: Sequence[Case]
    targets: Sequence[str]
    missing: dict[str, str]
    versions: dict[str, str]
    command: str

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        everything = dataclasses.asdict(self) | {"cases": {case.name: case.title for case in self.cases}, "summary": self.summary()}
        (folder / "benchmark.json").write_text(_json(everything))
        text = self.markdown()
        (folder / "benchmark.md").write_text(text)
        (folder / "benchmark.html").write_text(to_html(text))

    def summary(self, but: Sequence[str] = ()) -> list[dict[str, Any]]:
        """One entry per case and target, without the tools of `but`."""
        rows = [row for row in self.rows if row["tool"] not in but]
        return [summary.entry_of(rows, case.name, target) for target in self.targets for case in self.cases]

    def markdown(self) -> str:
        """The whole report."""
        entries = self.summary()
        parts = [
            "# Benchmark\n",
            _INTRODUCTION.format(command=self.command, units=self._units(), faithful=FAITHFUL) + "\n",
            "## On the whole\n",
            self._means(entries),
            "## Behind\n",
            self._behind(),
        ]
        for target in self.targets:
            parts += [f"## {target}\n", self._target([entry for entry in entries if entry["target"] == target])]
        networks = products.table(self.rows, self.cases, self.targets)
        if len(networks) > 1:
            parts += ["## Networks\n", products.INTRODUCTION + markdown_table(networks)]
        if self.throughput:
            parts += ["## Rows per second on the host\n", throughput_table(self.throughput)]
        count, apart = published.lines(self.summary(but=published.NOT_THERE))
        if count:
            parts += ["## Beside figures published earlier\n", published.INTRODUCTION + count + "\n", markdown_table(apart)]
        parts += [
            "## What did not work\n",
            self._failures(),
            "## Versions\n",
            "\n".join(f"- {name}: {value}" for name, value in self.versions.items()) + "\n",
        ]
        if self.missing:
            parts += ["Targets left out: " + "; ".join(f"{name} ({why})" for name, why in self.missing.items()) + "\n"]
        return "\n".join(parts)

    def compact(self, shown: Sequence[str] = ("avr-atmega328p", "cortex-m0plus")) -> str:
        """For the README: the means per target, and the cases on those `shown`."""
        entries, titles = self.summary(), {case.name: case.title for case in self.cases}
        parts = [markdown_table(line[:7] for line in self._mean_lines(entries))]
        for target in shown:
            table = [[f"{target}: flash B / {self._unit(target)}", "best other", "ours", "ratios", "exact, size", "exact, speed"]]
            for entry in (entry for entry in entries if entry["target"] == target):
                ratios = [number(entry["ratios"]["best"][what]) for what in MODE_FOR]
                best = [cell(entry["offered"]["flash"], "flash"), cell(entry["offered"]["cost"], "cost")]
                other = "none" if entry["offered"]["flash"] is None else " / ".join(best)
                modes = [cell(entry["ours"].get(mode)) for mode in MODE_FOR.values()]
                table.append([titles[entry["case"]], other, _ours(entry["any"], short=True), " / ".join(ratios), *modes])
            parts.append(markdown_table(table))
        return "\n".join(parts)

    def _units(self) -> str:
        return ", ".join(f"{unit} on {target}" for target in self.targets if (unit := self._unit(target)))

    def _unit(self, target: str) -> str:
        return next((row["unit"] for row in self.rows if row["target"] == target and row["unit"]), "")

    def _means(self, entries: list[dict[str, Any]]) -> str:
        return _MEANS + markdown_table(self._mean_lines(entries))

    def _mean_lines(self, entries: list[dict[str, Any]]) -> list[list[str]]:
        table = [["target", "flash", "cost", "cases", "exact modes alone: flash", "cost", "no faithful other"]]
        table[0] += ["beside edited sources: flash", "cost"]
        for target in self.targets:
            here = [entry for entry in entries if entry["target"] == target]
            line = [target]
            means = {
                name: [number(summary.mean(entry["ratios"][name][what] for entry in here)) for what in MODE_FOR]
                for name in ("best", "modes", "edited")
            }
            both = sum(entry["ratios"]["best"]["flash"] is not None for entry in here)
            alone = [entry["case"] for entry in here if entry["edited"]["flash"] is None and entry["ours"]]
            table.append([*line, *means["best"], str(both), *means["modes"], ", ".join(alone) or "-", *means["edited"]])
        return table

    def _target(self, entries: list[dict[str, Any]]) -> str:
        table = [["case", "best other", "ours", "flash ratio", "cost ratio", *(f"exact, {mode}" for mode in ours.MODES)]]
        table[0] += ["exact modes alone: flash ratio", "cost ratio", "edited source"]
        titles = {case.name: case.title for case in self.cases}
        for entry in entries:
            mine = [cell(entry["ours"].get(mode)) for mode in ours.MODES]
            best, modes = ([number(entry["ratios"][name][what]) for what in MODE_FOR] for name in ("best", "modes"))
            edited = _best_cell(entry["edited"], None) if entry["edited"] != entry["offered"] else ""
            other = _best_cell(entry["offered"], entry["unfaithful"])
            table.append([titles[entry["case"]], other, _ours(entry["any"]), *best, *mine, *modes, edited])
        return markdown_table(table)

    def _behind(self) -> str:
        table = [["case", "target", "rows", "figure", "ours", "with opt-ins", "best other", "by"]]
        for case, target in itertools.product(self.cases, self.targets):
            for one in summary.behind(self.rows, case.name, target):
                figures = [cell(one[key], one["what"]) for key in ("exact", "any", "other")]
                by = f"{one['other']['tool']}: {one['other']['variant']}"
                table.append([case.name, target, one["rows"], one["what"], *figures, by])
        return _BEHIND + markdown_table(table) if len(table) > 1 else "Nowhere.\n"

    def _failures(self) -> str:
        """Per tool and case: the reason, where no option gave anything on some target."""
        table = [["case", "tool", "target", "why"]]
        for case in self.cases:
            for tool in dict.fromkeys(row["tool"] for row in self.rows if row["case"] == case.name):
                reasons: dict[str, list[str]] = {}
                for target in self.targets:
                    here = [row for row in self.rows if (row["case"], row["tool"], row["target"]) == (case.name, tool, target)]
                    if all(row["failure"] for row in here):
                        why = "; ".join(dict.fromkeys(row["failure"] for row in here[:3]))
                    elif all(row["failure"] or row["agreement"] < FAITHFUL for row in here):
                        why = f"agrees on {max(row['agreement'] for row in here if not row['failure']):.1%} at most"
                    else:
                        continue
                    reasons.setdefault(why, []).append(target)
                for why, where in reasons.items():
                    table.append([case.name, tool, "all" if len(where) == len(self.targets) else ", ".join(where), why])
        return markdown_table(table)


def _json(everything: dict[str, Any]) -> str:
    """Lists with one entry a line, so that a change shows as the lines that it touches."""
    texts = []
    for name, value in everything.items():
        entries = ",\n  ".join(json.dumps(entry) for entry in value) if isinstance(value, list) else ""
        texts.append(f" {json.dumps(name)}: " + (f"[\n  {entries}\n ]" if entries else json.dumps(value)))
    return "{\n" + ",\n".join(texts) + "\n}\n"


def quote(page: Path, text: str) -> None:
    """Put the text between the marks of a page."""
    begin, end = "<!-- results: written by benchmarks/run.py -->\n", "<!-- end of results -->"
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{page} lacks the marks {begin.strip()} and {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def quoted(text: str) -> str:
    """Everything of the report but its title, one heading level down."""
    return re.sub(r"^## ", "### ", text.partition("\n\n")[2], flags=re.MULTILINE)


def throughput_table(rows: Sequence[dict[str, Any]]) -> str:
    """Ratios to scikit-learn, timed by turns in one process each."""
    table = [["case", "predictor", "one row: times scikit-learn's rate", "10,000 rows: times scikit-learn's rate"]]
    for row in rows:
        table.append([row["case"], row["predictor"], row["failure"] or number(row["one"]), "" if row["failure"] else number(row["many"])])
    return markdown_table(table)


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(row: dict[str, Any] | None, what: str = "") -> str:
    """Flash / cost of a row, or one of the two."""
    if row is None:
        return "-"
    both = {"flash": f"{row['flash']:,}", "cost": f"{row['cost']:,.0f}"}
    return both[what] if what else " / ".join(both.values())


def _ours(found: dict[str, Any], short: bool = False) -> str:
    """Least flash / least cost of ours, and which opt-in has it."""
    cells = []
    for what, row in found.items():
        how = summary.opt_in(row) if row else ""
        how = how.removeprefix("quantised to ").replace("leaf_bits auto", "leaf bits") if short else how
        cells.append(cell(row, what) + (f" ({how})" if how else ""))
    return " / ".join(cells)


def _best_cell(found: dict[str, Any], unfaithful: dict[str, Any] | None) -> str:
    if found["flash"] is None:
        return "none" if unfaithful is None else f"none ({cell(unfaithful)}, {unfaithful['tool']}, at {unfaithful['agreement']:.1%})"
    tools = dict.fromkeys(row["tool"] for row in found.values())
    return " / ".join(cell(row, what) for what, row in found.items()) + f" ({', '.join(tools)})"


def markdown_table(table: Iterable[Sequence[str]]) -> str:
    lines = list(table)
    head, *body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *body]) + "\n"


def to_html(markdown: str) -> str:
    """The few forms that :meth:`Report.markdown` uses."""
    out, in_table = [], False
    for line in markdown.splitlines():
        text = re.sub(r"\*(\S[^*]*)\*", r"<em>\1</em>", re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(line)))
        if line.startswith("|---"):
            continue
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", text)[1:-1]
            tag = "td" if in_table else "th"
            out.append(("" if in_table else "<table>") + "<tr>" + "".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in cells) + "</tr>")
            in_table = True
            continue
        if in_table:
            out.append("</table>")
            in_table = False
        if heading := re.match(r"(#+) (.*)", text):
            out.append(f"<h{len(heading[1])}>{heading[2]}</h{len(heading[1])}>")
        elif line.startswith("- "):
            out.append(f"<li>{text[2:]}</li>")
        else:
            out.append(text or "<p>")
    style = (
        "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #bbb;padding:2px 6px;text-align:left}"
    )
    return f'<!doctype html><meta charset="utf-8"><title>Benchmark</title><style>{style}</style>\n' + "\n".join(out) + "\n"
