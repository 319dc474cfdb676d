"""What the link leaves out changes nothing that is told."""

from pathlib import Path

import pytest

from pbx_adapter.frames import EventFilter, Frames
from pbx_adapter.needed import FOR_CALLS
from pbx_adapter.site import Site
from pbx_adapter.traces import read_trace
from pbx_adapter.tracker import Tracker
from ringback.calls import Call

TRACES = Path(__file__).parents[1] / "data" / "traces"
KINDS = {
    "16": "site.toml",
    "22": "site.toml",
    "22-narrow": "site.toml",
    "freepbx": "site-freepbx.toml",
    "freepbx-narrow": "site-freepbx.toml",
}
FEWEST_LEFT_OUT = {"16": 0.5, "22": 0.5, "freepbx": 0.3}


def told(path: Path, site: Site, only: EventFilter | None) -> tuple[list[Call], list[Call], int]:
    """The calls that ended, those still up, and how many frames it took."""
    tracker, frames = Tracker(site), Frames(only=only)
    fed, calls = 0, list[Call]()
    for at_s, raw in read_trace(path).frames:
        for frame in frames.feed(raw):
            fed += 1
            calls += tracker.feed(frame, at_s)
    return calls, tracker.open_calls(), fed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("with_site", [True, False], ids=["site file", "no site file"])
def test_recorded_calls_are_told_the_same_of_fewer_events(kind: str, with_site: bool) -> None:
    site = Site.from_toml((TRACES / KINDS[kind]).read_text()) if with_site else Site()
    all_fed = few_fed = 0
    for path in sorted((TRACES / kind).glob("*.ami*")):
        *everything, fed = told(path, site, None)
        *needed, fewer = told(path, site, FOR_CALLS)
        assert needed == everything, path.name
        all_fed, few_fed = all_fed + fed, few_fed + fewer
    assert few_fed <= all_fed * (1 - FEWEST_LEFT_OUT.get(kind, 0))
