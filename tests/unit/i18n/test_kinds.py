from typing import get_args

from wenyam.i18n.kinds import KINDS, told_kind
from wenyam.i18n.translate import translator
from wenyam.settings.blocks_inventory import DeviceKind


def test_every_kind_of_a_configuration_has_a_word_of_its_own_in_thai() -> None:
    assert set(KINDS) == set(get_args(DeviceKind))
    assert len({told_kind(kind, translator("th")) for kind in KINDS}) == len(KINDS)
    assert [told_kind("ups", translator(language)) for language in ("th", "en")] == ["เครื่องสำรองไฟ", "ups"]


def test_a_kind_of_a_newer_wenyam_stays() -> None:
    assert told_kind("quantum", translator("th")) == "quantum"
