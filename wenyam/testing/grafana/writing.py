"""A description becomes the JSON of Grafana's classic dashboard model, the one every Grafana since 10 can load."""

import json
from collections.abc import Sequence
from typing import Any

from wenyam.testing.grafana.parts import Dashboard, Kind, Level, Meaning, Panel, Query, Variable, Words

SCHEMA = 39
"""Schema version of Grafana 10.4; later ones migrate it by themselves."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
DOCS = "/wenyam/docs"
"""Where the folder docs/ is published, unless the variable `docs` says otherwise."""
HIDDEN_COLUMNS = ("Time", "__name__", "instance", "state", "check_kind")

Json = dict[str, Any]


def dashboard_text(dashboard: Dashboard) -> str:
    """Return the file."""
    return json.dumps(dashboard_json(dashboard), ensure_ascii=False, indent=1) + "\n"


def dashboard_json(dashboard: Dashboard) -> Json:
    """Return the dashboard; its uid is fixed, its id is Grafana's own business."""
    return {
        "uid": dashboard.uid,
        "id": None,
        "title": f"Wenyam: {dashboard.title.title}",
        "description": dashboard.about.paragraphs,
        "tags": ["wenyam"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": f"now-{dashboard.hours}h", "to": "now"},
        "links": _links(dashboard),
        "annotations": {"list": []},
        "templating": {"list": [_source(), *map(_variable, dashboard.variables), _docs()]},
        "panels": _panels(dashboard),
    }


def _links(dashboard: Dashboard) -> list[Json]:
    others = {
        "title": "Wenyam", "type": "dashboards", "tags": ["wenyam"], "asDropdown": True, "includeVars": True, "keepTime": True,
        "targetBlank": False, "icon": "external link", "tooltip": "", "url": "",
    }  # fmt: skip
    return [others, *(_runbook_link(page) | {"type": "link", "icon": "doc", "asDropdown": False} for page in dashboard.runbooks)]


def _runbook_link(page: str) -> Json:
    return {"title": f"Runbook · คู่มือ: {page}", "url": f"${{docs}}/{page}", "targetBlank": True}


def _source() -> Json:
    return {
        "name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus", "hide": 0, "refresh": 1,
        "regex": "", "multi": False, "includeAll": False, "current": {}, "options": [],
    }  # fmt: skip


def _variable(variable: Variable) -> Json:
    asked = f"label_values({variable.series}, {variable.name})"
    return {
        "name": variable.name,
        "type": "query",
        "label": variable.label.title,
        "datasource": SOURCE,
        "definition": asked,
        "query": {"qryType": 1, "query": asked, "refId": f"variable-{variable.name}"},
        "refresh": 2,
        "sort": 1,
        "regex": "",
        "hide": 0,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "options": [],
    }


def _docs() -> Json:
    choice = {"selected": True, "text": DOCS, "value": DOCS}
    return {
        "name": "docs",
        "type": "textbox",
        "label": "Runbooks · คู่มือ",
        "query": DOCS,
        "hide": 0,
        "current": choice,
        "options": [choice],
    }


def _panels(dashboard: Dashboard) -> list[Json]:
    """Lay rows one below the other and panels from left to right."""
    laid: list[Json] = []
    top = 0
    for row in dashboard.rows:
        laid.append(_heading(row.title, len(laid) + 1, top))
        top += 1
        left = tallest = 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            laid.append(_panel(panel, len(laid) + 1, place))
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest
    return laid


def _heading(title: Words, number: int, top: int) -> Json:
    place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": title.title, "collapsed": False, "panels": [], "gridPos": place}


def _panel(panel: Panel, number: int, place: Json) -> Json:
    return {
        "id": number,
        "type": panel.kind.value,
        "title": panel.title.title,
        "description": panel.about.paragraphs,
        "datasource": SOURCE,
        "gridPos": place,
        "links": [_runbook_link(panel.runbook)] if panel.runbook else [],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _overrides(panel)},
        "options": _OPTIONS[panel.kind],
        "targets": [_target(panel, place, query) for place, query in enumerate(panel.queries)],
        "transformations": _columns(panel) if panel.kind is Kind.TABLE else [],
    }


def _target(panel: Panel, place: int, query: Query) -> Json:
    over_time = panel.kind in (Kind.LINES, Kind.STATES)
    return {
        "refId": _letter(place),
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": query.expression,
        "legendFormat": query.legend,
        "range": over_time,
        "instant": not over_time,
        "format": "table" if panel.kind is Kind.TABLE else "time_series",
    }


