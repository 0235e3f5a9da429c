"""``limno profile``: named connections, kept in a file."""

import sys
from argparse import ArgumentParser, Namespace

from limnograph.cli.command import Command
from limnograph.cli.completion import profile_names
from limnograph.cli.exits import DONE
from limnograph.cli.output import say
from limnograph.client import profiles


def _arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add a profile, the first one as the default")
    _name(add)
    add.add_argument("--uri", metavar="URI", required=True, help="grpc:// or http:// host:port")
    add.add_argument(
        "--api-key",
        action="store_true",
        help="ask for an API key (from standard input if that is no terminal)",
    )
    add.add_argument("--tls-ca", metavar="FILE", help="certificates to trust, PEM")
    add.add_argument(
        "--no-tls-verify", action="store_true", help="take any certificate (to try things out)"
    )
    add.add_argument("--timeout", metavar="TIME", help="most time of a query, such as 90s")
    add.add_argument("--replace", action="store_true", help="replace one of that name")
    add.set_defaults(act=_add)
    actions.add_parser("list", help="list the profiles").set_defaults(act=_list)
    show = actions.add_parser("show", help="show what a profile, or no profile, comes to")
    _name(show, optional=True)
    show.set_defaults(act=_show)
    use = actions.add_parser("use", help="make a profile the default")
    _name(use)
    use.set_defaults(act=_use)
    remove = actions.add_parser("remove", help="remove a profile")
    _name(remove)
    remove.set_defaults(act=_remove)


def _name(parser: ArgumentParser, *, optional: bool = False) -> None:
    name = parser.add_argument(
        "name", metavar="NAME", nargs="?" if optional else None, help="letters, digits, _ and -"
    )
    name.completer = profile_names  # type: ignore[attr-defined]


def _run(arguments: Namespace) -> int:
    arguments.act(arguments)
    return DONE


def _add(arguments: Namespace) -> None:
    from limnograph.client import profile_store

    fields: dict[str, str | bool] = {"uri": arguments.uri}
    if arguments.api_key:
        fields["api_key"] = _asked_key()
    if arguments.tls_ca:
        fields["tls_ca"] = arguments.tls_ca
    if arguments.no_tls_verify:
        fields["tls_verify"] = False
    if arguments.timeout:
        fields["timeout"] = arguments.timeout
    file = profile_store.put(arguments.name, fields, replace=arguments.replace)
    default = " (the default)" if file.default == arguments.name else ""
    print(f"{arguments.name}{default}: {arguments.uri}, in {file.path}")


def _asked_key() -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("API key: ").strip()
    return sys.stdin.readline().strip()


def _list(_: Namespace) -> None:
    file = profiles.read_file()
    if not file.profiles:
        say(f"no profiles in {file.path}; limno profile add makes one")
        return
    width = max(map(len, file.profiles))
    for name in sorted(file.profiles):
        mark = "*" if name == file.default else " "
        key = "  (with a key)" if file.profiles[name].get("api_key") else ""
        print(f"{mark} {name:<{width}}  {file.profiles[name].get('uri', '(no uri)')}{key}")


def _show(arguments: Namespace) -> None:
    found = profiles.load(arguments.name)
    lines = (
        ("profile", found.name or "(none)"),
        ("uri", found.uri),
        ("api_key", "(set)" if found.api_key else None),
        ("tls_ca", found.tls_ca),
        ("tls_verify", None if found.tls_verify else "false"),
        ("timeout", None if found.timeout_s is None else f"{found.timeout_s:g} s"),
        ("file", str(profiles.config_path())),
    )
    for name, text in lines:
        if text is not None:
            print(f"{name:<12}{text}")


def _use(arguments: Namespace) -> None:
    from limnograph.client import profile_store

    profile_store.use(arguments.name)
    print(f"{arguments.name} is the default")


def _remove(arguments: Namespace) -> None:
    from limnograph.client import profile_store

    file = profile_store.remove(arguments.name)
    print(f"removed {arguments.name}" + ("" if file.default else "; there is no default now"))


PROFILE = Command(
    name="profile",
    summary="keep named connections in a file",
    doc="Keep named connections in a file: ~/.config/limnograph/config.toml, or "
    "$LIMNO_CLIENT_CONFIG.",
    examples=(
        "limno profile add local --uri grpc://127.0.0.1:9482",
        "limno profile add production --uri grpc+tls://lake.example:9482 --api-key",
        "limno profile list",
        "limno profile show production",
        "limno profile use production",
        "limno profile remove local",
    ),
    arguments=_arguments,
    run=_run,
)
