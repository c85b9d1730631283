"""Emitted headers of trees: the kernels' answers from every format, damage refused by compilers, names and labels of any kind.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
import pytest
from emlearn.families.trees.encode import KEYS, encoded
from emlearn.families.trees.encode.counts import Counts
from emlearn.families.trees.encode.distributions import Distributions
from emlearn.families.trees.encode.values import Values
from emlearn.head import Head
from emlearn.inputs import C_TYPES, Input
from forests import distributions, grow, near, rows
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Wundef", "-Wdouble-promotion", "-Werror"]
INCLUDE = ["-I", emlearn.get_include()]
HOST = {
    "g++ c++11": ["g++", "-std=c++11", "-O2"],
    "g++ c++14": ["g++", "-std=c++14", "-O1"],
    "clang++ c++17": ["clang++-16", "-std=c++17", "-O1"],
    "clang++ c++20": ["clang++-16", "-std=c++20", "-O2"],
}


def compile(compiler: list[str], source: Path, *options: str, include: list[str] = INCLUDE) -> str:
    """The compiler's complaints, empty where it has none."""
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: tools/setup_system.sh")
    command = [*compiler, *WARNINGS, *include, str(source), *(options or ("-fsyntax-only",))]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, cwd=source.parent)
    assert outcome.returncode == 0 or outcome.stderr
    return outcome.stderr if outcome.returncode else ""


def source(folder: Path, header: str, rest: str = "", before: str = "") -> Path:
    """A file that includes a header, as users do: some warnings differ from those for its text pasted in."""
    (folder / "m.hpp").write_text(header)
    path = folder / "source.cpp"
    path.write_text(f'{before}#include "m.hpp"\n{rest}')
    return path


@functools.cache
def models() -> dict[str, tuple[emlearn.Model, np.ndarray]]:
    """Every input type with each of its keys, and every other width, somewhere."""
    result = {}
    rng = np.random.default_rng(11)
    for number, (dtype, key) in enumerate((dtype, key) for dtype, allowed in KEYS.items() for key in allowed):
        low, high = (-0x10000000, 0x7F000000) if dtype == "float32" else (-(2**60), 2**61) if dtype == "float64" else (0, 0)
        if not dtype.startswith("f"):
            low, high = max(np.iinfo(key).min, np.iinfo(dtype).min + 1), min(np.iinfo(key).max, np.iinfo(dtype).max - 1)
        n_trees, outputs = (1, 3, 9)[number % 3], ((3,), (1,), (2, 3), (130,))[number % 4]
        kind = "regressor" if number % 5 == 4 else "classifier"
        leaves = np.concatenate([distributions(rng, 9, count, 0) for count in outputs], axis=1) if number % 2 or len(outputs) > 1 else None
        record = grow(
            rng,
            input=dtype,
            low=int(low),
            high=int(high),
            n_features=(4, 200)[number % 7 == 3],
            n_nodes=11000 if number in (0, 5) else 25,
            n_trees=1 if number in (0, 5) else n_trees,
            missing=("never", "nan" if dtype.startswith("f") else "value")[number % 2],
            leaves=leaves if kind == "classifier" else rng.normal(size=(9, sum(outputs))),
            outputs=outputs,
            kind=kind,
        )
        classes = tuple(np.arange(count) * 7 - 3 for count in outputs) if kind == "classifier" else ()
        missing = record.missing_value if record.missing == "value" else None
        model = emlearn.Model(record, Head(classes, (), "grown", {}), Input.make(dtype, missing=missing, n_features=record.n_features))
        result[f"{dtype}_{key}"] = model, rows(rng, record, 60)
    tables = [encoded(model.record) for model, _ in result.values()]
    assert any(t.nodes.wide_link for t in tables) and any(t.nodes.wide_feature for t in tables)
    assert {type(t.leaves) for t in tables} == {Counts, Distributions, Values}
    return result


