"""What the documents say is so: snippets run and compile, links lead somewhere, generated tables are up to date.

Of each file, in order and in one folder: ```python blocks run, a ```text output block is what the block before it printed ("..." stands
for anything), ```cpp blocks compile, the lines of a ```cpp excerpt=FILE block stand in that order in a file that an earlier block
wrote, and in ```sh blocks `emlearn ...` runs and `make ...` names a goal of the Makefile.

SPDX-License-Identifier: MIT
"""

import contextlib
import doctest
import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import emlearn
import pytest
from emlearn import registry

ROOT = Path(__file__).resolve().parents[2]
FILES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in FILES]

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(text: str) -> list[tuple[str, str, str]]:
    """(language, the rest of the first line, text) of each fenced block."""
    return [(language, rest.strip(), body) for language, rest, body in _FENCE.findall(text)]


@pytest.mark.parametrize("name", NAMES)
def test_snippets(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for language, rest, body in blocks((ROOT / name).read_text(encoding="utf-8")):
        if language == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(body, name, "exec"), namespace)
            printed = output.getvalue()
        elif (language, rest) == ("text", "output"):
            same = doctest.OutputChecker().check_output(body, printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            assert same, f"{name} says\n{body}\nand its code prints\n{printed}"
        elif language == "cpp" and rest.startswith("excerpt="):
            check_excerpt(body, (tmp_path / rest.removeprefix("excerpt=")).read_text(encoding="utf-8"))
        elif language == "cpp":
            compile_cpp(body, tmp_path)
        elif language == "sh":
            run_shell(body)


def check_excerpt(body: str, text: str) -> None:
    at = 0
    for line in filter(str.strip, body.splitlines()):
        pattern = ".*".join(re.escape(part) for part in line.split("..."))
        end = "" if line.endswith("...") else "$"
        found = re.compile(f"^{pattern}{end}", re.MULTILINE).search(text, at)
        assert found, f"no such line, or not in this order: {line}"
        at = found.end()


def compile_cpp(body: str, folder: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is missing")
    (folder / "snippet.cpp").write_text(body, encoding="utf-8")
    flags = ["-std=c++11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", f"-I{emlearn.get_include()}", "-fsyntax-only"]
    outcome = subprocess.run(["g++", *flags, "snippet.cpp"], cwd=folder, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, f"{body}\n{outcome.stderr}"


def run_shell(body: str) -> None:
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in body.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["make"]:
            assert words[1] in goals, f"the Makefile has no goal {words[1]!r}"
        if words[:1] == ["emlearn"]:
            environment = {**os.environ, "PYTHONPATH": str(Path(emlearn.__file__).parents[1])}
            outcome = subprocess.run([sys.executable, "-m", *words], env=environment, capture_output=True, text=True, check=False)
            assert outcome.returncode == 0, f"{line}\n{outcome.stdout}{outcome.stderr}"


@pytest.mark.parametrize("name", NAMES)
def test_links(name):
    file = ROOT / name
    for target in _LINK.findall(_FENCE.sub("", file.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:|#", target):
            assert (file.parent / target.partition("#")[0]).exists(), f"{name} links to {target}"


def test_every_page_is_linked():
    """From the README or the overview, so that nobody has to guess."""
    linked = set()
    for start in (ROOT / "README.md", ROOT / "docs" / "index.md"):
        linked |= {(start.parent / target.partition("#")[0]).resolve() for target in _LINK.findall(start.read_text(encoding="utf-8"))}
    missing = [
        name for name, path in zip(NAMES, FILES, strict=True) if path.name not in ("README.md", "index.md") and path.resolve() not in linked
    ]
    assert missing == []


def test_every_family_has_a_page():
    assert [family for family in registry.FAMILIES if not (ROOT / "docs" / "models" / f"{family}.md").exists()] == []


def test_generated_tables_are_up_to_date():
    generate_tables = _tool("generate_tables")
    assert generate_tables.main(["--check"]) == 0, "run: python tools/generate_tables.py"
    table = generate_tables.table("docs/models/")
    for cls in registry.readers():
        if cls.__module__.startswith("sklearn.") and not cls.__name__.startswith("_"):
            assert f"`{cls.__name__}`" in table


def test_a_stale_table_is_found():
    generate_tables = _tool("generate_tables")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    stale = readme.replace("| `DecisionTreeClassifier`", "| `DecisionForestClassifier`")
    assert stale != readme
    assert generate_tables.updated(stale, generate_tables.SUPPORTED, generate_tables.table("docs/models/")) == readme


def test_decisions_are_short_and_dated():
    """At most ten lines each, below a heading with a date."""
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(sections) >= 5
    for section in sections:
        heading, *body = [line for line in section.splitlines() if line.strip()]
        assert re.match(r"\d{4}-\d\d-\d\d: ", heading), heading
        assert len(body) <= 10, f"{heading}: {len(body)} lines"


def test_the_quick_start_is_short():
    readme = blocks((ROOT / "README.md").read_text(encoding="utf-8"))
    python = next(body for language, _, body in readme if language == "python")
    cpp = next(body for language, _, body in readme if language == "cpp")
    assert len(python.splitlines()) + len(cpp.splitlines()) <= 20


def test_an_excerpt_that_is_not_in_the_file_is_found():
    text = "one\nint two[7] = {\nthree\n"
    check_excerpt("one\nint two[...] = {\nthr...\n", text)
    for wrong in ("four\n", "three\none\n", "thr\n"):
        with pytest.raises(AssertionError):
            check_excerpt(wrong, text)


def _tool(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
