"""Services live: own probes as one more `all` over the members, judged again whenever a member changes."""

from wenyam.availability.expression import evaluate, subjects_of
from wenyam.availability.services import with_own_probes
from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE, Expression, Service
from wenyam.model.states import OVERALL, CheckResult, Observation, State, StateChange, Subject, SubjectKind

_BAD = (State.DOWN, State.UNREACHABLE)


class Services:
    """Keeps `service:NAME/overall`; its rows carry the effective time of the member's change that caused them."""

    def __init__(self, clock: Clock, board: Board) -> None:
        """Listen to the board."""
        self._clock = clock
        self._board = board
        self._expressions: dict[str, Expression] = {}
        self._members: dict[Subject, list[str]] = {}
        board.listen(self._changed)

    def configure(self, services: dict[str, Service]) -> None:
        """Take the services and judge them all."""
        self._expressions, self._members = {}, {}
        for name, service in services.items():
            own = Subject(SubjectKind.SERVICE, name) if service.probes else None
            expression = with_own_probes(service.members, own)
            if expression is None:
                continue
            self._expressions[name] = expression
            for subject in subjects_of(expression):
                self._members.setdefault(subject, []).append(name)
        for name in self._expressions:
            self._judge(name, self._clock.now())

    def subjects(self) -> set[Subject]:
        """Return the subjects kept here."""
        return {Subject(SubjectKind.SERVICE, name, OVERALL) for name in self._expressions}

    def _changed(self, change: StateChange) -> None:
        subject = change.subject
        if subject.check == OVERALL:
            subject = Subject(SubjectKind.SERVICE, subject.name)
            names = [name for name in self._members.get(subject, ()) if name != subject.name]
        elif subject.kind is SubjectKind.SERVICE:
            names = [name for name in self._members.get(subject, ()) if name == subject.name]
        else:
            names = self._members.get(subject, [])
        for name in names:
            self._judge(name, change.effective)

    def _judge(self, name: str, at: Instant) -> None:
        expression = self._expressions[name]
        state = evaluate(expression, lambda subject: self._member(name, subject))
        missing = [str(subject) for subject in subjects_of(expression) if self._member(name, subject) in _BAD]
        summary = f"not working: {', '.join(missing)}" if missing else "every member it needs is up"
        if state is State.UNKNOWN:
            summary = "cannot be told: members are unknown"
        subject = Subject(SubjectKind.SERVICE, name, OVERALL)
        if self._board.state(subject) is not state:
            cause = self._root(name, expression) if state is State.DOWN else None
            self._board.harden(subject, Observation(at, CheckResult(state, summary), cause))
        elif state is State.DOWN:
            self._board.observe(subject, Observation(at, CheckResult(state, summary), self._root(name, expression)), AT_ONCE)

    def _root(self, name: str, expression: Expression) -> Subject | None:
        """Return the one subject that explains every bad member; None when there is more than one, or none but our own probes."""
        roots = set()
        for subject in subjects_of(expression):
            if self._member(name, subject) in _BAD and subject.name != name:
                record = self._board.record(self._counted(name, subject))
                roots.add(subject if record is None or record.cause is None else record.cause)
        return roots.pop() if len(roots) == 1 else None

    def _member(self, name: str, subject: Subject) -> State:
        """Another service counts by its overall state; the service's own probes by themselves."""
        return self._board.state(self._counted(name, subject))

    @staticmethod
    def _counted(name: str, subject: Subject) -> Subject:
        other = subject.kind is SubjectKind.SERVICE and subject.name != name
        return Subject(SubjectKind.SERVICE, subject.name, OVERALL) if other else subject