@functools.cache
def counted() -> dict[str, tuple[emlearn.Model, np.ndarray]]:
    """Every kind of sum and of missing value, in each mode."""
    result = {}
    rng = np.random.default_rng(12)
    shapes = [("int16", "never", 3, 5, 2), ("float32", "nan", 4, 9, 5), ("uint8", "value", 10, 200, 7), ("int32", "value", 17, 3000, 3),
              ("float64", "nan", 30, 300, 4), ("int8", "never", 9, 40, 40),
              ("uint16", "never", 3, 1, 300), ("float32", "never", 8, 250, 9)]  # fmt: skip
    for mode in ("size", "balanced", "speed"):
        for number, (dtype, missing, n_classes, most, n_trees) in enumerate(shapes):
            n = rng.integers(1, most, 20, endpoint=True)
            leaves = np.array([rng.multinomial(rows, np.full(n_classes, 1 / n_classes)) / rows for rows in n])
            low, high = (-0x10000000, 0x10000000) if dtype == "float32" else (-(2**60), 2**61) if dtype == "float64" else (1, 99)
            record = grow(rng, input=dtype, low=low, high=high, n_features=(4, 200)[number % 3 == 2], n_trees=n_trees, n_nodes=25,
                          missing=missing, leaves=leaves, outputs=(n_classes,), optimize=mode)  # fmt: skip
            value = record.missing_value if missing == "value" else None
            head, source = Head((np.arange(n_classes),), (), "grown", {}), Input.make(dtype, missing=value, n_features=record.n_features)
            result[f"{mode}_{number}"] = emlearn.Model(record, head, source), rows(rng, record, 60)
        record = grow(rng, input="uint8", leaves=near(), outputs=(3,), n_trees=6, n_nodes=40, optimize=mode)
        head = Head((np.arange(3),), (), "grown", {})
        result[f"{mode}_close"] = emlearn.Model(record, head, Input.make("uint8", n_features=record.n_features)), rows(rng, record, 200)
    found = [leaves for model, _ in result.values() if isinstance(leaves := encoded(model.record).leaves, Counts)]
    assert len(found) == len(result)
    assert {leaves.sum for leaves in found} >= {"uint16", "uint32"} and {leaves.passes for leaves in found} >= {1, 2, 3}
    assert {leaves.units.size > 0 for leaves in found if leaves.passes > 1} == {True, False}
    return result


def wrapper(name: str, model: emlearn.Model) -> str:
    text = ""
    for op in model.record.ops:
        task = model.record.task
        out = "int32_t" if op == "predict" and task.is_discrete else "float"
        call = f"out[0] = {name}::{op}(x)" if op == "predict" and task.n_outputs == 1 else f"{name}::{op}(x, out)"
        signature = f'extern "C" void {name}_{op}(const {C_TYPES[model.record.input]}* x, long n, {out}* out)'
        text += f"{signature};\n{signature} {{ for (; n--; x += {name}::n_features, out += {task.width(op)}) {call}; }}\n"
    return text


#: Compilers for the many forms of the modes: the oldest and the newest standard here, all of them in a campaign.
BOTH_ENDS = [name for name in HOST if os.environ.get("EMLEARN_CAMPAIGN", "0") == "1" or name in ("g++ c++11", "clang++ c++20")]


@pytest.mark.parametrize(
    ("made", "compiler"),
    [
        pytest.param(made, HOST[name], id=f"{name}-{kind}")
        for kind, made, names in (("widths", models, HOST), ("modes", counted, BOTH_ENDS))
        for name in names
    ],
)
def test_answers_of_the_compiled_headers(compiler: list[str], made: Callable[[], dict[str, Any]], tmp_path: Path) -> None:
    text = "".join(f'#include "{name}.hpp"\n' for name in made())
    for name, (model, _) in made().items():
        model.save(tmp_path / f"{name}.hpp")
        text += wrapper(name, model)
    assert not compile(compiler, source(tmp_path, "", text), "-shared", "-fPIC", "-o", "all.so")
    library = ctypes.CDLL(str(tmp_path / "all.so"))
    for name, (model, raw) in made().items():
        for op in model.record.ops:
            kernel = model.answer(op, raw)
            got = np.empty_like(kernel)
            getattr(library, f"{name}_{op}")(
                raw.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(len(raw)), got.ctypes.data_as(ctypes.c_void_p)
            )
            np.testing.assert_array_equal(got, kernel, err_msg=f"{name} {op}")


