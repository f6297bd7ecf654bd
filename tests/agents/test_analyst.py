"""The analyst: how drafts differ, with the names of those who hold what."""

import json
import re
from typing import Any

import pytest

from symposium.agents.analyst import analyse
from symposium.ledger.records import CallFailed, UsageError

TEXTS = ("Canberra, since 1908.", "Sydney.", "Canberra.")


def said(letters: dict[str, str]) -> str:
    one, two, three = (letters[text] for text in TEXTS)
    return json.dumps(
        {
            "consensus": ["it is a city"],
            "contradictions": [
                {
                    "about": "which city",
                    "positions": [
                        {"text": "Canberra", "drafts": [three, f"Draft {one}"]},
                        {"text": "Sydney", "drafts": [two]},
                    ],
                }
            ],
            "unique": [{"text": "since 1908", "drafts": [one.lower()]}],
            "blind_spots": ["the territory"],
        }
    )


def letters_of(actor: Any) -> dict[str, str]:
    shown = actor.heard[0].messages[-1]["content"]
    return {text: label for label, text in re.findall(r"^<<<BEGIN ([A-Z]) .*>>>\n(.*)\n", shown, re.M)}


async def test_letters_become_the_names_of_members(stage: Any, lines: Any, house: Any) -> None:
    actor = stage.cast("eve", "{}", features=("chat",))
    mind, turns, drafts = house.mind("eve"), house.asked("Capital of Australia?"), house.drafts(*TEXTS)
    with pytest.raises(CallFailed):
        await analyse(mind, turns, drafts, round=1)
    actor.lines = [lines(said(letters_of(actor)))]
    found = await analyse(mind, turns, drafts, round=1)
    assert found == {
        "consensus": ["it is a city"],
        "contradictions": [
            {
                "about": "which city",
                "positions": [{"text": "Canberra", "members": ["ann", "cyd"]}, {"text": "Sydney", "members": ["bob"]}],
            }
        ],
        "unique": [{"text": "since 1908", "members": ["ann"]}],
        "blind_spots": ["the territory"],
    }
    assert house.told("analysis") == [{"analyst": "eve", **found}]
    assert (house.told("call.end")[-1]["role"], house.told("call.end")[-1]["round"]) == ("analyst", 1)


async def test_a_draft_that_there_is_not_is_asked_again(stage: Any, house: Any) -> None:
    wrong = json.dumps(
        {"consensus": [], "contradictions": [], "unique": [{"text": "x", "drafts": ["D"]}], "blind_spots": []}
    )
    actor = stage.cast("eve", wrong, wrong.replace("D", "C"), features=("chat",))
    found = await analyse(house.mind("eve"), house.asked("?"), house.drafts(*TEXTS))
    assert "'drafts' may hold A, B, C alone, not D" in actor.heard[1].messages[-1]["content"]
    assert len(found["unique"][0]["members"]) == 1


async def test_who_follows_no_instructions_cannot_analyse(house: Any) -> None:
    with pytest.raises(UsageError, match="cannot be analyst; that takes a chat model"):
        await analyse(house.mind("large"), house.asked("?"), house.drafts(*TEXTS))
