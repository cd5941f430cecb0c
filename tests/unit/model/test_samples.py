"""Rows of labels that many share."""

from wenyam.model.samples import labelled


def test_rows_with_the_same_labels_are_the_same_object_and_others_are_not() -> None:
    jobs = ["snmp", "ssh"]
    rows = labelled("job", ("snmp", "ssh"))
    assert rows == ((("job", "snmp"),), (("job", "ssh"),))
    assert labelled("job", (*jobs,)) is rows
    assert labelled("job", ("ssh", "snmp")) != rows
    assert labelled("check", ("snmp", "ssh")) != rows
    assert labelled("job", ()) == ()