def _letter(place: int) -> str:
    return chr(ord("A") + place)


def _defaults(panel: Panel) -> Json:
    found: Json = {
        "unit": panel.unit,
        "noValue": "– no data · ไม่มีข้อมูล",
        "mappings": _mappings(panel.meanings),
        "thresholds": _thresholds(panel.levels),
        "color": {"mode": "thresholds" if panel.levels or panel.meanings else "palette-classic"},
        "custom": _custom(panel),
    }
    chosen = {"min": panel.least, "max": panel.most, "decimals": panel.decimals}
    found |= {name: value for name, value in chosen.items() if value is not None}
    if panel.leads_to:
        choice = "${__data.fields.device}" if panel.kind is Kind.TABLE else "${__field.labels.device}"
        found["links"] = [
            {"title": "Device · อุปกรณ์", "url": f"/d/{panel.leads_to}?var-device={choice}&${{datasource:queryparam}}"}
        ]
    return found


def _thresholds(levels: Sequence[Level]) -> Json:
    steps = [{"color": level.colour, "value": level.value} for level in levels] or [{"color": "text", "value": None}]
    return {"mode": "absolute", "steps": steps}


def _mappings(meanings: Sequence[Meaning]) -> list[Json]:
    if not meanings:
        return []
    options = {f"{each.value:g}": {"text": each.text, "color": each.colour, "index": i} for i, each in enumerate(meanings)}
    return [{"type": "value", "options": options}]


def _custom(panel: Panel) -> Json:
    if panel.kind is Kind.LINES:
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        style = "line" if len(panel.levels) > 1 else "off"
        return {
            "drawStyle": "line", "lineWidth": 1, "fillOpacity": 20 if panel.stacked else 5, "spanNulls": False,
            "showPoints": "never", "stacking": stacking, "thresholdsStyle": {"mode": style},
        }  # fmt: skip
    if panel.kind is Kind.STATES:
        return {"fillOpacity": 80, "lineWidth": 0}
    return {"align": "auto", "filterable": True} if panel.kind is Kind.TABLE else {}


def _overrides(panel: Panel) -> list[Json]:
    """Give each column of a table its own unit and thresholds."""
    return [
        _override(query) for query in panel.queries if panel.kind is Kind.TABLE and (query.unit or query.levels or query.meanings)
    ]


def _override(query: Query) -> Json:
    properties: list[Json] = [{"id": "unit", "value": query.unit or "short"}]
    if query.levels:
        properties.append({"id": "thresholds", "value": _thresholds(query.levels)})
    if query.meanings:
        properties.append({"id": "mappings", "value": _mappings(query.meanings)})
    if query.levels or query.meanings:
        properties.append({"id": "color", "value": {"mode": "thresholds"}})
        properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
    return {"matcher": {"id": "byName", "options": query.legend}, "properties": properties}


def _columns(panel: Panel) -> list[Json]:
    """Join the queries of a table by their labels and name their columns."""
    values = ["Value"] if len(panel.queries) == 1 else [f"Value #{_letter(place)}" for place in range(len(panel.queries))]
    names = dict(zip(values, (query.legend for query in panel.queries), strict=True))
    hidden = dict.fromkeys(HIDDEN_COLUMNS, True)
    organise = {"excludeByName": hidden, "renameByName": {old: new for old, new in names.items() if new}, "indexByName": {}}
    return [{"id": "merge", "options": {}}, {"id": "organize", "options": organise}]


_REDUCED = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "auto"}
_LEGEND = {"legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"], "showLegend": True}}
_OPTIONS: dict[Kind, Json] = {
    Kind.STAT: {**_REDUCED, "colorMode": "value", "graphMode": "none", "textMode": "auto", "justifyMode": "auto"},
    Kind.GAUGE: {**_REDUCED, "showThresholdLabels": False, "showThresholdMarkers": True},
    Kind.BARS: {**_REDUCED, "orientation": "horizontal", "displayMode": "basic", "showUnfilled": True, "valueMode": "text"},
    Kind.LINES: {**_LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
    Kind.STATES: {
        "mergeValues": True,
        "showValue": "auto",
        "alignValue": "left",
        "rowHeight": 0.8,
        "tooltip": {"mode": "single"},
    },
    Kind.TABLE: {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}},
}
