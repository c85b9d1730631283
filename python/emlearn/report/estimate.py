"""Flash and RAM of a model on a chip without a compiler: tables counted, code added up from what real builds had.

``estimates.json.gz`` holds the :mod:`terms <emlearn.report.terms>` of the operations that were built, and per target how many bytes they
had, which terms drag in which members of libgcc and libm, and how far off estimates were at worst.
``python tools/calibrate_estimates.py`` makes it, and a test compares with builds of other models.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidInputError
from .terms import Unit, units

if TYPE_CHECKING:
    from ..model import Model

FILE = "estimates.json.gz"

#: Up to where terms are told apart by how often they occur; of those that occur more often, each adds its bytes.
MOST = 4

#: No error of fewer bytes is told: alignment and the places of literals alone make as much.
LEAST = 64
#: How tables of this library's own are called among what is dragged in.
SHARED = "emlearn: "

#: Over which distance builds tell about each other.
REACH = 60.0

#: Errors are told apart by how unlike the nearest build is, in differing terms, and for one tree or many that are code themselves.
KINDS = {"near": 2.0, "like": 10.0, "far": math.inf, "tree": math.inf, "generated": math.inf}


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What :meth:`emlearn.Model.estimate` returns; bytes over the same firmware without the model.

    Attributes
    ----------
    target : str
    ops : tuple of str
        The operations that the firmware uses.
    flash : int
        ``tables + code + library``.
    tables : int
        Exact.
    code : int
        The model's own functions.
    library : int
        What is dragged in from libgcc, libc and libm.
    ram : int
        Static variables.
    stack : int
        What one call needs at most, about: its local arrays, and the most that calibration saw beside them.
    off : int
        How far off `flash` may be: 19 of 20 models of its `kind` that calibration had left aside were within; where `calibrated` is
        false, a bound from the largest code that it knows.
    worst : int
        The same of all of them.
    calibrated : bool
        Whether the model uses only code that calibration has measured in one combination or another.
    kind : str
        "near", "like" or "far": how much alike the nearest build is; "tree" or "generated" where one tree, or many, are code
        (``optimize="speed"``), whose size depends on what the compiler makes of it.
    flash_size, ram_size : int
        What the chip has.
    row_bytes : int
        A row and its answer, which the caller keeps in RAM.
    """

    target: str
    ops: tuple[str, ...]
    flash: int
    tables: int
    code: int
    library: int
    ram: int
    stack: int
    off: int
    worst: int
    calibrated: bool
    kind: str
    flash_size: int
    ram_size: int
    row_bytes: int

    @property
    def off_percent(self) -> float:
        """`off` in percent of `flash`."""
        return 100 * self.off / self.flash

    @property
    def ram_needed(self) -> int:
        """Static variables, the stack of one call, a row and its answer."""
        return self.ram + self.stack + self.row_bytes

    @property
    def fits(self) -> bool:
        """Whether flash, and RAM with stack, a row and its answer, are within the chip's, nothing else being there."""
        return self.flash <= self.flash_size and self.ram_needed <= self.ram_size

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {**dataclasses.asdict(self), "ram_needed": self.ram_needed, "fits": self.fits}

    def __str__(self) -> str:
        how = f"19 of 20 models, {self.kind}" if self.calibrated else "never calibrated: it uses code that no build has measured"
        return "\n".join(
            [
                f"{self.target}, {', '.join(self.ops)}: about {self.flash} B of flash, off by at most {self.off} B "
                f"({self.off_percent:.1f} %; {how})" + (f", {self.worst} B at worst" if self.calibrated else ""),
                f"tables {self.tables} B (exact), code {self.code} B, from libgcc, libc and libm {self.library} B",
                f"RAM: {self.ram} B static, at most about {self.stack} B of stack, {self.row_bytes} B for a row and its answer",
                f"{'fits' if self.fits else 'does NOT fit'}: "
                f"{self.flash} of {self.flash_size} B of flash, {self.ram_needed} of {self.ram_size} B of RAM",
            ]
        )


@dataclasses.dataclass(frozen=True)
class Guess:
    """The numbers of an :class:`Estimate` that come from a calibration."""

    tables: int
    code: int
    library: int
    ram: int
    stack: int
    off: int
    worst: int
    calibrated: bool
    kind: str

    @property
    def flash(self) -> int:
        return self.tables + self.code + self.library


def estimate(model: Model, target: str, op: str | None = None) -> Estimate:
    """See :meth:`emlearn.Model.estimate`."""
    from ..targets import catalog

    chip, known, described = catalog.find(target), calibration()["targets"], calibration()["described"]
    if target not in known or chip.memory is None:
        raise InvalidInputError(f"target={target!r} is not calibrated: choose one of {', '.join(known)}, or measure it with model.bench()")
    offered = tuple(model.record.ops)
    if op not in (None, "all", *offered):
        raise InvalidInputError(f"op={op!r}: the model offers {', '.join(offered)}; or op='all' for a firmware that uses all of them")
    ops = offered if op == "all" else (op or offered[0],)
    guess = add_up(known[target], described, units(model.part(), ops, model.input.c_type))
    answer = max(4 * model.record.task.width(name) for name in ops)
    return Estimate(
        target=target,
        ops=ops,
        flash=guess.flash,
        flash_size=chip.memory.flash_size,
        ram_size=chip.memory.ram_size,
        row_bytes=model.input.n_features * np.dtype(model.input.dtype).itemsize + answer,
        **dataclasses.asdict(guess),
    )


def estimates(model: Model) -> list[Estimate]:
    """One for each target that is calibrated."""
    return [estimate(model, target) for target in calibrated()]


