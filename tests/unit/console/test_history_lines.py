"""Evidence of a decision is shown in words, not as a program writes it."""

from console.commands.history import _shown


def test_evidence_is_readable() -> None:
    assert _shown("Home > Bowls") == "Home > Bowls"
    assert _shown(["market/US", "leaf/US/600125"]) == "market/US; leaf/US/600125"
    assert _shown({"score": 0.5}) == '{"score":0.5}'
    assert _shown(True) == "true"
