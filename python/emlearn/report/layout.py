"""How many bytes the lines of generated trees take on a chip, laid out instruction by instruction: branches by how far they go.

No compiler is replayed: which registers keep what, and what is copied or joined, a calibration tells from builds beside these sums.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Sequence

COMPARED = re.compile(r"(at|signed_bits|word_bits)<(\d+)>\(x\) ([<>]=?) \(?(-?\d+)")
MISSING = re.compile(r"signed_nan<|\(x\) ==")
ANSWER = re.compile(r"(?:payload = (?:payload_type\()?(?:sink\.\w+\()?|return )(\d+)(?:, (\d+))?")
LABEL, JUMP = re.compile(r"^ *(\w+):"), re.compile(r"goto (\w+)")

#: Bytes of a feature; others are floats' bits.
SIZES = {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "double": 8}

#: About what a statement that hands a payload on takes.
CALL = 4

#: The bits of the least NaN: what a test for a missing value compares with.
_NAN = 0x7F800000


#: How far something reaches, in bytes, and what it takes then.
Reach = tuple[tuple[float, int], ...]


class Avr:
    """8-bit registers: each byte is loaded and compared by itself. Conditional branches reach 64 words, relative jumps 2,048."""

    branches: Reach = ((126, 2), (4094, 4), (float("inf"), 6))
    jumps: Reach = ((4094, 2), (float("inf"), 4))

    def load(self, size: int, index: int, signed: bool) -> int:
        """A feature to registers; beyond an offset of 63 the address is computed."""
        return 2 * size + (6 if size * (index + 1) > 64 else 0)

    def compare(self, size: int, value: int) -> int:
        """A feature in registers with a constant."""
        if size == 2 and 0 <= value < 64:
            return 2
        return 2 + sum(4 if value >> 8 * byte & 255 else 2 for byte in range(1, size))

    def constant(self, value: int) -> int:
        """A payload to registers."""
        return 4

    def pooled(self, value: int) -> bool:
        """Whether a constant is a word behind the function, which others of the same value share."""
        return False


class Thumb1(Avr):
    """Offsets and immediates of 5 and 8 bits; signed halves are loaded by an offset in a register. Branches reach 256 B, jumps 2 KiB."""

    branches: Reach = ((250, 2), (2046, 4), (float("inf"), 6))
    jumps: Reach = ((2046, 2), (float("inf"), 4))

    def load(self, size: int, index: int, signed: bool) -> int:
        if signed and size < 4:
            return 4
        return 2 if index < 32 else 4 if size * index < 256 else 6

    def compare(self, size: int, value: int) -> int:
        return 2 + (0 if 0 <= value < 256 else self.constant(value))

    def constant(self, value: int) -> int:
        return 2 if 0 <= value < 256 or self.pooled(value) else 4

    def pooled(self, value: int) -> bool:
        return value <= -256 or value > 255 * (value & -value) or value >= 1 << 31


class Thumb2(Thumb1):
    """The same with instructions of 32 bits for what does not fit."""

    branches: Reach = ((250, 2), (float("inf"), 4))

    def load(self, size: int, index: int, signed: bool) -> int:
        return 4 if index >= 32 or (signed and size < 4) else 2

    def compare(self, size: int, value: int) -> int:
        if 0 <= value < 256:
            return 2
        return 4 if self.pooled(value) or self._is_immediate(value) or self._is_immediate(-value) else 6

    def constant(self, value: int) -> int:
        return 2 if 0 <= value < 256 else 4

    def pooled(self, value: int) -> bool:
        return not (0 <= value < 1 << 16 or self._is_immediate(value) or self._is_immediate(-value))

    @staticmethod
    def _is_immediate(value: int) -> bool:
        """Eight bits, shifted."""
        return value > 0 and value <= 255 * (value & -value)


class RiscV(Avr):
    """Compares registers as it branches; constants of 6, 12 or 32 bits. Branches reach 4 KiB, short jumps 2 KiB."""

    branches: Reach = ((4090, 4), (float("inf"), 6))
    jumps: Reach = ((2046, 2), (float("inf"), 4))

    def load(self, size: int, index: int, signed: bool) -> int:
        return 2 if size == 4 and index < 32 else 4

    def compare(self, size: int, value: int) -> int:
        return self.constant(value) if value else 0

    def constant(self, value: int) -> int:
        upper, lower = (value + 2048) >> 12, ((value + 2048) & 4095) - 2048
        low = 2 if -32 <= lower < 32 else 4
        return low if upper == 0 else (2 if -32 <= upper < 32 else 4) + (low if lower else 0)


CHIPS: dict[str, Avr] = {"avr-atmega328p": Avr(), "cortex-m0plus": Thumb1(), "cortex-m4f": Thumb2(), "rv32imc": RiscV()}


@dataclasses.dataclass
class _Piece:
    """Code that stands together, and where it goes then; `reach` has the bytes of a branch or jump there, None where it goes on."""

    size: int = 0
    target: str | None = None
    reach: Reach | None = None
    is_jump: bool = False
    label: str = ""


def bytes_of(lines: Sequence[str], x: str, chip: Avr) -> Counter[str]:
    """The bytes of loads, comparisons, branches, jumps, answers and tests for missing values, and their ``total``."""
    found: Counter[str] = Counter()
    pieces = list(_pieces(lines, x, chip, found))
    far = [0] * len(pieces)
    for _ in range(4):  # longer branches make others longer
        starts, places, here = [], {}, 0
        for piece, more in zip(pieces, far):
            if piece.label:
                places[piece.label] = here
            starts.append(here)
            here += piece.size + more
        starts.append(here)
        far = [_reached(piece, starts, number, places) for number, piece in enumerate(pieces)]
    for piece, more in zip(pieces, far):
        if piece.reach is not None:
            found["jump" if piece.is_jump else "branch"] += more
    found["total"] = starts[-1]
    return found


def _reached(piece: _Piece, starts: Sequence[int], number: int, places: dict[str, int]) -> int:
    """The bytes of a branch or jump; of a jump to what follows none."""
    if piece.reach is None:
        return 0
    behind = starts[number + 1]
    if piece.target is None:  # over what follows
        target = starts[min(number + 2, len(starts) - 1)]
    else:
        target = places.get(piece.target, behind)
        if piece.is_jump and target == behind:
            return 0
    return next(size for most, size in piece.reach if abs(target - behind) <= most)


def _pieces(lines: Sequence[str], x: str, chip: Avr, found: Counter[str]) -> Iterator[_Piece]:
    size, signed, pool = SIZES.get(x, 4), x.startswith("int"), set[int]()

    def word(value: int) -> int:
        if not chip.pooled(value) or value in pool:
            return 0
        pool.add(value)
        return 4

    for line in lines:
        if label := LABEL.match(line):
            yield _Piece(label=label[1])
        body, own = line[label.end() :] if label else line, 0
        for _, column, _, constant in COMPARED.findall(body):
            load, compare = chip.load(size, int(column), signed), chip.compare(size, int(constant)) + word(int(constant))
            found["load"] += load
            found["compare"] += compare
            own += load + compare
        for _ in MISSING.findall(body):
            missing = chip.compare(4, _NAN) + word(_NAN) + chip.branches[0][1]
            found["missing"] += missing
            own += missing
        answer, jump = ANSWER.search(body), JUMP.search(body)
        paid = 0
        if answer:
            values = [int(answer[1]), *([int(answer[2])] if int(answer[2] or 0) else [])]
            paid = sum(chip.constant(value) + word(value) for value in values)
            found["answer"] += paid
        if body.lstrip().startswith("if"):
            yield _Piece(own, jump[1] if jump and not answer else None, chip.branches)
            if answer:
                yield _Piece(paid, jump[1] if jump else None, chip.jumps if jump else None, True)
        elif jump:
            yield _Piece(paid + (CALL if "sink" in body and not answer else 0), jump[1], chip.jumps, True)
        elif answer or "sink" in body:
            yield _Piece(paid + CALL)
