"""Drafts that tests make up: what a member might have said."""

from symposium.ledger.records import Draft, Usage


def drafted(text: str, **told: object) -> Draft:
    """A draft of which all that is told holds; the rest is what any draft might be."""
    made = Draft(
        call="c1",
        member="ann",
        role="proposer",
        round=0,
        index=0,
        text=text,
        reasoning="",
        answer=None,
        finish="stop",
        usage=Usage(input=1, output=1, estimated=True),
        cost=None,
        cost_source="unknown",
        latency=0.0,
        ttft=None,
        attempts=1,
        signals={},
        weakest=[],
        cached=False,
    )
    unknown = set(told) - set(made)
    assert not unknown, f"a draft has no {', '.join(sorted(unknown))}"
    made.update(told)  # type: ignore[typeddict-item]  # its keys are those of a draft
    return made