def add_up(known: Mapping[str, Any], described: Mapping[str, Any], found: Sequence[Unit]) -> Guess:
    """The sum over the units of a firmware; library members that several need count once.

    `known` is what a target's builds told, `described` what they were builds of.
    """
    used = {name for unit in found for name in members(known, unit)}
    shared = {name for name in used if name.startswith(SHARED)}
    families = described["families"]
    heard = [unit.family in known["families"] and unit.names <= set(families[unit.family]["names"]) for unit in found]
    calibrated, trees = all(heard), sum(unit.nodes["trees"] for unit in found)
    codes, gaps = zip(*(own_code(known, described, unit) for unit in found))
    stacks = {name: family["stack"] for name, family in known["families"].items()}
    guess = Guess(
        tables=sum(map(functools.partial(linked, known), found, heard)) + sum(known["members"][name]["flash"] for name in shared),
        code=max(0, round(sum(codes) + sum(known["again"].get(name, 0.0) * count for name, count in repeated(found).items()))),
        library=sum(known["members"][name]["flash"] for name in used - shared),
        ram=sum(known["members"][name]["ram"] for name in used),
        stack=sum(unit.arrays + stacks.get(unit.family, max(stacks.values())) for unit in found),
        off=known["largest"],
        worst=known["largest"],
        calibrated=calibrated,
        kind=("tree" if trees == 1 else "generated") if trees else next(kind for kind, gap in KINDS.items() if gap >= max(gaps)),
    )
    if not calibrated:
        return guess
    # The last unit holds the others: its errors were found together with theirs.
    off, worst = (max(LEAST, math.ceil(share * promise(guess.flash))) for share in known["families"][found[-1].family]["off"][guess.kind])
    return dataclasses.replace(guess, off=off, worst=worst)


def repeated(found: Sequence[Unit]) -> Counter[str]:
    """How often a kernel is named by a further unit of a firmware: units may share what it calls."""
    names = Counter(name for unit in found for name in unit.names if "<" not in name)
    return Counter({name: count - 1 for name, count in names.items() if count > 1})


def promise(flash: int) -> float:
    """How far off an estimate may be: 5 % or 64 B."""
    return max(LEAST, 0.05 * flash)


def linked(known: Mapping[str, Any], unit: Unit, heard: bool) -> int:
    """Bytes of the tables that the linker keeps: some operations read only some of them; of code that no build had, all count."""
    if not heard:
        return sum(size for _, size in unit.tables)
    tables = known["families"].get(unit.family, {"tables": {}})["tables"]
    found = 0
    for name, size in unit.tables:
        most, tree = tables.get(table_kind(name), (0, True))  # the largest of its kind that was ever left out
        found += size if size > most or decide(tree, unit.terms) else 0
    return found


def table_kind(name: str) -> str:
    """Tables of one kind have numbers at their ends, such as ``weights0``."""
    return name.rstrip("0123456789")


def own_code(known: Mapping[str, Any], described: Mapping[str, Any], unit: Unit) -> tuple[float, float]:
    """The bytes of the unit's own functions, and how unlike the nearest build is.

    A Gaussian process: so many bytes for each term and for each line of a generated tree, and of what each build had beside that the more
    the less its terms differ.
    """
    if unit.family not in known["families"]:
        return 0.0, math.inf
    fitted, family = known["families"][unit.family], described["families"][unit.family]
    gaps = distances(family, unit.terms)
    each = float(digits(family["terms"], unit.terms) @ np.array(fitted["each"]))
    weights = np.array([np.nan if weight is None else weight for weight in fitted["weights"]])
    there = ~np.isnan(weights)  # some models are for some targets only
    code = fitted["mean"] + each + float(np.exp(-gaps[there] / REACH) @ weights[there])
    code += sum(own * unit.nodes[name] for name, own in zip(described["nodes"], known["nodes"]))
    return code, float(gaps[there].min())


def distances(family: Mapping[str, Any], terms: Counter[str]) -> np.ndarray:
    """How much the terms differ from those of each build, shape (n_builds,): names count one each, limits less."""
    return np.abs(_rows(tuple(family["builds"])) - digits(family["terms"], terms)) @ np.array(family["weights"])


@functools.lru_cache(maxsize=64)
def _rows(builds: tuple[str, ...]) -> np.ndarray:
    return np.array([list(map(int, row)) for row in builds])


def digits(names: Sequence[str], terms: Counter[str]) -> np.ndarray:
    """How often each of `names` occurs, :data:`MOST` times or more being one."""
    return np.array([min(terms[name], MOST) for name in names])


def weight_of(term: str) -> float:
    return 0.2 if " > " in term else 1.0


def members(known: Mapping[str, Any], unit: Unit) -> set[str]:
    """The library members that a unit drags in."""
    family = known["families"].get(unit.family, {"members": ()})
    return {name for names, tree in family["members"] if decide(tree, unit.terms) for name in names}


def decide(tree: Any, terms: Counter[str]) -> bool:
    """A node is (term, count, where it occurs no more often, where it does); a leaf is the answer."""
    while not isinstance(tree, bool):
        term, count, fewer, more = tree
        tree = more if terms[term] > count else fewer
    return tree


def calibrated() -> tuple[str, ...]:
    """The targets that have estimates."""
    return tuple(calibration()["targets"])


@functools.cache
def calibration() -> dict[str, Any]:
    """The calibration that the package ships."""
    known: dict[str, Any] = json.loads(gzip.decompress(resources.files(__package__).joinpath(FILE).read_bytes()))
    return known