# ---- damage


@functools.cache
def small() -> tuple[str, emlearn.Model]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4)).astype(np.float32)
    y = np.column_stack([rng.integers(0, 3, 90), rng.integers(0, 2, 90)])
    model = emlearn.convert(RandomForestClassifier(3, max_depth=3, random_state=0).fit(X, y))
    return model.save(name="m"), model


def change(text: str, table: str, at: int, value: int) -> str:
    """The header with one element of a table replaced."""
    found = re.search(rf"({table}\[\d+\] EMLEARN_FLASH = \{{)([^}}]*)(\}})", text)
    assert found
    numbers = found[2].replace("\n", "").replace(" ", "").split(",")
    assert numbers[at] != str(value)
    numbers[at] = str(value)
    return text[: found.start(2)] + ",".join(numbers) + text[found.end(2) :]


DAMAGE = [
    ("nodes", 0, 3, "the nodes are damaged"),
    ("nodes", 2, 63, "the nodes are damaged"),
    ("nodes", 2, 1, "the nodes are damaged"),
    ("nodes", 2, 0x7FFF0001, "the nodes are damaged"),
    ("nodes", -1, 0xFF, "the nodes are damaged"),
    ("entries", 0, 0x7F, "the distributions are damaged"),
    ("entries", 1, 0xFF, "the distributions are damaged"),
    ("entries", -2, 0, "the distributions are damaged"),
    ("classes_of", 0, 4, "the classes of the outputs are damaged"),
]


@pytest.mark.parametrize("compiler", [["g++", "-std=c++14"], ["clang++-16", "-std=c++17"]], ids=["g++", "clang++"])
@pytest.mark.parametrize(("table", "at", "value", "message"), DAMAGE)
def test_damaged_tables_do_not_compile(compiler: list[str], table: str, at: int, value: int, message: str, tmp_path: Path) -> None:
    text, _ = small()
    complaint = compile(compiler, source(tmp_path, change(text, table, at, value)))
    assert f"{message}: convert the model again" in complaint
    assert not compile(compiler, source(tmp_path, text)), "the undamaged twin compiles"


def test_checks_can_be_left_out(tmp_path: Path) -> None:
    damaged = change(small()[0], "nodes", 2, 63)
    assert not compile(["g++", "-std=c++17"], source(tmp_path, damaged, before="#define EMLEARN_CHECK_TABLES 0\n"))


def test_a_wrong_answer_does_not_compile(tmp_path: Path) -> None:
    X = np.array([[0.0], [1.0], [2.0]])
    text = emlearn.convert(DecisionTreeClassifier().fit(X, [0, 1, 2])).save(name="m")
    damaged = change(text, "thresholds", 0, 0x50000000)
    complaint = compile(["g++", "-std=c++17"], source(tmp_path, damaged))
    assert re.search(r"golden row \d must give \d: this compiler answers otherwise than the model", complaint)
    assert not compile(["g++", "-std=c++17"], source(tmp_path, text))


def test_headers_of_another_version_are_refused(tmp_path: Path) -> None:
    text, _ = small()
    other = re.sub(r"EMLEARN_VERSION / 100 != \d+", "EMLEARN_VERSION / 100 != 12345", text)
    assert "convert the model again with the emlearn whose headers are included" in compile(["g++", "-std=c++17"], source(tmp_path, other))


