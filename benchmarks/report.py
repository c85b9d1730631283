"""The tables: per case and target the best faithful other, this library in each mode, and the ratios.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import html
import json
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from . import ours
from .cases import Case

#: The share of test rows that must agree with the estimator.
FAITHFUL = 0.99

_INTRODUCTION = """\
Made by `{command}`. Flash: bytes that `predict` adds to a firmware, tables and whatever it drags in from libgcc and libm
included. Cost: {units}, from the first instruction of `predict` to its return, mean over the test rows. Each cell is flash / cost.
*Best other*: the least flash and the least cost of all tools and all their options that agree with the estimator on at least
{faithful:.0%} of the test rows; the two can be different tools. Ratios are ours / best other: below 1 is smaller, or faster."""

_MEANS = """\
Geometric means of ours / best other over the cases that both do. *Edited sources* also counts generated code that the benchmark
rewrote for rows of whole numbers, which those tools do not offer.

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
        (folder / "benchmark.json").write_text(json.dumps(everything, indent=1) + "\n")
        text = self.markdown()
        (folder / "benchmark.md").write_text(text)
        (folder / "benchmark.html").write_text(to_html(text))

    def summary(self) -> list[dict[str, Any]]:
        """One entry per case and target."""
        entries = []
        for target in self.targets:
            for case in self.cases:
                here = [row for row in self.rows if row["case"] == case.name and row["target"] == target]
                others = [row for row in here if row["tool"] != ours.NAME]
                mine = {mode: chosen for mode in ours.MODES if (chosen := of_mode(here, mode))}
                entry: dict[str, Any] = {"case": case.name, "target": target, "ours": mine}
                for name, rows in (("offered", [row for row in others if not row["edited"]]), ("edited", others)):
                    entry[name] = {what: best(rows, what) for what in ("flash", "cost")}
                    for what, mode in (("flash", "size"), ("cost", "speed")):
                        entry[f"{name}_{what}_ratio"] = ratio(mine.get(mode), entry[name][what], what)
                entry["unfaithful"] = nearest(others)
                entries.append(entry)
        return entries

    def markdown(self) -> str:
        """The whole report."""
        entries = self.summary()
        units = ", ".join(f"{unit} on {target}" for target in self.targets if (unit := self._unit(target)))
        parts = [
            "# Benchmark\n",
            _INTRODUCTION.format(command=self.command, units=units, faithful=FAITHFUL) + "\n",
            "## On the whole\n",
            self._means(entries),
        ]
        for target in self.targets:
            parts += [f"## {target}\n", self._target(target, [entry for entry in entries if entry["target"] == target])]
        if self.throughput:
            parts += ["## Rows per second on the host\n", throughput_table(self.throughput)]
        parts += [
            "## What did not work\n",
            self._failures(),
            "## Versions\n",
            "\n".join(f"- {name}: {value}" for name, value in self.versions.items()) + "\n",
        ]
        if self.missing:
            parts += ["Targets left out: " + "; ".join(f"{name} ({why})" for name, why in self.missing.items()) + "\n"]
        return "\n".join(parts)

    def _unit(self, target: str) -> str:
        return next((row["unit"] for row in self.rows if row["target"] == target and row["unit"]), "")

    def _means(self, entries: list[dict[str, Any]]) -> str:
        table = [["target", "flash, mode size", "cost, mode speed", "cases", "beside edited sources: flash", "cost", "no faithful other"]]
        for target in self.targets:
            here = [entry for entry in entries if entry["target"] == target]
            line = [target]
            for name in ("offered", "edited"):
                line += [_mean(entry[f"{name}_{what}_ratio"] for entry in here) for what in ("flash", "cost")]
                if name == "offered":
                    line.append(str(sum(entry["offered_flash_ratio"] is not None for entry in here)))
            alone = [entry["case"] for entry in here if entry["edited"]["flash"] is None and entry["ours"]]
            table.append([*line, ", ".join(alone) or "-"])
        return _MEANS + _markdown(table)

    def _target(self, target: str, entries: list[dict[str, Any]]) -> str:
        table = [["case", "best other", *(f"ours, {mode}" for mode in ours.MODES), "flash ratio", "cost ratio", "edited source"]]
        titles = {case.name: case.title for case in self.cases}
        for entry in entries:
            mine = [_cell(entry["ours"].get(mode)) for mode in ours.MODES]
            ratios = [_number(entry[f"offered_{what}_ratio"]) for what in ("flash", "cost")]
            edited = _best_cell(entry["edited"], None) if entry["edited"] != entry["offered"] else ""
            table.append([titles[entry["case"]], _best_cell(entry["offered"], entry["unfaithful"]), *mine, *ratios, edited])
        return _markdown(table)

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
        return _markdown(table)


