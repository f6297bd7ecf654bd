"""Shows what others wrote as data: each text between two marks that occur in none of them, and nothing hidden in it.

`<<<BEGIN A 3f9c2ab1>>>`, the text's lines, `<<<END A 3f9c2ab1>>>`. What a chat template or a reader could take for more
than text is broken up so that it can be seen and read all the same.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from symposium.tools.cut import NOTE, middle_cut

LEAST = 64  # of any text's share, as it is measured; less says nothing


def fenced(
    texts: Mapping[str, str], *, most: int | None = None, measure: Callable[[str], int] = len, note: str = NOTE
) -> str:
    """Write labelled texts one after another, each inside its fence; the same texts give the same marks.

    `most` bounds all texts together, as `measure` counts them: what short ones leave goes to the long ones, and of
    what is still too long the middle is cut out, which `note` tells with its `{count}` of characters.
    """
    shown = {label: defused(text) for label, text in texts.items()}
    if most is not None:
        sizes = shares([measure(text) for text in shown.values()], most)
        shown = {
            label: middle_cut(text, size, measure=measure, note=note)
            for (label, text), size in zip(shown.items(), sizes, strict=True)
        }
    nonce = _nonce(shown)
    return "\n\n".join(
        f"<<<BEGIN {label} {nonce}>>>\n{text}\n<<<END {label} {nonce}>>>" for label, text in shown.items()
    )


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


def _label(place: int) -> str:
    more, letter = divmod(place, 26)
    return (_label(more - 1) if more else "") + chr(ord("A") + letter)


def _nonce(texts: Mapping[str, str]) -> str:
    """Eight hexadecimal digits that follow from the texts and stand in none of them."""
    digest = hashlib.sha256(repr(sorted(texts.items())).encode())
    everything = "\n".join(texts.values()).lower()
    while (nonce := digest.hexdigest()[:8]) in everything:
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
_ROLE = (
    "system|user|assistant|human|developer|tool|function|instructions?|response|input|ai|bot|model"
    "|시스템|사용자|어시스턴트|도우미|개발자|지시|지시사항|명령|인간"
)
_TOKEN = re.compile(
    r"(?P<open><<<?(?=\s{0,9}/?\s{0,9}(?:BEGIN|END|SYS)\b)"  # marks like ours, and Llama 2's
    r"|<(?=/?(?:s|bos|eos|pad|unk|sop|eop|(?:start|end)_of_\w+|think|thinking|thought|tool_\w+|function_\w+|turn)\s{0,9}/?>)"
    rf"|<(?=/?(?:{_ROLE})(?:[_ ](?:prompt|message))?\s{{0,9}}>)"
    r"|<(?=[|｜][\w▁])|\[(?=\|\w)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|SYSTEM|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK|MASK|CLS|SEP|PAD|UNK|BOS|EOS)\]))"
    r"|(?<=[\w▁])(?P<shut>[|｜])(?=[>\]])",
    re.IGNORECASE,
)
_HEADER = re.compile(
    rf"^(?=(?:[^\S\n]|[#>*_\[(=-])*(?:{_ROLE})(?:[^\S\n]?(?:prompt|message|프롬프트|메시지))?(?:[^\S\n]|[\])*_])*[:：])",
    re.IGNORECASE | re.MULTILINE,
)


def defused(text: str) -> str:
    """Make a text harmless to look at: what is hidden is dropped or shown, what only a chat template writes is broken.

    Control characters become their pictures, special tokens get a backslash (`<\\|im_end|>`, `[\\INST]`), lines that
    begin like a turn of a chat (`system:`) a quotation mark before them (`> system:`); line breaks become one kind.
    """
    seen = _BREAKS.sub("\n", text).translate(_CONTROLS)
    if not seen.isascii():
        seen = _BLANK.sub(" ", _UNSEEN.sub("", seen))
    if any(opening in seen for opening in "<[|｜"):
        seen = _TOKEN.sub(_broken, seen)
    return _HEADER.sub("> ", seen)


def _broken(found: re.Match[str]) -> str:
    return f"{found['open']}\\" if found["open"] else f"\\{found['shut']}"
