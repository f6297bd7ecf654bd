"""What cannot be run is refused before anybody is asked, whoever asks for it: its name, and what is allowed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from symposium.graphs import ask
from symposium.graphs.catalogue import GRAPHS
from symposium.ledger.records import ConfigurationError, UsageError

GOOD = "ann", "bob"


@dataclass(frozen=True)
class Case:
    """A request that is refused: the graph, its choices, and the words that tell why; tables of the file, if any.

    What is `asked` alone is no mistake where it is configured.
    """

    graph: str
    choices: Mapping[str, Any]
    words: tuple[str, ...]
    tables: str = ""
    asked: bool = field(default=False, kw_only=True)

    @property
    def options(self) -> list[str]:
        """The choices as the command takes them."""
        return [part for name, value in self.choices.items() for part in (f"--{name.replace('_', '-')}", said(value))]

    @property
    def toml(self) -> str:
        """The choices as the file holds them."""
        return "".join(f"{name} = {list(v) if isinstance(v, tuple) else v!r}\n" for name, v in self.choices.items())


def said(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


CASES = {
    "a debate with one member": Case(
        "debate", {"members": ("ann",)}, ("a debate takes two members or more", "there is only ann")
    ),
    "a debate of more rounds than it may have": Case(
        "debate", {"members": GOOD, "max_rounds": 4}, ("'max_rounds' = 4: must be 3 or less",)
    ),
    "a debate of no round": Case("debate", {"max_rounds": 0}, ("'max_rounds' = 0: must be 1 or more",)),
    "an unknown gate": Case(
        "debate", {"gate": "maybe"}, ("'gate' = 'maybe': must be one of unanimous, never, trained",)
    ),
    "an unknown persona": Case(
        "debate",
        {"members": GOOD, "personas": ("expert", "critc")},
        ("unknown persona 'critc'", "did you mean 'critic'?", "known: critic, expert, novice, sceptic"),
        '[persona.sceptic]\ninstructions = "Doubt."\n',
    ),
    "agreement beyond its range": Case(
        "debate", {"members": GOOD, "agreement": 1.5}, ("'agreement' = 1.5: must be 1 or less",)
    ),
    "a judge of a debate that is not there": Case(
        "debate", {"members": GOOD, "judge": "an"}, ("unknown member 'an'", "did you mean 'ann'?")
    ),
    "more experts than members": Case("route", {"members": GOOD, "top_k": 3}, ("3", "2", "ann, bob")),
    "a route's threshold beyond its range": Case(
        "route", {"members": GOOD, "threshold": 1.5}, ("'threshold' = 1.5: must be 1 or less",)
    ),
    "an unknown router": Case("route", {"members": GOOD, "router": "ruels"}, ("'ruels'", "rules")),
    "an unknown default member": Case(
        "route", {"members": GOOD, "default_member": "an"}, ("'an'", "did you mean 'ann'?")
    ),
    "thresholds beyond their range": Case(
        "cascade", {"stages": GOOD, "thresholds": (1.5,)}, ("'thresholds' = ", "1.5", "must be 1 or less")
    ),
    "more thresholds than stages": Case(
        "cascade",
        {"stages": GOOD, "thresholds": (0.1, 0.2, 0.3)},
        ("3 thresholds for 2 stages; give one for all, or 1",),
    ),
    "an unknown scorer": Case(
        "cascade",
        {"stages": GOOD, "scorer": "marjin"},
        ("'scorer' = 'marjin': no such scorer", "mean 'margin'?", "known:"),
    ),
    "an unknown escalation": Case(
        "cascade",
        {"stages": GOOD, "escalation": "cheaper"},
        ("'escalation' = 'cheaper': must be one of stronger, specialist",),
    ),
    "a stage that is no member": Case(
        "cascade", {"stages": ("ann", "bod")}, ("stage 'bod': unknown member 'bod'", "did you mean 'bob'?")
    ),
    "a stage that is no graph": Case(
        "cascade",
        {"stages": ("ann", "vot(bob)")},
        ("'vot' is no graph for a stage", "did you mean 'vote'?", f"known: {', '.join(sorted(GRAPHS))}"),
    ),
    "a choice that a stage's graph does not have": Case(
        "cascade", {"stages": ("ann", "vote(bob;sampels=2)")}, ("no choice 'sampels'", "did you mean 'samples'?")
    ),
    "a debate with one member as a stage": Case(
        "cascade", {"stages": ("ann", "debate(bob)")}, ("stage 'debate(bob)'", "a debate takes two members or more")
    ),
    "a cascade whose stage is that cascade": Case(
        "cascade", {"stages": ("ann", "cascade()")}, ("the stages are a loop: cascade -> cascade() -> cascade",)
    ),
    "a preset among its own stages": Case(
        "cascade",
        {"stages": ("ann", "deep")},
        ("the stages are a loop: cascade -> deep -> deep",),
        '[preset.deep]\ngraph = "cascade"\nstages = ["bob", "deep"]\n',
    ),
    "presets that are each other's stages": Case(
        "cascade",
        {"stages": ("ann", "deep")},
        ("the stages are a loop: cascade -> deep -> wide -> deep",),
        '[preset.deep]\ngraph = "cascade"\nstages = ["bob", "wide"]\n'
        '[preset.wide]\ngraph = "cascade"\nstages = ["ann", "deep"]\n',
    ),
    "a loop through a cascade that is written out": Case(
        "cascade",
        {"stages": ("ann", "deep")},
        ("the stages are a loop: cascade -> deep -> cascade(bob,deep) -> deep",),
        '[preset.deep]\ngraph = "cascade"\nstages = ["bob", "cascade(bob,deep)"]\n',
    ),
    "a preset as a stage that is a cascade without stages": Case(
        "cascade",
        {"stages": ("ann", "deep")},
        ("the stages are a loop: cascade -> deep -> cascade",),
        '[preset.deep]\ngraph = "cascade"\n',
    ),
    "a preset as a stage that limits the whole run": Case(
        "cascade",
        {"stages": ("ann", "deep")},
        ("stage 'deep': its 'budget' is the whole run's",),
        '[preset.deep]\ngraph = "vote"\nbudget = 0.5\n',
    ),
    "a certainty beyond its range": Case("vote", {"certainty": 1.5}, ("'certainty' = 1.5: must be less than 1",)),
    "unknown ballots": Case("vote", {"ballots": "shouts"}, ("'ballots' = 'shouts': must be one of answers, ranking,",)),
    "two members where one is asked": Case("single", {"members": GOOD}, ("asks one member", "ann, bob"), asked=True),
    "more samples than there may be": Case("vote", {"samples": 65}, ("'samples' = 65: must be 64 or less",)),
    "an unknown aggregator": Case(
        "moa", {"members": GOOD, "aggregator_model": "bod"}, ("unknown member 'bod'", "did you mean 'bob'?")
    ),
    "an unknown proposer": Case("moa", {"proposer_models": ("ann", "bod")}, ("unknown member 'bod'", "mean 'bob'?")),
    "an unknown critic": Case("repair", {"members": GOOD, "critic": "bod"}, ("unknown member 'bod'", "mean 'bob'?")),
    "an unknown member": Case("vote", {"members": ("ann", "bod")}, ("unknown member 'bod'", "did you mean 'bob'?")),
}


CONFIGURED = {name: case for name, case in CASES.items() if not case.asked}


@pytest.fixture
def written(stage: Any) -> Callable[[str, str], None]:
    """Two members, and behind them further tables."""

    def write(top: str, tables: str) -> None:
        stage.configure(top)
        for name in GOOD:
            stage.cast(name, "answer 1")
        stage.file.write_text(f"{stage.file.read_text()}\n{tables}")

    return write


def refused(caught: Exception, case: Case) -> None:
    assert all(word in str(caught) for word in case.words), caught


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_it_is_refused_where_it_is_asked_for_in_python(
    stage: Any, written: Callable[[str, str], None], case: Case
) -> None:
    written("", case.tables)
    choices: Any = {name: list(value) if isinstance(value, tuple) else value for name, value in case.choices.items()}
    with pytest.raises(UsageError) as caught:
        await ask("?", graph=case.graph, **choices)
    refused(caught.value, case)
    assert all(actor.heard == [] for actor in stage.actors.values())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused_by_the_command_with_2(
    stage: Any, command: Callable[..., Any], written: Callable[[str, str], None], case: Case
) -> None:
    written("", case.tables)
    for name in ("ask", "plan"):
        printed = command(name, "-g", case.graph, *case.options, "?")
        assert (printed.code, printed.out) == (2, "")
        refused(Exception(printed.err), case)


@pytest.mark.parametrize("case", CONFIGURED.values(), ids=CONFIGURED)
async def test_it_is_refused_where_it_is_configured_and_the_file_is_blamed(
    stage: Any, written: Callable[[str, str], None], case: Case
) -> None:
    written(case.toml, case.tables)
    with pytest.raises(ConfigurationError) as caught:
        await ask("?", graph=case.graph)
    refused(caught.value, case)
    assert str(stage.file) in str(caught.value)


@pytest.mark.parametrize("case", CONFIGURED.values(), ids=CONFIGURED)
async def test_it_is_refused_where_a_preset_chooses_it_and_the_preset_is_blamed(
    stage: Any, command: Callable[..., Any], written: Callable[[str, str], None], case: Case
) -> None:
    written("", f'{case.tables}\n[preset.mine]\ngraph = "{case.graph}"\n{case.toml}')
    with pytest.raises(ConfigurationError) as caught:
        await ask("?", preset="mine")
    root = str(caught.value).replace("mine -> ", "cascade -> ").replace("-> mine", "-> cascade")
    refused(Exception(root), case)
    assert "preset 'mine'" in str(caught.value)


def test_the_command_ends_with_3_where_a_preset_names_a_missing_member(
    stage: Any, command: Callable[..., Any], written: Callable[[str, str], None]
) -> None:
    written("", '[preset.mine]\nmembers = ["ann", "bod"]\n')
    printed = command("ask", "--preset", "mine", "?")
    assert printed.code == 3
    assert "preset 'mine': unknown member 'bod'; did you mean 'bob'? known: " in printed.err
    assert command("ask", "?").code == 0  # a preset is looked at when it is used
