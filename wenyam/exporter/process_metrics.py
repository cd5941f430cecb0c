"""What the process tells about itself, by prometheus-client in a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, disable_created_metrics, generate_latest


class ProcessMetrics:
    """Processor time, memory and descriptors of this process, and how the exporter fares."""

    def __init__(self) -> None:
        """Register them; Python's own garbage collector figures are left out."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no type for it
        self.registry = CollectorRegistry(auto_describe=False)
        """The engine may register figures of its own here, with names that begin with `wenyam_`."""
        ProcessCollector(namespace="wenyam", registry=self.registry)
        self.exposition_bytes = Gauge(
            "wenyam_exporter_exposition_bytes", "size of the last exposition of all series", registry=self.registry
        )
        self.exposition_seconds = Gauge(
            "wenyam_exporter_exposition_seconds", "time the last exposition took to write", registry=self.registry
        )
        self.refused = Counter(
            "wenyam_exporter_refused_scrapes", "scrapes refused since the start because too many were under way",
            registry=self.registry,
        )  # fmt: skip

    def text(self) -> bytes:
        """Write the present values."""
        return generate_latest(self.registry)
