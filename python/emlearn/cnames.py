"""Names that the C headers of an emitted header have in the global namespace, where no other namespace can have them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import re

#: Limits and constants of stdint.h, stddef.h and math.h, and what glibc, newlib and avr-libc have beside them: macros.
_CONSTANT = re.compile(
    r"(U?INT(PTR|MAX|_?(FAST|LEAST)?\d+)|PTRDIFF|SIZE|SIG_ATOMIC|WCHAR|WINT)_(MAX|MIN|WIDTH|C)|(M|FP|MATH)_[A-Z0-9_]+[fl]?|HUGE_VAL[FL]?"
    r"|SNAN[FL]?|MAXFLOAT|(BIG|LITTLE|PDP)_ENDIAN|BYTE_ORDER|(RAND|MB_CUR)_MAX|EXIT_(SUCCESS|FAILURE)"
)

#: Functions of math.h: each has a form for float and one for long double.
_MATH = re.compile(
    r"(acosh?|asinh?|atan[2h]?|cbrt|ceil|copysign|cosh?|drem|erfc?|exp(2|10|m1)?|fabs|fdim|finite|floor|fma|fmax|fmin|fmod|frexp|l?gamma|hypot"
    r"|ilogb|infinity|is(finite|inf|nan|normal)|[jy][01n]|ldexp|ll?rint|ll?round|log(2|10|1p|b)?|modf|nan|nearbyint|nextafter|nexttoward|pow"
    r"|remainder|remquo|rint|round(even)?|scalbl?n?|signbit|significand|sin(h|cos)?|sqrt|square|tanh?|tgamma|trunc)[fl]?"
)

#: Functions and types of string.h and stdlib.h (which some string.h and math.h bring along), and types of stdint.h.
_OTHER = frozenset(
    """abort alloca atexit atof atoi atol basename bcmp bcopy bsearch bzero calloc div div_t double_t exit ffs float_t fpclassify free
    getenv index intmax_t itoa labs ldiv ldiv_t lerp llabs malloc memccpy memchr memcmp memcpy memmem memmove mempcpy memrchr memset
    nullptr_t off_t pid_t qsort quick_exit rand random_r realloc rindex rsize_t select setenv signgam srand srandom ssize_t stpcpy
    strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup strerror strlcat strlcpy strlen strlwr strncasecmp strncat strncmp
    strncpy strndup strnlen strpbrk strrchr strrev strsep strsignal strspn strstr strtod strtof strtok strtol strtold strtoll strtoul
    strtoull strupr strxfrm system time_t timespec timeval uint uintmax_t ulong ushort utoa valloc max_align_t""".split()
) | frozenset(f"{sign}int_{kind}{bits}_t" for sign in ("", "u") for kind in ("fast", "least") for bits in (8, 16, 32, 64))


def is_macro(name: str) -> bool:
    """Whether a C header replaces the name wherever it stands."""
    return _CONSTANT.fullmatch(name) is not None


def is_taken(name: str) -> bool:
    """Whether a C header has a macro, function or type of this name."""
    return is_macro(name) or name in _OTHER or _MATH.fullmatch(name) is not None
