"""Who drafts, aggregates and judges: chosen by what is known of the members."""

from typing import Any

import pytest

from symposium.graphs.catalogue import strategy
from symposium.graphs.forms import MoaContext
from symposium.graphs.panel import PANELS, by_strength, cheapest, diverse, family, quality_band
from symposium.ledger.records import ConfigurationError, UsageError
from symposium.models.budget import Price
from symposium.models.member import Member


def member(name: str, *, known: float | None = None, dollars: float | None = None, family: str = "") -> Member:
    price = None if dollars is None else Price(input=dollars, output=dollars, source="test")
    return Member(name=name, model=f"scripted:{name}", reliability=known, price=price, family=family)


def names(members: Any) -> list[str]:
    return [one.name for one in members]


def form(**choices: Any) -> MoaContext:
    context = strategy("moa").form(**choices)
    assert isinstance(context, MoaContext)
    return context


MANY = (
    member("weak", known=0.5, dollars=0.1, family="x"),
    member("good", known=0.82, dollars=1, family="x"),
    member("best", known=0.9, dollars=9, family="y"),
    member("new", dollars=2),
    member("edge", known=0.8, family="y"),
)


def test_a_quality_band_holds_who_is_hardly_weaker_than_the_best_and_who_is_unknown() -> None:
    assert names(quality_band(MANY)) == ["best", "good", "edge", "new"]


def test_where_nobody_is_known_everybody_is_in_the_band() -> None:
    assert names(quality_band([member("b"), member("a")])) == ["a", "b"]


def test_a_diverse_panel_has_the_strongest_of_each_family_and_an_unknown_family_is_one_of_its_own() -> None:
    assert names(diverse(MANY)) == ["best", "good", "new"]
    assert names(diverse([member("a"), member("b")])) == ["a", "b"]


def test_the_cheapest_come_first_and_an_unknown_price_is_the_highest() -> None:
    assert names(cheapest(MANY)) == ["weak", "good", "new", "best", "edge"]


def test_strength_is_reliability_then_price_then_the_name() -> None:
    dear, cheap, free = member("z", dollars=9), member("a", dollars=1), member("b")
    assert names(by_strength([free, cheap, dear, MANY[0]])) == ["weak", "z", "a", "b"]


@pytest.mark.parametrize("panel", PANELS)
def test_no_panel_depends_on_the_order_of_the_members(panel: Any) -> None:
    assert PANELS[panel](MANY) == PANELS[panel](MANY[::-1])


def test_a_family_that_is_not_known_is_the_model() -> None:
    assert [family(one) for one in (MANY[0], MANY[3])] == ["x", "scripted:new"]


@pytest.fixture
def many(stage: Any) -> Any:
    for one in MANY:
        price = {"price_input": one.price.input, "price_output": one.price.output} if one.price else {}
        stage.cast(one.name, "answer 1", reliability=one.reliability, family=one.family, **price)
    return stage


@pytest.mark.parametrize(
    ("choices", "proposers"),
    [
        ({}, ["best", "good", "edge", "new"]),
        ({"panel_size": 2}, ["best", "good"]),
        ({"panel": "all"}, ["best", "good", "edge", "weak", "new"]),
        ({"panel": "all", "panel_size": 2}, ["best", "good"]),
        ({"panel": "cheapest", "panel_size": 2}, ["weak", "good"]),
        ({"members": ["weak", "new", "best"]}, ["weak", "new", "best"]),
        ({"members": ["weak", "best"], "panel": "quality_band"}, ["best"]),
        ({"proposer_models": ["weak", "edge"], "panel": "diverse", "panel_size": 1}, ["weak", "edge"]),
        ({"proposer_models": ["weak"], "members": ["best"]}, ["weak"]),
    ],
)
def test_explicit_proposers_win_over_the_panel(many: Any, choices: dict[str, Any], proposers: list[str]) -> None:
    context = form(**choices)
    assert names(context.cast) == proposers
    assert not {*names(context.cast)} & {*names(context.helpers)}


CONFIGURED = """
proposer_models = ["weak", "edge"]
aggregator_model = "best"
[preset.young]
members = ["new", "good"]
[preset.old]
proposer_models = ["edge"]
"""


