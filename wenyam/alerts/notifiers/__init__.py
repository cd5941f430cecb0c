"""One file per kind of channel; `wenyam.alerts.contract` is what they keep."""
