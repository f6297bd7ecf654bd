"""What a question asks for: a value that can be compared, or prose."""

import re

_PROSE = re.compile(
    r"\b(?:why|explain|describe|discuss|compare|contrast|summari[sz]e|translate|rewrite|rephrase|elaborate|brainstorm"
    r"|essay|poem|story|letter|email|article|advice|pros and cons|what do you think)\b"
    r"|\b(?:write|compose|draft|give|tell) (?:me |us )?(?:a|an|some|about)\b"
    r"|\bhow (?:do|does|did|can|could|should|would|might|to|is|are|was|were)\b"
    r"|왜|이유|어떻게|설명|서술|묘사|비교|요약|번역|작성|조언|장단점|소개해|써\s?(?:줘|주|봐)|쓰세요|쓰시오|지어\s?(?:줘|주)",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\bhow (?:many|much|long|far|old|often|tall|big|large|fast|heavy|high|deep|wide|late|soon)\b"
    r"|\b(?:calculate|compute|evaluate|solve|convert|add up)\b|\bthe (?:sum|product|total|difference|remainder) of\b"
    r"|\bwhat(?:'s| is| are| was)? (?:[-(]?\d|the (?:answer|result|value|number|total)|time|date|day|year)"
    r"|\bwhich (?:of|one|option|day|month|year)\b|\b(?:yes or no|true or false)\b|\([A-E]\)|^\s*[A-E][.)]\s"
    r"|몇|얼마|언제|계산|구하|구해|고르|맞으면|합은|차는|곱은|\d\s*[-+*/×÷]\s*\d",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"\d[\d,.]*")
EXERCISE = 500
"""Characters of a question up to which two numbers make it a sum; longer ones may quote them."""


def open_ended(question: str) -> bool:
    """Say whether a question surely asks for prose, so that a number in a reply to it is no answer.

    What asks for a value as well, or for neither in words that are known, is not open-ended. English and Korean.
    """
    return bool(_PROSE.search(question)) and not closed(question)


def closed(question: str) -> bool:
    """Say whether a question surely asks for a value, so that a reply without one has not answered it."""
    return bool(_VALUE.search(question)) or _reckons(question)


def _reckons(question: str) -> bool:
    return len(question) <= EXERCISE and len(_NUMBER.findall(question)) > 1
