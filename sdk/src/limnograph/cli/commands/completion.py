"""``limno completion``: what a shell needs to complete the command."""

from argparse import ArgumentParser, Namespace

from limnograph.cli.command import Command
from limnograph.cli.exits import DONE, FAILED
from limnograph.cli.output import say

_SHELLS = ("bash", "zsh", "fish")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("shell", choices=_SHELLS, help="the shell that the script is for")


def _run(arguments: Namespace) -> int:
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError:
        say("completion needs the extra 'client': pip install 'limnograph[client]'")
        return FAILED
    print(shellcode(["limno"], shell=arguments.shell))
    return DONE


COMPLETION = Command(
    name="completion",
    summary="print what makes a shell complete limno",
    doc="Print a script that makes a shell complete commands, options, profiles and tables.",
    examples=(
        'eval "$(limno completion bash)"            # in ~/.bashrc',
        'eval "$(limno completion zsh)"             # in ~/.zshrc, after compinit',
        "limno completion fish > ~/.config/fish/completions/limno.fish",
    ),
    arguments=_arguments,
    run=_run,
)
