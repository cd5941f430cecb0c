"""Plans for the DR site: how each stands, and one of them with the steps of its run, its runs and what is to be put right."""

from collections.abc import Iterator, Mapping
from typing import Any

from wenyam.i18n.translate import mark
from wenyam.model.instants import from_iso, seconds_between
from wenyam.operations.drill_words import DRILL_TOKENS, told_of_run
from wenyam.operations.recovery_dashboard import PlanBoard
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, verdict_cell
from wenyam.tui.drawing import bar
from wenyam.tui.view_models.look import Look, reason
from wenyam.tui.view_models.sections import Entry, Section, table
from wenyam.tui.wrapping import wrapped

STAGES = {
    "waiting": ("·", mark("waiting"), Tone.FAINT),
    "running": ("▶", mark("under way"), Tone.STRONG),
    "again": ("↻", mark("once more"), Tone.WARN),
    "passed": ("●", mark("passed"), Tone.GOOD),
    "stopped": ("✖", mark("waits for a decision"), Tone.BAD),
    "skipped": ("»", mark("skipped"), Tone.WARN),
}
"""A shape, a word and a tone for where a step is."""
FIGURES = {
    "failure_began": mark("failure began"), "detected": mark("detected"), "declared": mark("declared"),
    "served": mark("served again"), "accepted": mark("accepted by users"), "service_time": mark("time to service"),
    "recovery_time": mark("recovery time"), "recovery_point": mark("data lost for"), "rows_lost": mark("rows lost"),
    "recovery_time_target": mark("recovery time wanted (RTO)"), "recovery_point_target": mark("data loss allowed (RPO)"),
}  # fmt: skip
"""What the times and figures of a run are called; one from a newer Wenyam stays as it is."""
_BY_SIGNATURE = mark("waits for signatures: key a, or wenyam dr approve")
_WAITS = {
    "approve": _BY_SIGNATURE,
    "user_test": _BY_SIGNATURE,
    "fence": mark("under proof; people may state it by signature: key a"),
    "manual": mark("waits for a person; then: {command}"),
}
"""What a step of a kind that waits for people waits for."""
_DECIDE = mark("somebody must decide: {command}")
_BAR = 20
_UNDER_WAY = ("running", "again", "stopped")


def plans(look: Look) -> Rows:
    """Return the table: each plan, and under it what keeps it from being ready or its run in progress."""
    say = look.say
    columns = [
        Column(say("Plan"), 22, grow=3),
        Column(say("State"), 16),
        Column(say("Good drill"), max(11, look.time_width), right=True),
        Column(say("Rehearsal"), max(11, look.time_width), right=True),
        Column("RTO", 10, right=True),
        Column(say("Measured"), 10, right=True, from_width=90),
        Column("RPO", 10, right=True, from_width=100),
        Column(say("Findings"), 9 if look.language == "en" else 12, right=True, from_width=110),
        Column(say("Owner"), 14, grow=1, from_width=120),
    ]
    lines = dict(_lines(look))
    known = look.picture.recovery
    empty = say("Looking …") if known is None else say("No plan for a DR site is configured: section 'dr' (docs/howto/dr.md).")
    return Rows(columns, list(lines), lines.__getitem__, reason(look, empty, ("recovery",)))


def _lines(look: Look) -> Iterator[tuple[str, Line]]:
    for board in look.picture.recovery or ():
        plan, name = board.plan, board.plan["plan"]
        if not look.matches(name, plan["title"], *plan["services"]):
            continue
        yield f"plan:{name}", _plan(look, board)
        if plan["run_in_progress"] and board.run is not None:
            for step in board.run["steps"]:
                if step["stage"] in _UNDER_WAY:
                    tone = Tone.BAD if _is_late(look, step) else STAGES[step["stage"]][2]
                    yield f"step:{name}:{step['id']}", (Cell(f"    {_clock(look, step)}", tone),)
        if plan["not_ready_because"]:
            yield f"why:{name}", (Cell(f"    ▲ {look.told(f'job:{name}', plan['not_ready_because'])}", Tone.WARN),)


def _plan(look: Look, board: PlanBoard) -> Line:
    plan, run = board.plan, board.run
    figures = {} if run is None else run["figures"]
    measured = figures.get("recovery_time")
    wanted, data = plan["recovery_time_target"], plan["recovery_point_target"]
    late = None not in (measured, wanted) and measured > wanted
    return (
        Cell(plan["title"], Tone.STRONG),
        _state(look, board),
        Cell(_ago(look, plan["last_good_drill"])),
        Cell(_ago(look, plan["last_good_rehearsal"])),
        Cell("" if wanted is None else look.lasting(wanted), Tone.FAINT),
        Cell("" if measured is None else look.lasting(round(measured, 1)), Tone.BAD if late else Tone.GOOD),
        Cell("" if data is None else look.lasting(data), Tone.FAINT),
        Cell(str(plan["open_findings"] or ""), Tone.WARN),
        Cell(look.person(plan["owner"]), Tone.FAINT),
    )


