"""Weekdays, clock times and dates as people write them in English and Korean."""

import re
from dataclasses import dataclass

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_KOREAN_WEEKDAYS = "월화수목금토일"
_WEEKDAY_NAMES = {
    **{name.lower(): day for day, name in enumerate(WEEKDAYS)},
    **{name.lower()[:3]: day for day, name in enumerate(WEEKDAYS)},
    **{f"{name}요일": day for day, name in enumerate(_KOREAN_WEEKDAYS)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}
_MONTH_NAMES = {
    **{name.lower()[:3]: month for month, name in enumerate(MONTHS, start=1)},
    **{name.lower(): month for month, name in enumerate(MONTHS, start=1)},
    "sept": 9,
}
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def weekday(text: str) -> int | None:
    """Read a weekday, Monday = 0: `Thursday`, `Thu.`, `on Thursday`, `목요일`, `목요일에`; a lone `목` is not read."""
    word = text.strip().lower().removeprefix("on ").rstrip(".").removesuffix("에")
    return _WEEKDAY_NAMES.get(word)


_CLOCK = re.compile(r"(?:at )?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*(am|pm))?")
_HOUR = re.compile(r"(?:at )?(\d{1,2})()()\s*(am|pm|o'clock(?: am| pm)?)")
_KOREAN_CLOCK = re.compile(
    r"(?:(오전|오후|새벽|아침|낮|저녁|밤)\s*)?(\d{1,2})(?:시|:(?=\d\d))\s*(?:(\d{1,2})\s*분?|(반))?(?:\s*(\d{1,2})초)?"
)
_NAMED_CLOCKS = {"noon": 720, "midday": 720, "midnight": 0, "정오": 720, "자정": 0}
_MERIDIEM = re.compile(r"\b([ap])\.?\s?m\b\.?")


def clock(text: str) -> tuple[int, int] | None:
    """Read a time of day as (minutes after midnight, seconds); without am, pm, 오전 or 오후 it is a 24-hour clock."""
    text = _MERIDIEM.sub(r"\1m", text.strip().lower())
    if text in _NAMED_CLOCKS:
        return _NAMED_CLOCKS[text], 0
    found = _CLOCK.fullmatch(text) or _HOUR.fullmatch(text)
    if found:
        half = (found[4] or "").removeprefix("o'clock").strip()
        return _moment(int(found[1]), int(found[2] or 0), int(found[3] or 0), half)
    found = _KOREAN_CLOCK.fullmatch(text.removesuffix("에"))
    if found and ("시" in text or found[1]):
        half = {"오전": "am", "새벽": "am", "아침": "am", None: ""}.get(found[1], "pm")
        return _moment(int(found[2]), 30 if found[4] else int(found[3] or 0), int(found[5] or 0), half)
    return None


def _moment(hour: int, minute: int, second: int, half: str) -> tuple[int, int] | None:
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second):
        return None
    if half == "am" and hour == 12:
        hour = 0
    elif half == "pm" and hour < 12:
        hour += 12
    return 60 * (hour % 24) + minute, second


@dataclass(frozen=True)
class Date:
    """Hold what a written date names: a month, and a day, year and weekday (Monday = 0) where they are given."""

    month: int
    day: int | None = None
    year: int | None = None
    weekday: int | None = None

    @property
    def possible(self) -> bool:
        return 1 <= self.month <= 12 and (self.day is None or 1 <= self.day <= _MONTH_DAYS[self.month - 1])


_NAME = "(" + "|".join(sorted(_MONTH_NAMES, key=len, reverse=True)) + r")\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(\d{4})"
_DATES = tuple(
    (re.compile(pattern), order)
    for pattern, order in (
        (rf"{_YEAR}\s*[-/.]\s*(\d{{1,2}})\s*[-/.]\s*(\d{{1,2}})\.?", "ymd"),
        (rf"(\d{{1,2}})/(\d{{1,2}})/{_YEAR}", "mdy"),  # the American order; 05.03.2026 is left unread
        (rf"(?:{_YEAR}년\s*)?(\d{{1,2}})월\s*(\d{{1,2}})일", "ymd"),
        (rf"(?:{_YEAR}년\s*)?(\d{{1,2}})월", "ym"),
        (rf"(?:the )?{_DAY}\s+(?:of\s+)?{_NAME}(?:,?\s+{_YEAR})?", "dmy"),
        (rf"{_NAME}\s+(?:the )?{_DAY}(?:,?\s+{_YEAR})?", "mdy"),
        (rf"{_NAME}(?:,?\s+{_YEAR})?", "my"),
    )
)
_WITH_WEEKDAY = re.compile(r"([a-z]+\.?|[월화수목금토일]요일),?\s+(.+)|(.+?)\s*\(?\s*([월화수목금토일](?:요일)?)\s*\)?")


def date(text: str) -> Date | None:
    """Read a date or a month; a weekday written beside it is kept as part of it."""
    text = text.strip().lower().removeprefix("on ").removesuffix("에").strip()
    found = _date(text)
    beside = None if found else _WITH_WEEKDAY.fullmatch(text)
    if beside:
        name = beside[1] or beside[4]
        day, rest = weekday(name if len(name) > 1 else f"{name}요일"), _date(beside[2] or beside[3])
        found = Date(rest.month, rest.day, rest.year, day) if rest and rest.day and day is not None else None
    return found if found and found.possible else None


def _date(text: str) -> Date | None:
    for pattern, order in _DATES:
        found = pattern.fullmatch(text)
        if found:
            given = dict(zip(order, found.groups(), strict=True))
            month = _MONTH_NAMES.get(given["m"]) or int(given["m"])
            day, year = given.get("d"), given.get("y")
            return Date(month, int(day) if day else None, int(year) if year else None)
    return None
