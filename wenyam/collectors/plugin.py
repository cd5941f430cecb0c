"""Any Nagios or Monitoring plug-in: its exit code, its text and its performance data."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options
from wenyam.collectors.performance_data import parse_performance_data, split_output
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import CommandFailedError, MalformedReplyError
from wenyam.links.programs import Completed, run_program
from wenyam.model.samples import Reading

_UNKNOWN = 3
_OUTPUT_LIMIT = 64 << 10


def _absolute(command: tuple[str, ...]) -> tuple[str, ...]:
    if not command[0].startswith("/"):
        raise ValueError("the first word must be the absolute path of the plug-in")
    if any("\0" in word for word in command):
        raise ValueError("a word holds a NUL character")
    return command


class PluginOptions(Options):
    """Which plug-in, with which arguments."""

    command: Annotated[tuple[str, ...], Field(min_length=1, max_length=200), AfterValidator(_absolute)]
    """Path and arguments, no shell; `{address}` and `{device}` stand for the device's. No secret: arguments are public."""
    label: str | None = None
    """Name of the plug-in in samples; the program's own name when not given."""


class PluginCollector:
    """Reads `plugin_state` and `plugin_value`."""

    Config: ClassVar[type[PluginOptions]] = PluginOptions

    def __init__(self, config: PluginOptions) -> None:
        """Take validated options."""
        self._config = config
        self._label = config.label or config.command[0].rsplit("/", 1)[-1]

    async def collect(self, target: Target, context: Context) -> Reading:
        """Run the plug-in once; a CollectError when it cannot be run, hangs or floods."""
        done = await self._run(target, context)
        text, data = split_output(done.stdout.decode("utf-8", "replace"))
        reading = ReadingBuilder(context.memory)
        reading.add("plugin_state", _state(done, self._label), self._label)
        reading.fact("plugin_text", text or done.stderr)
        parsed = parse_performance_data(data)
        for metric in parsed.metrics:
            reading.add("plugin_value", metric.value, self._label, metric.label)
        if parsed.garbage:
            reading.refuse("plugin_value")
            words = f"{self._label}: {parsed.garbage} pieces of its performance data make no sense"
            reading.failed(MalformedReplyError(words), ("plugin_value",))
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Run it once; OK or WARN proves life."""
        begun = context.clock.monotonic()
        done = await self._run(target, context)
        if done.exit_status not in (0, 1):
            raise CommandFailedError(f"{self._label}: {split_output(done.stdout.decode('utf-8', 'replace'))[0][:200]}")
        return context.clock.monotonic() - begun

    async def _run(self, target: Target, context: Context) -> Completed:
        words = [_filled(word, target) for word in self._config.command]
        return await run_program(words, timeout=budget(context), output_limit=_OUTPUT_LIMIT, clock=context.clock)


def _filled(word: str, target: Target) -> str:
    return word.replace("{address}", target.address).replace("{device}", target.name)


def _state(done: Completed, label: str) -> float:
    """Return 0 to 3; what a shell or the kernel says (126, 127, a signal) is no verdict about the device."""
    if 0 <= done.exit_status <= _UNKNOWN:
        return float(done.exit_status)
    how = f"was ended by signal {-done.exit_status}" if done.exit_status < 0 else f"ended with status {done.exit_status}"
    raise CommandFailedError(
        f"{label} {how}, which is no plug-in's verdict: {done.stderr.decode('utf-8', 'replace')[:200].strip()}"
    )
