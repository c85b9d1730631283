"""The command ``emlearn``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import Annotated

import typer

from ..version import __version__
from . import bench, compress, convert, fit, info, targets, verify

app = typer.Typer(
    name="emlearn",
    help="Convert scikit-learn estimators to C++ headers for microcontrollers, and check that the answers are the same.",
    epilog="Exit codes: 0 done, or equal; 1 verify found a difference, bench a failure, or fit no way; 2 bad input, or the system refused.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("convert", epilog=convert.EXAMPLES)(convert.convert)
app.command("info", epilog=info.EXAMPLES)(info.info)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.command("bench", epilog=bench.EXAMPLES)(bench.bench)
app.command("fit", epilog=fit.EXAMPLES)(fit.fit)
app.command("compress", epilog=compress.EXAMPLES)(compress.compress)
app.command("targets", epilog=targets.EXAMPLES)(targets.targets)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"emlearn {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    pass
