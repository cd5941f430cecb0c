"""The shipped Grafana dashboards as one description; `python -m wenyam.testing.grafana` writes config/grafana/dashboards."""
