"""Devices from a table (CSV): the simple keys of a device, one line each."""

import csv
import re
from io import StringIO

from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import Block, Rows

_TEXTS = frozenset(
    {
        "kind",
        "label",
        "address",
        "site",
        "owner",
        "duty_officer",
        "hosted_on",
        "criticality",
        "in_service",
        "retired",
        "profile",
        "objective",
    }
)
_LISTS = frozenset({"addresses", "parents", "marked_interfaces"})
_TRUTHS = {"personal_data", "shared_address"}
_PAIRS = frozenset({"credentials"})
_DOTTED = {"label.th": ("label", "th"), "label.en": ("label", "en"), "contract.contractor": ("contract", "contractor"),
           "contract.reference": ("contract", "reference"), "contract.valid_until": ("contract", "valid_until"),
           "contract.telephone": ("contract", "telephone")}  # fmt: skip
COLUMNS = ("name", *sorted(_TEXTS | _LISTS | _TRUTHS | _PAIRS | set(_DOTTED)))
"""Columns a table may have."""


def read_table(text: str, file: str, findings: Findings) -> Block:
    """Return the devices of a table by name; problems are noted with their line."""
    devices = Block(Place(file, 1))
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if not _known(header, file, findings):
            return devices
        line = reader.line_num + 1
        for cells in reader:
            _take_row(header, [cell.strip() for cell in cells], Place(file, line), devices, findings)
            line = reader.line_num + 1
    except csv.Error as error:
        findings.problem(Place(file, line), f"is not a table: {error} (is a quote opened in this line and never closed?)")
    return devices


def _known(header: list[str], file: str, findings: Findings) -> bool:
    place = Place(file, 1)
    unknown = [column for column in header if column not in COLUMNS and "name" in header]
    for column in unknown:
        findings.problem(place, f"unknown column '{column}'{findings.nearest(column, COLUMNS)}")
    for column in sorted({column for column in header if header.count(column) > 1}):
        findings.problem(place, f"column '{column}' is written twice")
    if "name" not in header:
        separator = next((sign for sign in (";", "\t") if header and sign in header[0]), None)
        hint = "; columns are separated by commas" if separator else ""
        findings.problem(place, f"the first line must name the columns, and one must be 'name'{hint}")
    return not unknown and "name" in header and len(set(header)) == len(header)


def _take_row(header: list[str], cells: list[str], place: Place, devices: Block, findings: Findings) -> None:
    if not any(cells):
        return
    if len(cells) != len(header):
        findings.problem(place, f"{len(cells)} cells in a table of {len(header)} columns")
        return
    device = Block(place)
    for column, cell in zip(header, cells, strict=True):
        if cell and column != "name":
            _take_cell(column, cell, device, place)
    name = cells[header.index("name")]
    if not name:
        findings.problem(place, "the device has no name")
    elif name in devices:
        findings.problem(place, f"devices.{name} is written twice; first in line {devices.places[name].line}")
    else:
        devices.put(name, device, place)


def _take_cell(column: str, cell: str, device: Block, place: Place) -> None:
    if column in _DOTTED:
        outer, inner = _DOTTED[column]
        if not isinstance(device.get(outer), Block):
            device.put(outer, Block(place), place)
        device[outer].put(inner, cell, place)
    elif column in _LISTS:
        rows = Rows(place)
        for item in re.split(r"[;\s]+", cell):
            rows.put(item, place)
        device.put(column, rows, place)
    elif column in _PAIRS:
        pairs = Block(place)
        for item in re.split(r"[;\s]+", cell):
            key, _, value = item.partition("=")
            pairs.put(key, value, place)
        device.put(column, pairs, place)
    else:
        truth = {"true": True, "false": False}.get(cell.lower()) if column in _TRUTHS else None
        device.put(column, cell if truth is None else truth, place)
