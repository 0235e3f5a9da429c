"""`limnod`: starts the parts together or one by one, migrates the schema, says how things are."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from assets.errors import LakeError
from assets.storage.metadata.migrate import migrate
from assets.storage.settings import WrongSettings
from auth.settings import AuthSettings
from stack import check, keys, maintain, views
from stack.all_settings import check_all, unknown_names
from stack.lake_environment import lake_environment
from stack.one_machine import OneMachine
from stack.probe import command as probe
from stack.settings import StackSettings
from stack.status import ask_all, table

_TICK_S = 0.1
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code (0: well, 1: not, 2: wrong usage or settings)."""
    arguments = _parser().parse_args(argv)
    command: Callable[[StackSettings, argparse.Namespace], int] = arguments.command
    try:
        return command(_settings(arguments), arguments)
    except WrongSettings as exc:
        print(f"limnod: wrong settings\n{exc}", file=sys.stderr)
        return 2
    except (LakeError, OSError, ValueError) as exc:
        print(f"limnod: {exc}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="limnod", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("up", up, "start everything on this machine and keep it running"),
        ("ingest", ingest, "run the receiver only"),
        ("query", query, "run the query service only"),
        ("migrate", migrate_schema, "bring the metadata database to this program's schema"),
        ("status", status, "ask every part how it is; exit code 0 when all are ready"),
    ):
        one = commands.add_parser(name, help=text, description=text)
        one.add_argument("--data-dir", type=Path, help="instead of LIMNO_DATA_DIR")
        if name in {"up", "ingest", "query"}:
            one.add_argument(
                "--disable-auth",
                action="store_true",
                help="want no credentials, on the loopback address (LIMNO_AUTH_DISABLED)",
            )
        one.set_defaults(command=lambda settings, _told, run=command: run(settings))
    for name, module, run, text in (
        ("maintain", maintain, maintain.maintain, "run a maintenance task once, or list them all"),
        ("check", check, check.check, "look for what could be wrong with the lake"),
        ("probe", probe, probe.probe, "write known events each minute and look for them in SQL"),
        ("keys", keys, keys.keys, "make, list and revoke API keys"),
        ("views", views, views.views, "what tables there are, what they hold and what they lack"),
    ):
        one = commands.add_parser(name, help=text, description=text)
        one.add_argument("--data-dir", type=Path, help="instead of LIMNO_DATA_DIR")
        module.arguments(one)
        one.set_defaults(command=run)
    return parser


def _settings(arguments: argparse.Namespace) -> StackSettings:
    if getattr(arguments, "disable_auth", False):
        os.environ[AuthSettings.variable("disabled")] = "true"
    check_all()
    for complaint in unknown_names(os.environ):
        print(f"limnod: {complaint}", file=sys.stderr)
    if arguments.data_dir is not None:
        return StackSettings(data_dir=arguments.data_dir)
    return StackSettings()


def stop_on_signals() -> None:
    """Make SIGTERM end the program as Ctrl-C does: through every ``with`` that is open."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # stopping takes a bounded time already
        raise KeyboardInterrupt

    for number in _STOP_SIGNALS:
        signal.signal(number, interrupt)


def say(line: str) -> None:
    """Print one line for people, at once."""
    print(line, flush=True)


def up(settings: StackSettings) -> int:
    """Start everything, print the addresses, look after it until asked to stop."""
    stop_on_signals()
    try:
        with OneMachine(settings, say) as machine:
            machine.wait_until_ready()
            print_addresses(machine)
            while True:
                machine.tick()
                time.sleep(_TICK_S)
    except KeyboardInterrupt:
        say("stopped")
        return 0


def print_addresses(machine: OneMachine) -> None:
    """Print where everything is."""
    at = machine.addresses
    say("ready")
    say(f"  send events to    {at.ingest_url}   (LIMNO_INGEST_URI)")
    otlp = [
        f"{url} ({name})" for url, name in ((at.grpc_url, "gRPC"), (at.otlp_url, "HTTP")) if url
    ]
    if otlp:
        say(f"  OpenTelemetry     {', '.join(otlp)}")
    say(f"  ask in SQL        {at.flight_url}   (LIMNO_QUERY_URI; Arrow Flight)")
    say(f"  ask over HTTP     {at.query_url}/api/query")
    if at.dagster_port:
        say(f"  Dagster UI        {at.dagster_url}")
    say(f"  data and logs     {machine.directory.path}")


def ingest(settings: StackSettings) -> int:
    """Become the receiver."""
    return _become("ingest_api", settings)


def query(settings: StackSettings) -> int:
    """Become the query service."""
    return _become("query_engine", settings)


def _become(module: str, settings: StackSettings) -> int:
    environment = {**os.environ, **lake_environment(settings)}
    os.execve(sys.executable, [sys.executable, "-m", module], environment)  # noqa: S606


def migrate_schema(settings: StackSettings) -> int:
    """Migrate, and say what was done."""
    done = migrate(lake_environment(settings)["LIMNO_DATABASE_URL"])
    say("\n".join(f"migrated: {name}" for name in done) or "the schema is current")
    return 0


def status(settings: StackSettings) -> int:
    """Print how every part is; 1 when one of them is not ready."""
    answers = ask_all(settings)
    say(table(answers))
    return 0 if all(answer.is_ready for answer in answers) else 1


if __name__ == "__main__":
    raise SystemExit(main())
