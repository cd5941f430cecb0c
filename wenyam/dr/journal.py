"""The journal of one run: its facts in the chain, and the course they make. Other processes write to it too."""

import asyncio

from wenyam.dr import facts
from wenyam.dr.course import Course, adopt, courses
from wenyam.errors import UsageError
from wenyam.model.facts import ChainedFact, Fact
from wenyam.store.interface import Reader, Writer


class Journal:
    """Writes and reads the facts of one run."""

    def __init__(self, writer: Writer, course: Course, head: int) -> None:
        """Take the course as read up to the fact `head`."""
        self.course = course
        self._writer = writer
        self._head = head
        self._one_at_a_time = asyncio.Lock()

    async def add(self, fact: Fact) -> None:
        """Write a fact of this run; it is on the disk and in the course when this returns."""
        await asyncio.to_thread(self._writer.append, fact)
        await self.look()

    async def look(self) -> Course:
        """Take in what was written meanwhile, by whomever."""
        async with self._one_at_a_time:
            for chained in await asyncio.to_thread(self._writer.facts_after, self._head, facts.KINDS):
                self._head = chained.sequence
                if chained.fact.body.get("run") == self.course.run:
                    adopt(self.course, chained)
        return self.course

    async def since_start(self, *kinds: str) -> tuple[ChainedFact, ...]:
        """Return the facts of these kinds that belong to this run, oldest first."""
        found = await asyncio.to_thread(self._writer.facts_after, self.course.sequence - 1, kinds)
        return tuple(each for each in found if each.fact.body.get("run") == self.course.run)


def every_course(reader: Reader) -> dict[str, Course]:
    """Return every run on record, oldest first."""
    return courses(reader.facts_after(0, facts.KINDS))


def course_of(reader: Reader, run: str) -> tuple[Course, int]:
    """Return a run by its id, the beginning of it, or the newest one of a plan, and the fact up to which it was read.

    UsageError when there is none, or more than one.
    """
    known = reader.facts_after(0, facts.KINDS)
    every = courses(known)
    of_plan = [each for each in every.values() if each.plan == run]
    found = (
        of_plan[-1:]
        or [each for name, each in every.items() if name == run]
        or [each for name, each in every.items() if name.startswith(run)]
    )
    if len(found) != 1 or not run:
        newest = ", ".join(list(every)[-5:]) or "none"
        what = f"there is no run '{run}'" if not found or not run else f"'{run}' begins the name of {len(found)} runs"
        raise UsageError(f"{what}; the newest are: {newest}")
    return found[0], known[-1].sequence if known else 0


def journal_of(writer: Writer, run: str) -> Journal:
    """Open the journal of a run."""
    course, head = course_of(writer, run)
    return Journal(writer, course, head)