@pytest.mark.parametrize("compiler", [["g++", "-std=c++14"], ["clang++-16", "-std=c++14"]], ids=["g++", "clang++"])
@pytest.mark.parametrize("n_nodes", [1600, 8000])
def test_compilers_walk_large_tables_without_giving_up(compiler: list[str], n_nodes: int, tmp_path: Path) -> None:
    """Just below the limit of what is walked by default, and golden rows on more."""
    rng = np.random.default_rng(1)
    record = grow(rng, n_nodes=n_nodes // 50, n_trees=50, leaves=distributions(rng, 300, 4, 0), outputs=(4,))
    assert (encoded(record).nodes.n_bytes < 16000) == (n_nodes == 1600)
    model = emlearn.Model(record, Head((np.arange(4),), (), "grown", {}), Input.make(n_features=5))
    assert not compile(compiler, source(tmp_path, model.save(name="m")))


def test_golden_rows_do_not_cost_gcc_5_its_memory(tmp_path: Path) -> None:
    """Constant evaluation in avr-g++ 5.4 costs memory that grows with the square of its steps."""
    if shutil.which("avr-g++") is None:
        pytest.skip("avr-g++ is not installed: tools/setup_system.sh")
    rng = np.random.default_rng(1)
    record = grow(rng, input="int16", n_nodes=60, n_trees=100, leaves=distributions(rng, 30, 4, 0), outputs=(4,))
    model = emlearn.Model(record, Head((np.arange(4),), (), "grown", {}), Input.make("int16", n_features=5))
    file = source(tmp_path, model.save(name="m"), "int f(const int16_t* x);\nint f(const int16_t* x) { return m::predict(x); }\n")
    command = [
        "avr-g++",
        "-mmcu=atmega2560",
        "-std=gnu++14",
        "-Os",
        "-Wall",
        "-Wextra",
        *INCLUDE,
        str(file),
        "-c",
        "-o",
        str(tmp_path / "m.o"),
    ]
    limited = ["bash", "-c", 'ulimit -v 3000000; exec "$@"', "-", *command]
    outcome = subprocess.run(limited, capture_output=True, text=True, check=False, timeout=120)
    assert outcome.returncode == 0 and not outcome.stderr, outcome.stderr


# ---- bundles


@pytest.mark.parametrize("compiler", HOST.values(), ids=HOST)
def test_bundles_need_no_include_path(compiler: list[str], tmp_path: Path) -> None:
    """And two of them go into one file, and each into two files."""
    X = np.arange(12.0).reshape(-1, 2)
    one = emlearn.convert(DecisionTreeClassifier().fit(X, [0, 1, 2, 0, 1, 2])).save(name="one", bundle=True)
    two = emlearn.convert(DecisionTreeRegressor().fit(X, np.arange(6.0)), input="int8").save(name="two", bundle=True)
    assert "#include <emlearn" not in one and '#include "' not in one
    use = "int use(const float* x, const int8_t* y);\nint use(const float* x, const int8_t* y) {{ return {}; }}\n"
    file = source(tmp_path, one + two, use.format("one::predict(x) + static_cast<int>(two::predict(y))"))
    assert not compile(compiler, file, include=[])
    assert not compile(compiler, source(tmp_path, two + one + one), include=[])


# ---- names and labels

NASTY = [
    "x", "y", "z", "a b", "a_b", "a-b", "predict", "predict_proba", "m", "int", "class", "PI", "B0", "A0", "F",
    "min", "abs", "INPUT", "HIGH", "true",
    "n_features", "feature", "detail", "label_of", "Reader", "X", "tables", "votes", "out", "features",
    "int8_t", "uint8_t", "int32_t", "size_t", "é", "温度",
    "", " ", "1st", "_Upper", "__dunder", "EMLEARN_FLASH", "EMLEARN_CONSTEXPR", "emlearn", "std", "uint16_t",
    "float_t", "index", "NAN", "errno", "a__b",
    "forest", "leaves", "golden", "format", "flash", "direct", "labels", "T", "register", "and", "*/", "a\nb", "// \\",
]  # fmt: skip


@pytest.mark.parametrize("compiler", HOST.values(), ids=HOST)
def test_feature_names_of_any_kind_become_an_enum(compiler: list[str], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, len(NASTY))), rng.integers(0, 3, 60)
    estimator = RandomForestClassifier(4, max_depth=3, random_state=0).fit(X, y)
    estimator.feature_names_in_ = np.array(NASTY, dtype=object)
    text = emlearn.convert(estimator).save(name="m")
    names = re.findall(r"^  (\w+) = (\d+),?$", text, re.MULTILINE)
    assert [int(number) for _, number in names] == list(range(len(NASTY)))
    assert len({name for name, _ in names}) == len(NASTY)
    check = "".join(f'static_assert(m::{name} == {number}, "");\n' for name, number in names)
    arduino = "#include <math.h>\n#include <stdlib.h>\n#include <emlearn/trees.hpp>\n"
    arduino += "#define F(s) s\n#define PI 3.14\n#define B0 0\n#define INPUT 0\n#define HIGH 1\n"
    assert not compile(compiler, source(tmp_path, text, check, before=arduino))