@pytest.mark.parametrize(
    ("choices", "proposers"),
    [
        ({}, ["weak", "edge"]),
        ({"members": ["new"]}, ["new"]),
        ({"preset": "young"}, ["good", "new"]),
        ({"preset": "old"}, ["edge"]),
        ({"preset": "old", "members": ["new"]}, ["new"]),
        ({"members": ["new"], "proposer_models": ["good"]}, ["good"]),
    ],
)
def test_members_that_are_named_nearer_to_the_request_win_over_configured_proposers(
    many: Any, choices: dict[str, Any], proposers: list[str]
) -> None:
    many.configure(CONFIGURED)
    context = form(**choices)
    assert names(context.cast) == proposers
    assert names(context.table.aggregators)[0] == "best"


def test_members_of_the_environment_win_over_proposers_of_the_file(many: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    many.configure(CONFIGURED)
    monkeypatch.setenv("SYMPOSIUM_MEMBERS", "good,new")
    assert names(form().cast) == ["good", "new"]
    monkeypatch.setenv("SYMPOSIUM_PROPOSER_MODELS", "weak")
    assert names(form().cast) == ["weak"]


@pytest.mark.parametrize(
    ("choices", "chain"),
    [
        ({}, ["best", "good", "edge", "weak", "new"]),
        ({"panel": "cheapest", "panel_size": 1}, ["best", "good", "edge", "weak", "new"]),
        ({"aggregator_model": "weak"}, ["weak", "best", "good", "edge", "new"]),
        ({"aggregator_model": "weak", "fallbacks": ["new"]}, ["weak", "new"]),
        ({"fallbacks": ["new", "best"]}, ["best", "new"]),
        ({"members": ["weak", "new"]}, ["weak", "new"]),
        ({"proposer_models": ["weak", "new"], "members": ["edge"]}, ["edge", "weak", "new"]),
        ({"aggregator_model": "symbolic:arithmetic", "fallbacks": ["new"]}, ["symbolic:arithmetic", "new"]),
    ],
)
def test_the_strongest_aggregates_unless_one_is_named_and_the_others_stand_in(
    many: Any, choices: dict[str, Any], chain: list[str]
) -> None:
    assert names(form(**choices).table.aggregators) == chain


def test_members_that_follow_no_instructions_stand_in_for_nobody(stage: Any) -> None:
    stage.cast("bare", "answer 1", prompt="bare", reliability=0.99)
    stage.cast("chatty", "answer 1", reliability=0.5)
    table = form(proposer_models=["bare", "chatty"]).table
    assert (names(table.aggregators), names(table.judges)) == (["chatty"], ["chatty"])


def test_the_bundled_minds_draft_as_the_team_that_was_measured_unless_a_panel_is_chosen(stage: Any) -> None:
    stage.configure("")
    assert names(form().cast) == ["large", "numbers", "measures", "ada"]
    assert names(form(panel_size=3).cast) == ["large", "numbers", "measures"]
    assert names(form(panel="quality_band").cast) == ["large", "numbers", "measures"]
    assert form().table.aggregators == ()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"proposer_models": ["bes"]}, ("unknown member 'bes'", "did you mean 'best'?")),
        ({"proposer_models": ["best", "best"]}, ("proposer 'best' stands twice", "num_proposals_per_model")),
        ({"aggregator_model": "goo"}, ("unknown member 'goo'", "did you mean 'good'?")),
        ({"fallbacks": ["ege"]}, ("unknown member 'ege'", "did you mean 'edge'?")),
        ({"judge": "neww"}, ("unknown member 'neww'", "did you mean 'new'?")),
        ({"panel": "some"}, ("'panel' = 'some'", "quality_band, diverse, all, cheapest")),
        ({"layers": 9}, ("'layers' = 9", "4 or less")),
    ],
)
def test_what_is_named_wrongly_is_told(many: Any, choices: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        form(**choices)
    assert all(word in str(caught.value) for word in words), caught.value


def test_what_is_configured_wrongly_is_blamed_on_its_place(many: Any) -> None:
    many.configure('aggregator_model = "nobody"')
    with pytest.raises(ConfigurationError, match=r"symposium\.toml: unknown member 'nobody'"):
        form()
