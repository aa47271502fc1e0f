"""The benchmark of replayed start dates runs and has a row for every method."""

from __future__ import annotations

from benchmarks import replays


def test_every_method_is_replayed_with_equal_and_unequal_clusters(monkeypatch):
    monkeypatch.setattr(replays, "REPLAYS", 99)
    monkeypatch.setattr(replays, "CALLS", 1)
    small = {equal: replays.panel(600, equal=equal) for equal in (True, False)}
    monkeypatch.setattr(replays, "panel", lambda size, *, equal: small[equal])
    text = replays.run()
    assert text.count("equal clusters") == 2 * len(replays.METHODS)