LABELS = [
    'a "quoted" one',
    "back\\slash",
    "trigraph ??/ ??=",
    "new\nline",
    "tab\t",
    "é ü 温度",
    "",
    " ",
    "%s",
    "nul-free",
    "0123",
    "'",
    "/* */",
    "\\x41",
    "7" * 300,
]


@pytest.mark.parametrize("compiler", HOST.values(), ids=HOST)
def test_string_labels_read_back(compiler: list[str], tmp_path: Path) -> None:
    X = np.arange(float(len(LABELS))).reshape(-1, 1)
    model = emlearn.convert(DecisionTreeClassifier().fit(X, np.array(LABELS)))
    names = model.classes_.tolist()
    main = "#include <stdio.h>\nint main() { for (int i = 0; i < m::n_classes; ++i) { fputs(m::label_of(i), stdout); putchar(0); } }\n"
    program = tmp_path / "labels"
    trigraphs = ["-trigraphs"] if "c++1" in compiler[1] else []
    assert not compile([*compiler, *trigraphs], source(tmp_path, model.save(name="m"), main), "-o", str(program))
    got = subprocess.run([str(program)], capture_output=True, check=True).stdout
    assert got.decode().split("\0")[:-1] == names


@pytest.mark.parametrize(("labels", "expected"), [
    ([5, 6, 7], "5 6 7 "), ([-(2**31), 0, 2**31 - 1], "-2147483648 0 2147483647 "), ([False, True], "0 1 "), ([1.0, 3.0], "1 3 "),
    ([0, 1, 2], "0 1 2 "), ([2**40, 1], "1 1099511627776 "),
], ids=str)  # fmt: skip
def test_number_labels_read_back(labels: list, expected: str, tmp_path: Path) -> None:
    X = np.arange(float(len(labels))).reshape(-1, 1)
    text = emlearn.convert(DecisionTreeClassifier().fit(X, np.array(labels))).save(name="m")
    put = 'printf("%s ", m::label_of(i))' if "const char* label_of" in text else 'printf("%ld ", static_cast<long>(m::label_of(i)))'
    file = source(tmp_path, text, f"#include <stdio.h>\nint main() {{ for (int i = 0; i < m::n_classes; ++i) {put}; }}\n")
    assert not compile(["g++", "-std=c++11"], file, "-o", str(tmp_path / "labels"))
    assert subprocess.run([str(tmp_path / "labels")], capture_output=True, check=True, text=True).stdout == expected


# ---- the text

SCRIPT = """
import sys, numpy as np, emlearn, pandas as pd
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.naive_bayes import GaussianNB
X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=["b", "a", "c"])
y = np.where(X["a"] > 0, "up", "down")
members = [("f", RandomForestClassifier(4, random_state=0, n_jobs=2)), ("b", GaussianNB())]
sys.stdout.write(emlearn.convert(VotingClassifier(members, voting="soft").fit(X, y)).save(name="m", bundle=True))
"""


def test_the_same_bytes_from_two_processes() -> None:
    texts = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        texts.append(subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True).stdout)
    assert texts[0] and texts[0] == texts[1]


def test_constants_of_the_header() -> None:
    text, model = small()
    for line in ("constexpr int n_features = 4;", "constexpr int n_outputs = 2;", "constexpr int n_classes = 5;"):
        assert line in text
    assert "void predict(const float* features, int32_t* out)" in text
    assert sum(table.n_bytes for table in model.part().all_tables) < 2000
