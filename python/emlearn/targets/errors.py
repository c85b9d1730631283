"""What can go wrong between a header and a chip's answers; each message says what to do next.

SPDX-License-Identifier: MIT
"""


class ToolMissingError(RuntimeError):
    """A compiler, library or emulator is not installed; the message names it and the command that gets it."""


class CompileError(RuntimeError):
    """The compiler or linker refused the header.

    Attributes
    ----------
    command : str
        As run, in `folder`.
    output : str
        What the compiler said.
    folder : str
        The build folder, kept for a look.
    """

    def __init__(self, command: str, output: str, folder: str) -> None:
        super().__init__(f"compiling failed; the folder {folder} is kept.\n$ {command}\n{output}")
        self.command, self.output, self.folder = command, output, folder


class TooLargeError(RuntimeError):
    """The model does not fit the chip; the message says by how many bytes.

    Attributes
    ----------
    excess : int or None
        Bytes too many; None where the header's own checks refused before anything was linked.
    """

    def __init__(self, message: str, excess: int | None = None) -> None:
        super().__init__(message)
        self.excess = excess


class DeviceError(RuntimeError):
    """The program crashed, ran out of stack, or did not end.

    Attributes
    ----------
    row : int or None
        The row of X that did it, where that is known.
    """

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row
