"""The benchmark behind `scripts/bench`: one agent for many addresses, our watcher and prometheus-snmp-exporter side by side."""
