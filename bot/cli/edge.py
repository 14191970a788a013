"""Where errors end: the user's problem becomes one line, a bug becomes a log file, and each has its exit code."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Any

import click

from bot.cli.invocation import Invocation

PROBLEM = 1
GATE = 3
BUG = 4
IN_PART = 5
INTERRUPTED = 130
BROKEN_PIPE = 141
# Conditions of the machine that its user can see to; any other OSError is a bug of ours.
USERS_OWN = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR}


class Group(click.Group):
    """A group of commands whose errors end here."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever it raises becomes a line on stderr and an exit code."""
        invocation = ctx.ensure_object(Invocation)
        try:
            _set_up_logging(invocation)
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader has gone: nothing is left to say, not even by the interpreter when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(BROKEN_PIPE)
        except Exception as error:
            if (line := _users_problem(error)) is not None:
                click.echo(f"footnote: {line}", err=True)
                ctx.exit(PROBLEM)
            path = _log_bug(invocation, ctx.invoked_subcommand or "")
            click.echo(f"footnote: this is a bug in Footnote; the details are in {path}", err=True)
            ctx.exit(BUG)


def _users_problem(error: Exception) -> str | None:
    from bot.answers import BotError
    from bot.cli.printing import clean
    from config import ConfigError
    from retrieval.articles import RetrievalError

    if isinstance(error, (BotError, ConfigError, RetrievalError)):
        return " ".join(clean(str(error)).split())
    if isinstance(error, OSError) and error.errno in USERS_OWN:
        return f"{error.strerror}: {error.filename}" if error.filename else f"{error.strerror}"
    return None


def _set_up_logging(invocation: Invocation) -> None:
    import logging
    import warnings

    verbosity = invocation.verbosity
    levels = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO, 2: logging.DEBUG}
    # Other people's libraries are heard only with -vv: what they warn of is not for the user to see to.
    logging.basicConfig(
        level=logging.DEBUG if verbosity > 1 else logging.CRITICAL, format="%(name)s: %(message)s", force=True
    )
    for name in ("bot", "retrieval", "footnote"):
        logging.getLogger(name).setLevel(levels[max(-1, min(verbosity, 2))])
    if verbosity < 2 and not sys.warnoptions:
        warnings.simplefilter("ignore")


def _log_bug(invocation: Invocation, command: str) -> Path:
    """Write the traceback into the library's log folder, or a temporary one; the arguments may be private: no word."""
    import platform
    import tempfile
    import traceback
    from datetime import datetime
    from importlib.metadata import version

    now = datetime.now()
    text = (
        f"footnote {version('footnote')} {command}, Python {platform.python_version()}, {platform.platform()}, "
        f"{now:%Y-%m-%d %H:%M:%S}\n{traceback.format_exc()}"
    )
    name = f"bug-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    try:
        library = Path(invocation.settings().library.path)
        if not library.is_dir():
            raise FileNotFoundError
        (library / "log").mkdir(exist_ok=True)
        path = library / "log" / name
        path.write_text(text, "utf-8")
    except Exception:  # whatever is wrong with the settings or the library must not hide the bug
        path = Path(tempfile.mkdtemp(prefix="footnote-")) / name
        path.write_text(text, "utf-8")
    return path