def _state(look: Look, board: PlanBoard) -> Cell:
    if board.plan["run_in_progress"] and board.run is not None:
        waits = bool(board.run["waits_for_decision"] or board.run["overdue"])
        return Cell(f"{'✖' if waits else '▶'} {_mode(look, board.run)}", Tone.BAD if waits else Tone.STRONG)
    if board.plan["not_ready_because"]:
        return Cell("▲ " + look.say("not ready"), Tone.WARN)
    return Cell("● " + look.say("ready"), Tone.GOOD)


def board_of(look: Look, name: str) -> PlanBoard | None:
    """Return one plan."""
    return next((each for each in look.picture.recovery or () if each.plan["plan"] == name), None)


def head(look: Look, name: str, width: int) -> list[Line]:
    """Return the lines above one plan: what moves where, its objectives, the clock of its run, and for whom it waits."""
    board, say = board_of(look, name), look.say
    if board is None:
        return [(Cell(name, Tone.STRONG), Cell("  " + reason(look, say("Looking …"), ("recovery",)), Tone.FAINT))]
    plan = board.plan
    way = f"{_site(look, plan['main_site'])} → {_site(look, plan['dr_site'])}"
    moves = (
        f"{way} · {', '.join(_service(look, each) for each in plan['services'])} · {say('owner')} {look.person(plan['owner'])}"
    )
    lines: list[Line] = [(Cell(f"{plan['title']}  ", Tone.STRONG), _state(look, board)), (Cell(moves, Tone.FAINT),)]
    if board.run is not None:
        lines += [_run_clock(look, board), *_waiting(look, board, width)]
    return lines


def _waiting(look: Look, board: PlanBoard, width: int) -> Iterator[Line]:
    """Yield what somebody must do now, which columns may have no room for."""
    for step in (board.run or {})["steps"]:
        if step["stage"] == "stopped" or (step["stage"] == "running" and step["kind"] in _WAITS):
            said = f"{told_of_run(step['title'], look.say)}: {' · '.join(_seen(look, board, step))}"
            tone = Tone.BAD if step["stage"] == "stopped" or _is_late(look, step) else Tone.WARN
            yield from ((Cell(line, tone),) for line in wrapped(said, width - 2))


def _site(look: Look, name: str) -> str:
    known = look.picture.configuration.inventory.sites.get(name)
    return name if known is None else look.name(known.label, name)


def _service(look: Look, name: str) -> str:
    known = look.picture.configuration.inventory.services.get(name)
    return name if known is None else look.name(known.label, name)


def _run_clock(look: Look, board: PlanBoard) -> Line:
    run, target = board.run or {}, board.plan["recovery_time_target"]
    if run["ended"] is not None:
        verdict = verdict_cell(run["verdict"], look.say) if run["verdict"] else Cell("")
        return (
            Cell(f"{_mode(look, run)} {run['run']}  ", Tone.FAINT),
            verdict,
            Cell(f"  {look.moment(run['ended'])}  {told_of_run(run['summary'], look.say)}"),
        )
    began = from_iso(run["times"].get("failure_began", run["began"]))
    gone = max(0.0, seconds_between(began, look.picture.at))
    if target is None:
        return (Cell(f"{_mode(look, run)} {run['run']}  {look.lasting(int(gone))}"),)
    drawn = bar(gone / target if target else 1.0, _BAR)
    tone = Tone.BAD if gone > target else Tone.WARN if gone > target / 2 else Tone.GOOD
    return (
        Cell(
            f"{_mode(look, run)} {run['run']}  {drawn} {look.lasting(int(gone))} {look.say('of')} {look.lasting(target)} (RTO)",
            tone,
        ),
    )


def plan(look: Look, name: str) -> Rows:
    """Return everything about one plan."""
    say, board = look.say, board_of(look, name)
    columns = [
        Column(say("Step"), 24, grow=3),
        Column(say("State"), 22 if look.language == "en" else 18),
        Column(say("Clock"), 22),
        Column(say("What was seen"), 12, grow=4),
    ]
    if board is None:
        return Rows(columns, [], lambda _key: (), reason(look, say("Looking …"), ("recovery",)))
    run = board.run or {"overdue": (), "steps": ()}
    steps = say("Steps of the run in progress") if board.plan["run_in_progress"] else say("Steps of the last run")
    sections = [
        Section("overdue", say("Overdue"), [_sentence(look, *each) for each in enumerate(run["overdue"])]),
        Section("steps", steps, [_step(look, board, each) for each in run["steps"]]),
        Section("figures", say("Times and figures"), list(_figures(look, board)), counted=False),
        Section("findings", say("Findings to put right"), [_finding(look, each) for each in board.findings]),
        Section("runs", say("Runs"), [_run(look, each) for each in board.runs]),
    ]
    return table(look, columns, sections, say("This plan was never run: wenyam dr rehearse {plan}").format(plan=name))


