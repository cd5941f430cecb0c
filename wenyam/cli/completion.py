"""`wenyam completion`: shell completion made from the parsers themselves, so that it is never out of date."""

import argparse

from wenyam.cli.main import VERBS, verb_parser


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=("bash", "zsh"), help="print for this shell; use: source <(wenyam completion bash)")


def run(arguments: argparse.Namespace) -> int:
    """Print the completion script."""
    if arguments.shell == "zsh":
        print("autoload -U +X bashcompinit && bashcompinit")
    print(script())
    return 0


def script() -> str:
    """Return a bash function that completes verbs, options and choices."""
    cases = "\n".join(f"        {verb}) words='{' '.join(_words(verb_parser(verb)))}' ;;" for verb in VERBS)
    return f"""_wenyam() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} verb= words= index
    for ((index = 1; index < COMP_CWORD; index++)); do
        case ${{COMP_WORDS[index]}} in --config) ((index++)) ;; -*) ;; *) verb=${{COMP_WORDS[index]}}; break ;; esac
    done
    case $verb in
        '') words='{" ".join(VERBS)} --config --version --help' ;;
{cases}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _wenyam wenyam"""


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """Return options, choices and sub-verbs of one parser."""
    found: list[str] = []
    for action in parser._actions:  # noqa: SLF001  # argparse offers no other way to list them
        found += action.option_strings
        if action.choices is not None:
            found += [str(choice) for choice in action.choices]
    return sorted(set(found))
