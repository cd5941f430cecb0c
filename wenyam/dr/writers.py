"""Never two writers: what must hold before a database at one site is allowed to write."""

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database
from wenyam.dr.fencing import writable
from wenyam.dr.options import DatabaseOptions
from wenyam.dr.steps.fence import is_fenced
from wenyam.errors import CollectError, SecretError
from wenyam.links.sql import Engine
from wenyam.model.recovery import Mode


async def require_no_writer(place: StepPlace, engine: Engine, primary: DatabaseOptions) -> str:
    """Return what was seen of the primary; StepError while it may write. In a drill it goes on, the DR site being isolated."""
    at = f"the primary ({engine} on {primary.host})"
    if not place.mode.is_real:
        return f"{at} was not asked: in a {place.mode} production goes on"
    try:
        can_write, seen = await writable(Database(place, engine, primary))
    except (CollectError, SecretError) as error:
        can_write, seen = False, f"could not be asked: {error.sentence}"
    if can_write:
        raise StepError(f"{at} {seen}", hint="Fence its site first: two writers would part the data for ever.")
    site = place.configuration.inventory.devices[primary.host].site
    if not is_fenced(place, site):
        advice = "Put a step 'fence' before this one; a primary that is silent may be alive behind a broken path."
        raise StepError(f"no fence of site {site} has passed in this run, and {at} {seen}", hint=advice)
    return f"{at} {seen}; site {site} is fenced"


def only_back(place: StepPlace) -> bool:
    """Tell whether the step is for a failback alone: then its server is the primary until users have left it."""
    return place.step.modes == frozenset({Mode.FAILBACK})
