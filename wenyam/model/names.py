"""Every sample Wenyam may expose: name, labels, type, unit and meaning (design section 4). A name not here is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Metric(StrEnum):
    """Prometheus metric types we use."""

    GAUGE = "gauge"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class SampleDefinition:
    """What one sample name means."""

    name: str
    labels: tuple[str, ...]
    metric: Metric
    unit: str
    help: str
    minimum: float | None = None
    """A value below cannot be right and is refused."""
    maximum: float | None = None


_UNITS = {
    "seconds": "seconds", "ratio": "ratio", "bytes": "bytes", "celsius": "celsius", "rpm": "rpm", "volts": "volts",
    "amperes": "amperes", "watts": "watts", "hertz": "hertz",
}  # fmt: skip


def _unit(name: str) -> str:
    if name.endswith("bytes_per_second"):
        return "bytes_per_second"
    return _UNITS.get(name.removesuffix("_total").rsplit("_", 1)[-1], "")


def _define(name: str, text: str, *labels: str, low: float | None = 0, high: float | None = None) -> SampleDefinition:
    metric = Metric.COUNTER if name.endswith("_total") else Metric.GAUGE
    if name.endswith(("_ratio", "_replace", "on_battery")):
        high = 1 if high is None else high
    if name.endswith("_status") and high is None:
        high = 4
    return SampleDefinition(name, labels, metric, _unit(name), text, low, high)


_INTERFACE = ("interface", "alias")

_DEFINITIONS = (
    _define("up", "1 when the device is alive, 0 when it is not; absent when unknown"),
    _define("device_state", "1 for the device's present hard state", "state"),
    _define("check_state", "0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN", "check", high=3),
    _define("collect_duration_seconds", "time the last reading took", "job"),
    _define("collect_errors_total", "failed readings by reason", "job", "reason"),
    _define("last_success_timestamp_seconds", "time of the last complete reading", "job"),
    _define("values_refused_total", "values that could not be right and were left out", "job"),
    _define("system_uptime_seconds", "time since the device or its agent started"),
    _define(
        "system_info",
        "identity of the device; the value is always 1",
        "name",
        "vendor",
        "model",
        "serial",
        "os_version",
    ),
    _define("cpu_utilization_ratio", 'busy share of a processor; cpu="all" is the whole', "cpu"),
    _define("load_average", "processes running or waiting, averaged", "window"),
    _define("memory_total_bytes", "physical memory"),
    _define("memory_used_bytes", "memory in use without buffers and page cache"),
    _define("memory_utilization_ratio", "used share of memory"),
    _define("swap_total_bytes", "swap space"),
    _define("swap_used_bytes", "swap space in use"),
    _define("filesystem_size_bytes", "size of a file system", "mount"),
    _define("filesystem_used_bytes", "space in use on a file system", "mount"),
    _define("filesystem_utilization_ratio", "used share of a file system", "mount"),
    _define("filesystem_inodes_used_ratio", "used share of a file system's inodes", "mount"),
    _define("volume_size_bytes", "size of a storage volume", "volume"),
    _define("volume_used_bytes", "space in use on a storage volume", "volume"),
    _define("volume_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "volume"),
    _define("disk_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "disk"),
    _define("raid_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "array"),
    _define("disk_read_bytes_total", "bytes read from a disk", "disk"),
    _define("disk_written_bytes_total", "bytes written to a disk", "disk"),
    _define("interface_admin_status", "IF-MIB ifAdminStatus: 1 up, 2 down, 3 testing", *_INTERFACE, low=1, high=3),
    _define(
        "interface_oper_status",
        "IF-MIB ifOperStatus: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6 not present, 7 lower layer down",
        *_INTERFACE,
        low=1,
        high=7,
    ),
    _define("interface_speed_bytes_per_second", "speed of the interface", *_INTERFACE),
    _define("interface_receive_bytes_total", "bytes received", *_INTERFACE),
    _define("interface_transmit_bytes_total", "bytes sent", *_INTERFACE),
    _define("interface_receive_packets_total", "packets received", *_INTERFACE),
    _define("interface_transmit_packets_total", "packets sent", *_INTERFACE),
    _define("interface_receive_errors_total", "packets received with errors", *_INTERFACE),
    _define("interface_transmit_errors_total", "packets not sent because of errors", *_INTERFACE),
    _define("interface_receive_discards_total", "good packets dropped on receipt", *_INTERFACE),
    _define("interface_transmit_discards_total", "good packets dropped before sending", *_INTERFACE),
    _define("interface_last_change_seconds", "time since the interface changed its state", *_INTERFACE),
    _define("temperature_celsius", "temperature at a sensor", "sensor", low=-80, high=250),
    _define("humidity_ratio", "relative humidity at a sensor", "sensor"),
    _define("fan_speed_rpm", "speed of a fan", "sensor"),
    _define("fan_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "component"),
    _define("power_supply_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "component"),
    _define("component_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "component"),
    _define("power_state", "1 on, 2 changing, 3 off, 0 unknown", "system", high=3),
    _define("voltage_volts", "voltage at a sensor", "sensor", low=None),
    _define("current_amperes", "current at a sensor", "sensor", low=None),
    _define("power_watts", "power at a sensor", "sensor", low=None),
    _define("ups_battery_charge_ratio", "charge of the batteries"),
    _define("ups_battery_runtime_seconds", "time the batteries will last at the present load"),
    _define("ups_battery_status", "UPS-MIB upsBatteryStatus: 1 unknown, 2 normal, 3 low, 4 depleted", low=1),
    _define(
        "ups_output_source",
        "UPS-MIB upsOutputSource: 1 other, 2 none, 3 normal, 4 bypass, 5 battery, 6 booster, 7 reducer",
        low=1,
        high=7,
    ),
    _define("ups_battery_temperature_celsius", "temperature at the batteries", low=-80, high=250),
    _define("ups_battery_voltage_volts", "voltage of the batteries"),
    _define("ups_on_battery", "1 while the load runs on the batteries"),
    _define("ups_seconds_on_battery", "time since the UPS went to its batteries", high=1e9),
    _define("ups_input_voltage_volts", "voltage of an input line", "line"),
    _define("ups_input_frequency_hertz", "frequency of an input line", "line"),
    _define("ups_output_voltage_volts", "voltage of an output line", "line"),
    _define("ups_output_load_ratio", "load of an output line against its rating", "line", high=10),
    _define("ups_battery_replace", "1 when a battery asks to be replaced"),
    _define("firewall_sessions", "sessions in the firewall's table"),
    _define("firewall_session_rate", "new sessions a second"),
    _define("vpn_tunnel_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "tunnel"),
    _define("ha_member_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "member"),
    _define("ha_role", "1 active, 2 standby, 0 unknown", high=2),
    _define("link_monitor_status", "0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "link"),
    _define("license_expiry_timestamp_seconds", "when a licence ends", "license"),
    _define("processes", "processes on the host"),
    _define("service_status", "systemd unit: 0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "unit"),
    _define("logged_in_users", "people logged in"),
    _define("os_updates_pending", "updates waiting to be installed"),
    _define("clock_offset_seconds", "host's clock minus ours", low=None),
    _define("virtual_machine_state", "1 running, 2 paused, 3 shut off, 4 crashed, 0 unknown", "vm", high=4),
    _define("virtual_machine_snapshot_age_seconds", "age of the oldest snapshot", "vm"),
    _define("virtual_machine_info", "where a virtual machine runs; the value is always 1", "vm", "host"),
    _define("virtual_machine_cpu_utilization_ratio", "busy share of the processors a virtual machine has", "vm"),
    _define("virtual_machine_memory_total_bytes", "memory a virtual machine may use", "vm"),
    _define("virtual_machine_memory_used_bytes", "memory a virtual machine takes from its host", "vm"),
    _define("virtual_machine_disk_size_bytes", "space of the disks of a virtual machine", "vm"),
    _define("virtual_machine_uptime_seconds", "time since the virtual machine started", "vm"),
    _define("virtual_machine_agent_status", "guest agent or tools: 0 unknown, 1 OK, 2 degraded, 3 failed, 4 absent", "vm"),
    _define("virtual_machine_snapshots", "snapshots of a virtual machine", "vm"),
    _define("log_newest_record_timestamp_seconds", "time of the newest record", "source"),
    _define("log_oldest_record_timestamp_seconds", "time of the oldest record", "source"),
    _define("icmp_round_trip_seconds", "mean round trip of the pings answered"),
    _define("icmp_loss_ratio", "share of pings not answered"),
    _define("tcp_connect_seconds", "time to open a connection", "port"),
    _define("http_status_code", "status of the final answer", "url", low=100, high=599),
    _define("http_duration_seconds", "time until the whole answer was read", "url"),
    _define("http_content_matches", "1 when the page holds the expected text", "url", high=1),
    _define("tls_certificate_expiry_timestamp_seconds", "when the first certificate of the chain to end ends", "server"),
    _define("tls_certificate_valid", "1 when chain and name are good", "server", high=1),
    _define("dns_lookup_seconds", "time of a look-up", "query"),
    _define("dns_answer_matches", "1 when the answer holds what is expected", "query", high=1),
    _define("sql_connect_seconds", "time to log in to the database"),
    _define("sql_query_value", "first column of the first row of a query", "query", low=None),
    _define("sql_query_seconds", "time of a query", "query"),
    _define("link_path_state", "1 when this segment of a link answers, 0 when not", "link", "segment", high=1),
    _define("link_loss_ratio", "share of pings to this segment of a link that were not answered", "link", "segment"),
    _define("link_round_trip_seconds", "mean round trip to this segment of a link", "link", "segment"),
    _define("plugin_state", "exit code of a monitoring plug-in: 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN", "plugin", high=3),
    _define("plugin_value", "performance data of a monitoring plug-in, in its base unit", "plugin", "metric", low=None),
    _define("service_state", "1 for the service's present hard state", "state", high=1),
    _define("availability_ratio", "up / (up + down + unreachable) of the period", "period"),
    _define("availability_objective_ratio", "the objective"),
    _define("availability_unknown_seconds", "seconds of the period in which nobody looked", "period"),
    _define("on_time_ratio", "share of scheduled runs done in time", "period"),
    _define("alerts_pending", "messages that wait to be delivered", "channel"),
    _define("alerts_oldest_seconds", "time the oldest message has waited that is not kept for a digest", "channel"),
    _define("alert_channel_status", "channel of alerts: 1 it takes messages, 3 the last message or self-test failed", "channel"),
    _define("alert_self_test_status", "self-test of a channel: 1 made when it was due, 3 late", "channel"),
    _define("incidents_open", "incidents that are not closed", "severity"),
    _define("incidents_overdue", "open incidents of which a step takes longer than its limit", "severity"),
    _define("backup_last_success_timestamp_seconds", "moment the data of the newest backup that counts is of"),
    _define("backup_size_bytes", "size of the newest backup that counts"),
    _define("backup_run_status", "newest run of a backup: 1 OK, 3 failed or incomplete"),
    _define("backup_runs_missed", "runs due since the last success that nobody started in time"),
    _define("backup_size_status", "size of backups: 1 OK, 2 an unusual one waits for a person's reason"),
    _define("backup_copy_last_success_timestamp_seconds", "moment the data of the newest copy is of", "repository"),
    _define("restore_last_proven_timestamp_seconds", "when a restore last passed and no user representative refused it"),
    _define("restore_duration_seconds", "time the last proven restore took: fetching, loading, comparing"),
    _define("restore_test_status", "newest restore test that counts: 0 not tested, 1 passed, 3 failed or refused"),
    _define("envelope_status", "sealed envelope: 1 OK, 3 something changed that it holds, 4 none was ever made"),
    _define("envelope_made_timestamp_seconds", "when the sealed envelope was written"),
    _define("envelope_last_proven_timestamp_seconds", "when a restore from this envelope alone last worked"),
    _define("repository_last_verified_timestamp_seconds", "when data was last read back from it and found whole", "repository"),
    _define("repository_status", "verification: 1 OK, 3 something found wrong was not yet seen whole again", "repository"),
    _define("dr_last_drill_timestamp_seconds", "when a drill or a real move of the plan last passed", "plan"),
    _define("dr_last_rehearsal_timestamp_seconds", "when a rehearsal of the plan last passed", "plan"),
    _define("dr_drill_status", "plan for the DR site: 1 drilled as it is now, 2 what it does was changed since", "plan"),
    _define("dr_rehearsal_status", "plan for the DR site: 1 rehearsed as it is now, 3 not, too long ago, or it failed", "plan"),
    _define("dr_run_status", "newest drill or real move: 0 it proved too little, 1 passed, 3 failed", "plan"),
    _define("dr_recovery_time_seconds", "from the failure until users accepted, in the newest drill or real move", "plan"),
    _define("dr_recovery_point_seconds", "data lost in the newest drill or real move", "plan"),
    _define("dr_run_overdue", "steps of the run in progress that are overdue or wait for a decision", "plan"),
    _define("dr_findings_open", "findings of drills that nobody has closed", "plan"),
    _define("dr_findings_status", "findings of drills: 1 none open, 2 open, 3 overdue", "plan"),
    _define("peer_settings_status", "copy of the settings at the other site: 1 whole and the present ones, 3 not", "instance"),
    _define("peer_settings_timestamp_seconds", "when the settings were last pushed to the other site", "instance"),
    _define("peer_answer_status", "another Wenyam: 1 it answers as one, 3 it does not"),
    _define("peer_heartbeat_age_seconds", "time since the work loop of another Wenyam last showed life"),
    _define("peer_sight_status", "another Wenyam: 1 it sees its network, 3 it is blind"),
    _define("peer_store_status", "another Wenyam: 1 it records what it sees, 3 it cannot"),
    _define("peer_alerts_status", "another Wenyam: 1 its alerts are delivered, 3 they are stuck"),
    _define("peer_alerts_pending", "alerts of another Wenyam that wait to be delivered"),
    _define("peer_alerts_oldest_seconds", "time the oldest of them has waited"),
    _define("peer_clock_skew_seconds", "difference between the clock of another Wenyam and ours"),
    _define("peer_chain_status", "fact chain of another Wenyam: 1 it goes on from the head kept here, 3 it does not"),
)

SAMPLES: dict[str, SampleDefinition] = {definition.name: definition for definition in _DEFINITIONS}
"""By name, without the exposed prefix `wenyam_`."""

STATUS_UNKNOWN, STATUS_OK, STATUS_DEGRADED, STATUS_FAILED, STATUS_ABSENT = range(5)
"""The one scale of every `*_status` sample but the interfaces' own."""