def _sentence(look: Look, number: int, text: str) -> Entry:
    return Entry(str(number), (Cell(f"  ✖ {told_of_run(text, look.say)}", Tone.BAD),))


def _step(look: Look, board: PlanBoard, step: Mapping[str, Any]) -> Entry:
    symbol, word, tone = STAGES[step["stage"]]
    line = (
        Cell(f"  {told_of_run(step['title'], look.say)}"),
        Cell(f"{symbol} {look.say(word)}", tone),
        Cell(_spent(look, step), Tone.BAD if _is_late(look, step) else Tone.FAINT),
        Cell(" · ".join(_seen(look, board, step))),
    )
    return Entry(step["id"], line)


def _seen(look: Look, board: PlanBoard, step: Mapping[str, Any]) -> Iterator[str]:
    """Yield what somebody must do for a step that waits, what it came to, who decided, and how it was taken back."""
    say, run = look.say, (board.run or {}).get("run", "")
    if step["stage"] == "running" and step["kind"] in _WAITS:
        yield say(_WAITS[step["kind"]]).format(command=f"wenyam dr decide {run} {step['id']} done --reason …")
    if step["signed_by"] and not step["summary"]:
        yield f"{say('signed:')} {', '.join(map(look.person, step['signed_by']))}"
    if step["summary"]:
        yield told_of_run(step["summary"], say)
    if step["stage"] == "stopped":
        yield say(_DECIDE).format(command=f"wenyam dr decide {run} {step['id']} …")
    if step["decided_by"]:
        yield f"{say('decided by')} {look.person(step['decided_by'])}"
    if step["undo_summary"]:
        yield told_of_run(step["undo_summary"], say)


def _is_late(look: Look, step: Mapping[str, Any]) -> bool:
    """Tell whether a step that is under way is over its limit."""
    if step["stage"] not in _UNDER_WAY or step["began"] is None:
        return False
    return seconds_between(from_iso(step["began"]), look.picture.at) > float(step["limit_seconds"])


def _spent(look: Look, step: Mapping[str, Any]) -> str:
    """Return how long a step took, or has taken, of its limit."""
    if step["began"] is None:
        return f"– {look.say('of')} {look.lasting(step['limit_seconds'])}"
    end = look.picture.at if step["ended"] is None or step["stage"] in _UNDER_WAY else from_iso(step["ended"])
    spent = max(0.0, seconds_between(from_iso(step["began"]), end))
    return f"{look.lasting(int(spent))} {look.say('of')} {look.lasting(step['limit_seconds'])}"


def _clock(look: Look, step: Mapping[str, Any]) -> str:
    symbol, word, _ = STAGES[step["stage"]]
    return f"{symbol} {told_of_run(step['title'], look.say)}: {look.say(word)}, {_spent(look, step)}"


def _figures(look: Look, board: PlanBoard) -> Iterator[Entry]:
    run = board.run or {"times": {}, "figures": {}}
    for name, when in run["times"].items():
        yield Entry(name, (Cell("  " + look.say(FIGURES.get(name, name))), Cell(""), Cell(look.moment(when)), Cell("")))
    for name, value in run["figures"].items():
        shown = str(value) if name == "rows_lost" else look.lasting(float(value))
        yield Entry(name, (Cell("  " + look.say(FIGURES.get(name, name))), Cell(""), Cell(shown), Cell("")))


def _finding(look: Look, finding: Mapping[str, Any]) -> Entry:
    tone = Tone.BAD if finding["overdue"] else Tone.WARN
    line = (
        Cell(f"  {finding['number']}"),
        Cell(look.person(finding["owner"])),
        Cell(look.moment(finding["due"]), tone),
        Cell(finding["what"], tone),
    )
    return Entry(finding["number"], line)


def _run(look: Look, run: Mapping[str, Any]) -> Entry:
    verdict = verdict_cell(run["verdict"], look.say) if run["verdict"] else Cell("▶ " + look.say("under way"), Tone.STRONG)
    return Entry(
        run["run"], (Cell(f"  {look.moment(run['began'])}"), verdict, Cell(_mode(look, run)), Cell(run["run"], Tone.FAINT))
    )


def _mode(look: Look, run: Mapping[str, Any]) -> str:
    return look.say(DRILL_TOKENS[run["mode"]])


def _ago(look: Look, written: str | None) -> str:
    return look.say("never") if written is None else look.ago(written)
