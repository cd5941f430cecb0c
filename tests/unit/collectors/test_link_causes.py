import pytest

from wenyam.collectors.link_causes import Path, propose, unsteady
from wenyam.model.causes import CauseCode

UP, DOWN, LOSSY = Path(0, 0, 0), Path(0, 1, 1), Path(0, 0.2, 0.2)
STEADY = (UP,) * 10
FLAPPED = (UP, DOWN, UP, DOWN, UP)
LOST = (UP, LOSSY, LOSSY, LOSSY)


@pytest.mark.parametrize(
    ("path", "before", "cause"),
    [
        (Path(0, 0, 0), STEADY, None),
        (Path(1, 0, 0), STEADY, None),  # our end ignores pings, the link works
        (Path(0, 1, 0), STEADY, None),  # the provider ignores pings
        (Path(1, 1, 1), STEADY, CauseCode.OWN_NETWORK),
        (Path(1, 0, 1), STEADY, CauseCode.OWN_NETWORK),
        (Path(1, None, 1), STEADY, CauseCode.OWN_NETWORK),
        (Path(0, 0, 1), STEADY, CauseCode.PROVIDER),
        (Path(0, 0.4, 1), STEADY, CauseCode.PROVIDER),
        (Path(0, 1, 1), STEADY, CauseCode.FIBRE_CUT),
        (Path(0, 1, 1), (), CauseCode.FIBRE_CUT),
        (Path(0, 1, 1), FLAPPED, CauseCode.PROVIDER),
        (Path(0, 1, 1), LOST, CauseCode.PROVIDER),
        (Path(0, None, 1), FLAPPED, CauseCode.PROVIDER),
        (Path(0, None, 1), STEADY, CauseCode.UNKNOWN),
        (Path(0, 0.2, 0.2), STEADY, CauseCode.PROVIDER),
        (Path(0.2, 0.2, 0.2), STEADY, CauseCode.OWN_NETWORK),
        (Path(0, 0, 0.05), STEADY, None),
    ],
)
def test_every_row_of_the_truth_table(path: Path, before: tuple[Path, ...], cause: CauseCode | None) -> None:
    proposal = propose(path, before)
    assert proposal.cause == cause
    assert bool(proposal.words) == (cause is not None)


def test_a_single_outage_before_is_no_flapping() -> None:
    assert not unsteady((UP, DOWN, UP, UP))
    assert unsteady((UP, DOWN, UP, DOWN))
