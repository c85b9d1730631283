"""A file is written whole or not at all: through links, over old files, on full disks, and by processes that are killed.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time

import pytest
from emlearn import InvalidInputError, files
from emlearn.files import write_whole

#: In a process of its own: emlearn.files without the rest of the package, which takes a second to import.
LIGHT = f"""
import sys, types
package = types.ModuleType("emlearn")
package.__path__ = [{os.path.dirname(files.__file__)!r}]
sys.modules["emlearn"] = package
"""

OLD, NEW = "old\n" * 50_000, "new\n" * 100_000

posix = pytest.mark.skipif(os.name != "posix", reason="signals, permissions and limits of POSIX systems")


@pytest.fixture(params=["nameless", "hidden"])
def way(request, monkeypatch):
    """Both ways of writing: through a nameless file, and under a hidden name where the system has no nameless ones."""
    if request.param == "hidden":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("the system has no O_TMPFILE")
    return request.param


@contextlib.contextmanager
def umask(value):
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_utf8_with_newlines_as_given_and_nothing_else(tmp_path, way):
    write_whole(tmp_path / "a.hpp", "ä\r\nb\n")
    assert (tmp_path / "a.hpp").read_bytes() == "ä\r\nb\n".encode()
    assert names(tmp_path) == ["a.hpp"]


def test_replaces_an_old_file(tmp_path, way):
    target = tmp_path / "a.hpp"
    target.write_text(OLD)
    write_whole(target, NEW)
    assert target.read_text() == NEW and names(tmp_path) == ["a.hpp"]


@posix
def test_a_new_file_follows_the_umask_and_an_old_one_keeps_its_permissions(tmp_path, way):
    target = tmp_path / "a.hpp"
    with umask(0o027):
        write_whole(target, OLD)
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        target.chmod(0o604)
        write_whole(target, NEW)
        assert stat.S_IMODE(target.stat().st_mode) == 0o604
        assert os.umask(0o027) == 0o027


@posix
def test_a_link_stays_a_link(tmp_path, way):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "real.hpp").write_text(OLD)
    (tmp_path / "link.hpp").symlink_to("elsewhere/real.hpp")
    (tmp_path / "dangling.hpp").symlink_to("elsewhere/born.hpp")
    write_whole(tmp_path / "link.hpp", NEW)
    write_whole(tmp_path / "dangling.hpp", NEW)
    assert (tmp_path / "link.hpp").is_symlink() and (tmp_path / "dangling.hpp").is_symlink()
    assert (folder / "real.hpp").read_text() == (folder / "born.hpp").read_text() == NEW
    assert names(tmp_path) == ["dangling.hpp", "elsewhere", "link.hpp"] and names(folder) == ["born.hpp", "real.hpp"]


def test_a_name_as_long_as_the_system_allows(tmp_path, way):
    target = tmp_path / ("n" * 251 + ".hpp")
    write_whole(target, OLD)
    write_whole(target, NEW)
    assert target.read_text() == NEW and len(names(tmp_path)) == 1


def test_a_folder_a_missing_folder_and_a_file_as_folder_are_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInputError, match="is a folder: add a file name"):
        write_whole(tmp_path, NEW)
    for folder in ("missing", "file"):
        with pytest.raises(InvalidInputError, match="does not exist: make it first"):
            write_whole(tmp_path / folder / "a.hpp", NEW)
    assert names(tmp_path) == ["file"]


@posix
def test_a_link_to_a_device_or_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.hpp")
    (tmp_path / "null.hpp").symlink_to("/dev/null")
    for name in ("pipe.hpp", "null.hpp"):
        with pytest.raises(InvalidInputError, match="no ordinary file"):
            write_whole(tmp_path / name, NEW)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@posix
def test_write_protected_files_and_folders_are_refused(tmp_path):
    """In a process of its own, as `nobody` where the tests run as root, whom no permission stops."""
    folder = tmp_path / "protected"
    folder.mkdir()
    target = folder / "a.hpp"
    target.write_text(OLD)
    target.chmod(0o444)
    folder.chmod(0o755)
    code = f"""
        import os
        from emlearn.files import write_whole
        for path in (os.path.dirname(os.path.dirname({str(folder)!r})), {str(tmp_path)!r}):
            os.chmod(path, 0o755)
        if os.getuid() == 0:
            os.setuid(65534)
        for path in ({str(target)!r}, {str(folder / "new.hpp")!r}):
            try:
                write_whole(path, "x")
            except PermissionError as error:
                assert error.filename == path, error
            else:
                raise SystemExit(f"{{path}} was written")
    """
    if os.getuid() != 0:
        folder.chmod(0o555)
    else:
        os.chmod(tmp_path.parent.parent, 0o755)
    run(code)
    folder.chmod(0o755)
    assert target.read_text() == OLD and names(folder) == ["a.hpp"]


@pytest.mark.parametrize("call", ["write", "fsync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_failing_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, way, call, code):
    target = tmp_path / "a.hpp"
    target.write_text(OLD)
    real, calls = os.write, []

    def fail(handle, *data):
        calls.append(handle)
        if call == "write" and len(calls) == 1:
            return real(handle, data[0][:1000])  # a short write first, then the disk is full
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match=r"a\.hpp") as caught:
        write_whole(target, NEW)
    assert caught.value.errno == code
    with pytest.raises(OSError, match=r"b\.hpp"):
        write_whole(tmp_path / "b.hpp", NEW)
    assert target.read_text() == OLD and names(tmp_path) == ["a.hpp"]


@pytest.mark.parametrize("error", [OSError(errno.EIO, "no"), KeyboardInterrupt()])
def test_a_failing_rename_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, way, error):
    (tmp_path / "a.hpp").write_text(OLD)

    def fail(*_):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(type(error)):
        write_whole(tmp_path / "a.hpp", NEW)
    assert (tmp_path / "a.hpp").read_text() == OLD and names(tmp_path) == ["a.hpp"]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="the system has no O_TMPFILE")
@pytest.mark.parametrize("call", ["open", "link"])
def test_a_file_system_without_nameless_files_is_written_all_the_same(tmp_path, monkeypatch, call):
    real = getattr(os, call)

    def refuse(path, *arguments, **options):
        if call == "link" or arguments[0] & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not here")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, call, refuse)
    for text in (OLD, NEW):
        write_whole(tmp_path / "a.hpp", text)
        assert (tmp_path / "a.hpp").read_text() == text and names(tmp_path) == ["a.hpp"]


@posix
@pytest.mark.parametrize("flag", ["", "os.__dict__.pop('O_TMPFILE', None)"])
def test_a_limit_on_the_size_of_files_leaves_the_old_one(tmp_path, flag):
    target = tmp_path / "a.hpp"
    target.write_text(OLD)
    run(f"""
        import os, resource
        {flag}
        from emlearn.files import write_whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        for path in ({str(target)!r}, {str(tmp_path / "b.hpp")!r}):
            try:
                write_whole(path, "new\\n" * 100_000)
            except OSError as error:
                assert error.filename == path, error
            else:
                raise SystemExit("written")
    """)
    assert target.read_text() == OLD and names(tmp_path) == ["a.hpp"]


@posix
def test_a_disk_that_is_really_full(tmp_path, way):
    """A tmpfs of 300 kB; mounting one takes root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.strip()}")
    try:
        (disk / "a.hpp").write_text(OLD)
        for name in ("a.hpp", "b.hpp"):
            with pytest.raises(OSError, match=name) as caught:
                write_whole(disk / name, NEW)
            assert caught.value.errno == errno.ENOSPC
        assert (disk / "a.hpp").read_text() == OLD and names(disk) == ["a.hpp"]
        write_whole(disk / "a.hpp", "small")
        assert (disk / "a.hpp").read_text() == "small" and names(disk) == ["a.hpp"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@posix
def test_a_process_killed_at_any_moment_leaves_whole_files(tmp_path):
    """The target is whole; killed between the naming and the rename, the next file, whole too, is left for a later write to sweep up."""
    if not hasattr(os, "O_TMPFILE"):
        pytest.skip("the system has no O_TMPFILE")
    target = tmp_path / "a.hpp"
    texts = [letter * 2_000_000 for letter in "abc"]
    code = f"""
        from emlearn.files import write_whole
        texts = [letter * 2_000_000 for letter in "abc"]
        print("ready", flush=True)
        while True:
            for text in texts:
                write_whole({str(target)!r}, text)
    """
    seen = set()
    for attempt in range(12):
        target.unlink(missing_ok=True)
        if attempt % 2:
            target.write_text(texts[0])
        process = subprocess.Popen([sys.executable, "-c", LIGHT + textwrap.dedent(code)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(0.002 + 0.0037 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if target.exists():
            assert target.read_text() in texts
            seen.add(target.read_text()[0])
        hidden = [name for name in names(tmp_path) if name != "a.hpp"]
        assert len(hidden) <= 1
        for name in hidden:
            assert (tmp_path / name).read_text() in texts
            (tmp_path / name).unlink()
    assert seen


@posix
@pytest.mark.parametrize("flag", ["", "os.__dict__.pop('O_TMPFILE', None)"])
@pytest.mark.parametrize("moment", ["write", "replace"])
def test_what_a_killed_process_may_leave_is_swept_up(tmp_path, flag, moment):
    """Killed just before the rename, or where there are no nameless files: the target is whole, the leftover goes with a later write."""
    target = tmp_path / "a.hpp"
    target.write_text(OLD)
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            LIGHT
            + textwrap.dedent(f"""
        import os, signal
        {flag}
        from emlearn.files import write_whole
        os.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        write_whole({str(target)!r}, "new")
    """),
        ]
    )
    assert killed.returncode == -signal.SIGKILL
    assert target.read_text() == OLD
    left = [name for name in names(tmp_path) if name != "a.hpp"]
    assert len(left) == (0 if moment == "write" and not flag and hasattr(os, "O_TMPFILE") else 1)
    write_whole(target, NEW)
    assert len(names(tmp_path)) == 1 + len(left), "a young one may belong to a living process"
    for name in left:
        os.utime(tmp_path / name, (time.time() - 2 * files._STALE_SECONDS,) * 2)
    write_whole(target, NEW)
    assert names(tmp_path) == ["a.hpp"] and target.read_text() == NEW


def test_other_hidden_files_are_left_alone(tmp_path, way):
    for name in (".emlearn-cache", ".other.tmp", "emlearn-1.tmp"):
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (0, 0))
    write_whole(tmp_path / "a.hpp", NEW)
    assert names(tmp_path) == [".emlearn-cache", ".other.tmp", "a.hpp", "emlearn-1.tmp"]


def run(code):
    done = subprocess.run([sys.executable, "-c", LIGHT + textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
