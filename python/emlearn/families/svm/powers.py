"""Powers of a half in integers, bit for bit as ``emlearn/detail/chords.hpp`` and ``halves.hpp`` make them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import numpy as np

#: ``emlearn::detail::chords_table``: where each line starts, and, in the lower half, how it goes on.
_LINES = np.array([
    0x7FFFFA83, 0x7D41FAA0, 0x7A91FAC1, 0x77F1FADC, 0x755FFAF8, 0x72DBFB15, 0x7065FB2F, 0x6DFDFB48,
    0x6BA1FB64, 0x6953FB7C, 0x6711FB95, 0x64DCFBAD, 0x62B2FBC7, 0x6095FBDC, 0x5E83FBF4, 0x5C7DFC09,
    0x5A82FC1D, 0x5891FC34, 0x56ABFC49, 0x54D0FC5C, 0x52FEFC73, 0x5137FC85, 0x4F7AFC97, 0x4DC6FCAA,
    0x4C1BFCBD, 0x4A7AFCCE, 0x48E1FCE0, 0x4751FCF2, 0x45CAFD02, 0x444BFD13, 0x42D5FD21, 0x4166FD32,
])  # fmt: skip


def short_power(t: np.ndarray) -> np.ndarray:
    """``emlearn::detail::short_power``: 2^(15 - t / 2^27) of whole numbers t below 15 * 2^27."""
    line = _LINES[(t >> 22) & 31]
    value = line + ((line & 0xFFFF) - 0x10000) * ((t >> 7) & 0x7FFF)
    return value >> (16 + (t >> 27))


def long_power(t: np.ndarray) -> np.ndarray:
    """``emlearn::detail::long_power``: 2^(31 - t / 2^22) of whole numbers t below 2^27."""
    return (halved(t & 0x3FFFFF) >> 1) >> (t >> 22)


def halved(t: np.ndarray) -> np.ndarray:
    """``emlearn::detail::halved``: 2^(32 - t / 2^22) of whole numbers t below 2^22."""
    table = np.minimum(np.rint(2.0 ** (32 - np.arange(65) / 64)), 2.0**32 - 1).astype(np.int64)
    at = (t + 0x8000) >> 16
    a = ((t - (at << 16)) * 45426) >> 16
    loss = a - ((a * a) >> 23)
    return table[at] - (((table[at] >> 16) * loss) >> 6)