def quote(page: Path, text: str) -> None:
    """Put everything of the report but its title between the marks of a documentation page, one heading level down."""
    begin, end = "<!-- results: written by benchmarks/run.py -->\n", "<!-- end of results -->"
    before, _, rest = page.read_text().partition(begin)
    after = rest.partition(end)[2]
    inner = re.sub(r"^## ", "### ", text.partition("\n\n")[2], flags=re.MULTILINE)
    page.write_text(f"{before}{begin}\n{inner}\n{end}{after}")


def good(row: dict[str, Any]) -> bool:
    """Whether the row ran and is faithful."""
    return not row["failure"] and row["agreement"] >= FAITHFUL


def best(rows: Iterable[dict[str, Any]], what: str) -> dict[str, Any] | None:
    """The faithful row with the least flash or cost; the other figure settles ties."""
    other = "cost" if what == "flash" else "flash"
    return min((row for row in rows if good(row)), key=lambda row: (row[what], row[other]), default=None)


def nearest(rows: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Of rows that run, the one that agrees most."""
    ran = [row for row in rows if not row["failure"]]
    return max(ran, key=lambda row: (row["agreement"], -row["flash"]), default=None)


def of_mode(rows: Iterable[dict[str, Any]], mode: str) -> dict[str, Any] | None:
    """Our row in one mode: of the types of rows, the one that serves the mode's purpose."""
    purpose = {"size": lambda row: row["flash"], "speed": lambda row: row["cost"]}.get(mode, lambda row: row["flash"] * row["cost"])
    mine = [row for row in rows if row["tool"] == ours.NAME and row["variant"].startswith(f"{mode},") and good(row)]
    return min(mine, key=purpose, default=None)


def ratio(mine: dict[str, Any] | None, other: dict[str, Any] | None, what: str) -> float | None:
    """ours / other; None where one of them is not there."""
    return None if mine is None or other is None or other[what] <= 0 or mine[what] <= 0 else mine[what] / other[what]


def throughput_table(rows: Sequence[dict[str, Any]]) -> str:
    """Ratios to scikit-learn, timed by turns in one process each."""
    table = [["case", "predictor", "one row: times scikit-learn's rate", "10,000 rows: times scikit-learn's rate"]]
    for row in rows:
        table.append([row["case"], row["predictor"], row["failure"] or _number(row["one"]), "" if row["failure"] else _number(row["many"])])
    return _markdown(table)


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return _number(math.exp(sum(map(math.log, known)) / len(known))) if known else "-"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return "-"
    quantised = row["variant"].partition("quantised to ")[2]
    return f"{row['flash']:,} / {row['cost']:,.0f}" + (f" ({quantised})" if quantised else "")


def _best_cell(found: dict[str, Any], unfaithful: dict[str, Any] | None) -> str:
    if found["flash"] is None:
        return "none" if unfaithful is None else f"none ({_cell(unfaithful)}, {unfaithful['tool']}, at {unfaithful['agreement']:.1%})"
    tools = dict.fromkeys((found["flash"]["tool"], found["cost"]["tool"]))
    return f"{found['flash']['flash']:,} / {found['cost']['cost']:,.0f} ({', '.join(tools)})"


def _markdown(table: Sequence[Sequence[str]]) -> str:
    head, *body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in table]
    return "\n".join([head, "|" + "---|" * len(table[0]), *body]) + "\n"


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
