"""Shows what others wrote as data: each text between two marks that occur in none of them, and nothing hidden in it.

`<<<BEGIN A 3f9c2ab1>>>`, the text's lines, `<<<END A 3f9c2ab1>>>`. What a chat template could take for more than text
is broken up by a backslash, so that it can be seen and read all the same; `unmarked` takes both out of a reply again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from symposium.tools.cut import NOTE, middle_cut

LEAST = 64  # of any text's share, as it is measured; less says nothing
NONCE = 8  # hexadecimal digits
_MARK = re.compile(rf"^<<<BEGIN [^<>\n]+ (?P<nonce>[0-9a-f]{{{NONCE}}})>>>$", re.MULTILINE)


def fenced(
    texts: Mapping[str, str],
    *,
    most: int | None = None,
    measure: Callable[[str], int] = len,
    note: str = NOTE,
    nonce: str = "",
) -> str:
    """Write labelled texts one after another, each inside its fence; the same texts give the same marks.

    A `nonce` of hexadecimal digits, drawn before anything was written, is for texts to which others are added later:
    what is shown of the first ones stays the same. Where a text holds it, it is broken up there by a backslash.

    `most` bounds all texts and their marks together, as `measure` counts them: what short ones leave goes to the long
    ones, and of what is still too long the middle is cut out, which `note` tells with its `{count}` of characters. Of
    every text at least `LEAST` is left, even where that is more than `most` in all.
    """
    shown = {label: _split(defused(text), nonce) for label, text in texts.items()}
    if most is not None:
        marks = sum(measure(_fence(label, "", "0" * NONCE) + "\n\n") for label in shown)
        sizes = shares([measure(text) for text in shown.values()], max(0, most - marks))
        shown = {
            label: middle_cut(text, size, measure=measure, note=note)
            for (label, text), size in zip(shown.items(), sizes, strict=True)
        }
    nonce = nonce or _nonce(shown)
    return "\n\n".join(_fence(label, text, nonce) for label, text in shown.items())


def holds_fences(text: str) -> bool:
    """Tell whether a text shows others as data."""
    return _MARK.search(text) is not None


def unmarked(reply: str, shown: str) -> str:
    """A reply to what was `shown`, fences and all, without the marks that it took over; it may be empty then."""
    begun = _MARK.search(shown)
    if begun:
        reply = _mended(_without(begun["nonce"], reply), begun["nonce"])
    if "\\" in reply and _BROKEN.search(reply) and _BROKEN.search(shown):
        reply = _BROKEN.sub(lambda found: found[0][:-1], reply)
    return reply


def labels(count: int) -> list[str]:
    """The names under which texts are shown: A, B, ... Z, AA, AB, ..."""
    return [_label(place) for place in range(count)]


def shares(sizes: Sequence[int], most: int) -> list[int]:
    """Share a room out among texts of those sizes: nobody gets more than needed, the rest is divided equally."""
    given, left = [0] * len(sizes), most
    by_size = sorted(range(len(sizes)), key=lambda place: sizes[place])
    for done, place in enumerate(by_size):
        given[place] = max(min(sizes[place], left // (len(sizes) - done)), min(LEAST, sizes[place]))
        left = max(0, left - given[place])
    return given


def _fence(label: str, text: str, nonce: str) -> str:
    return f"<<<BEGIN {label} {nonce}>>>\n{text}\n<<<END {label} {nonce}>>>"


def _split(text: str, nonce: str) -> str:
    """The text with a backslash in the nonce wherever it stands there, in whatever case."""
    return re.sub(rf"(?i){nonce[0]}(?={nonce[1:]})", r"\g<0>\\", text) if nonce else text


def _mended(reply: str, nonce: str) -> str:
    return re.sub(rf"(?i)({nonce[0]})\\(?={nonce[1:]})", r"\1", reply)


def _without(nonce: str, reply: str) -> str:
    """The reply without marks of that nonce, and without the lines that are nothing else or name it elsewhere."""
    if nonce not in reply:
        return reply
    mark = re.compile(rf"<*[ \t]*(?:BEGIN|END)\b[^<>\n]*{nonce}[ \t]*>*")
    lines = [(line, mark.sub("", line)) for line in reply.split("\n")]
    kept = [rest for line, rest in lines if nonce not in rest and (rest == line or rest.strip())]
    return "\n".join(kept).strip()


def _label(place: int) -> str:
    more, letter = divmod(place, 26)
    return (_label(more - 1) if more else "") + chr(ord("A") + letter)


def _nonce(texts: Mapping[str, str]) -> str:
    """Some hexadecimal digits that follow from the texts and stand in none of them."""
    digest = hashlib.sha256(repr(sorted(texts.items())).encode())
    everything = "\n".join(texts.values()).lower()
    while (nonce := digest.hexdigest()[:NONCE]) in everything:
        digest.update(b"again")
    return nonce


# What could pass for more than text

_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
    "|(?<![^\x00-\x7f])[\u200c\u200d\ufe00-\ufe0f](?!\u20e3)"  # these join or shape what is not ASCII, and keycaps
    "|(?<=[\u200c\u200d\ufe00-\ufe0f])[\u200c\ufe00-\ufe0f]"
)
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
_CONTROLS = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000)), 0xFFFD)
_ROLE = "system|user|assistant|human|instruction|input|response|시스템|사용자|어시스턴트"
_SPECIAL = (  # how a token begins, and how it goes on; the names are those of many chat templates
    (r"<", r"\|\w{1,40}\|?>|\w{1,40}\|>|｜[^<>｜\n]{1,40}｜>"),
    (r"<", r"/?(?:s|bos|eos|sop|eop|(?:start|end)_of_\w{1,20}|think|thinking|thought|tool_\w{1,20}|function_calls?)>"),
    (r"<", r"(?i:/?(?:system|assistant|developer|human|bot|시스템|어시스턴트)(?:[_ ](?:prompt|message))?>)"),
    (r"\[", r"\|\w{1,40}\|\]"),
    (r"\[", r"/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK|BOS|EOS)\]"),
    (r"<<", r"/?SYS>>"),
    (r"<<<?", r"(?i:[ \t]{0,9}/?[ \t]{0,9}(?:BEGIN|END)\b[^<>\n]{0,60}>>)"),  # marks like ours
)
_HEADER = (  # the same of a turn's
    r"^[ \t]{0,9}",
    rf"(?i:\#{{2,6}}[ \t]{{0,9}}(?:{_ROLE})[ \t]?[:：])|(?:Human|Assistant|USER|ASSISTANT|SYSTEM)[ \t]?:",
)
_TOKEN = re.compile("|".join(f"{begun}(?={rest})" for begun, rest in _SPECIAL))
_TURN = re.compile(f"{_HEADER[0]}(?={_HEADER[1]})", re.MULTILINE)
_BROKEN = re.compile("|".join(rf"{begun}\\(?={rest})" for begun, rest in (*_SPECIAL, _HEADER)), re.MULTILINE)


def defused(text: str) -> str:
    """Make a text harmless to look at: what is hidden is dropped or shown, what only a chat template writes is broken.

    Control characters become their pictures; special tokens and the headers of turns get a backslash (`<\\|im_end|>`,
    `[\\INST]`, `\\### Response:`); line breaks become one kind. Everything else stays, `user: root` too: it is data.
    """
    seen = _BREAKS.sub("\n", text).translate(_CONTROLS)
    if not seen.isascii():
        seen = _BLANK.sub(" ", _UNSEEN.sub("", seen))
    return _TURN.sub(r"\g<0>\\", _TOKEN.sub(r"\g<0>\\", seen))
