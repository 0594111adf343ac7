"""The command group, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from typing import NoReturn

import rich_click as click
from click.exceptions import Exit

from penstock.cli.artifacts import artifacts
from penstock.cli.compile import compile_command
from penstock.cli.components import components
from penstock.cli.init import init
from penstock.cli.lineage import lineage
from penstock.cli.logs import logs
from penstock.cli.node import node
from penstock.cli.plan import plan
from penstock.cli.run import run
from penstock.cli.runs import runs
from penstock.errors import PenstockError

__all__ = ["cli", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="penstock", message="penstock %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
def cli(debug: bool) -> None:
    """Declarative ML pipelines: typed artifacts, a cache that explains itself, a local Apache Beam runner."""
    if debug:
        os.environ["PENSTOCK_DEBUG"] = "1"


for _command in (run, plan, compile_command, runs, artifacts, components, lineage, logs, init, node):
    cli.add_command(_command)


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    os.umask(0o077)  # artifacts and logs may hold private data
    try:
        code = cli.main(standalone_mode=False)
    except Exit as error:
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        _report("stopped")
        code = 130
    except PenstockError as error:
        _report(str(error))
        code = error.exit_code
    except SystemExit as error:
        # Click ends with 1 when the reader of our output goes away, as `head` does.
        code = 128 + signal.SIGPIPE if isinstance(error.__context__, BrokenPipeError) else error.code
    except OSError as error:
        code = _report_os(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a message instead of a traceback
        code = _report_internal(error)
    gc.freeze()  # else the interpreter looks for garbage among Beam's objects, for half a second, before it ends
    sys.exit(code or 0)


def _report_os(error: OSError) -> int:
    """A full or read-only disk is the user's to mend; any other error of the system that got here is a defect."""
    from penstock.orchestration.layout import storage_error

    found = storage_error(error)
    if found is None:
        return _report_internal(error)
    _report(str(found))
    return found.exit_code


def _report_internal(error: Exception) -> int:
    _report(f"internal error: {type(error).__name__}: {error}\n  Hint: `penstock --debug ...` shows where")
    return 5


def _report(message: str) -> None:
    if os.environ.get("PENSTOCK_DEBUG"):
        traceback.print_exc()
    click.echo(message, err=True)
