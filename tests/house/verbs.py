"""Writes docs/reference/verbs.md from the parsers themselves: `python tests/house/verbs.py > docs/reference/verbs.md`."""

import argparse

from wenyam.cli.main import EXIT_CODES, VERBS, verb_parser

HEAD = f"""# Verbs

Made from the parsers by `tests/house/verbs.py`; a test keeps it true. {EXIT_CODES[0].upper()}{EXIT_CODES[1:]}.
stdout is data, stderr is talk: an error is a sentence there, also with `--json`, and stdout stays empty
(`check` answers on stdout whatever happens). Every verb takes `--config FOLDER` (default `$WENYAM_CONFIG`, then `/etc/wenyam`).

| verb | what it does |
|---|---|
"""


def reference() -> str:
    """Return the whole page."""
    table = "\n".join(f"| [`{verb}`](#{verb}) | {line} |" for verb, line in VERBS.items())
    return HEAD + table + "\n" + "".join(_verb(verb) for verb in VERBS)


def _verb(verb: str) -> str:
    rows = "\n".join(_rows(verb_parser(verb)))
    return f"\n## {verb}\n\n{VERBS[verb][0].upper()}{VERBS[verb][1:]}.\n\n| argument | meaning |\n|---|---|\n{rows}\n"


def _rows(parser: argparse.ArgumentParser, before: str = "") -> list[str]:
    rows: list[str] = []
    for action in parser._actions:  # argparse offers no other way to list them
        if isinstance(action, argparse._HelpAction) or "--config" in action.option_strings or action.help == argparse.SUPPRESS:
            continue
        if isinstance(action, argparse._SubParsersAction):  # same
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}  # same
            for name, sub in action.choices.items():
                rows.append(f"| `{before}{name}` | {_cell(helps.get(name, ''))} |")
                rows += _rows(sub, f"{before}{name} ")
            continue
        rows.append(f"| `{before}{_name(action)}` | {_cell(action.help or '')} |")
    return rows


def _name(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else ""
    if not value and action.choices is not None:
        value = "\\|".join(str(choice) for choice in action.choices)
    if not action.option_strings:
        return value or action.dest.upper()
    takes = action.nargs != 0
    return f"{action.option_strings[-1]} {value or action.dest.upper()}" if takes else action.option_strings[-1]


def _cell(text: str) -> str:
    return text.replace("%%", "%").replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(reference(), end="")
