"""How figures are written for people: money, tokens, seconds, shares, dates."""

import time

from symposium.ledger.records import Totals


def money(dollars: float | None) -> str:
    """Write US dollars; unknown stays unknown."""
    if dollars is None:
        return "unknown"
    if dollars == 0:
        return "$0"
    return f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.2g}" if dollars >= 0.0001 else f"${dollars:.6f}"


def rate(input: float, output: float) -> str:
    """Write a price per million tokens, read and written."""
    return f"${input:g} / ${output:g} per M tokens" if input or output else "$0"


def seconds(value: float) -> str:
    """Write a duration."""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"


def share(value: float) -> str:
    """Write a share of one as per cent."""
    return f"{100 * value:.0f} %"


def counted(number: int, thing: str, things: str = "") -> str:
    """Write a number with its noun."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def moment(t: float) -> str:
    """Write a time of day with its date, where the reader is; `t` in seconds since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(t))


def tokens(totals: Totals) -> str:
    """Write what was read and written; `~` marks an estimate."""
    mark = "~" if any(member["estimated"] for member in totals["by_member"]) else ""
    return f"{mark}{totals['input'] + totals['output']:,} tokens ({totals['input']:,} in, {totals['output']:,} out)"


def price(totals: Totals, sources: list[str]) -> str:
    """Write the cost and where its figures come from, or whose price is unknown."""
    if totals["cost"] is None:
        return f"cost unknown (no price for {', '.join(totals['unpriced'])})"
    told = ", ".join(sources)
    return money(totals["cost"]) + (f" ({told})" if told and totals["calls"] else "")


def one_line(text: str, *, limit: int) -> str:
    """Fold a text into one line of at most that many characters."""
    folded = " ".join(text.split())
    return folded if len(folded) <= limit else folded[: limit - 1] + "…"
