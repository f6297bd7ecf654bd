"""What an exact check of written steps found, said in one line and read back from it.

`right: 3 steps checked`, `wrong: 94*85=7930 (it is 7990)` or `no written step`.
"""

import re
from dataclasses import dataclass

from symposium.tools.arithmetic import Step, check_steps
from symposium.tools.steps import passages

_NOTHING = "no written step"
_RIGHT = re.compile(r"right: (\d+) steps? checked")
_WRONG = re.compile(r"wrong: (.+) \(it is ([^()]*)\)", re.DOTALL)


@dataclass(frozen=True)
class Slip:
    """The passage that holds the first wrong step, and what that step should have come to."""

    quote: str
    actual: str


@dataclass(frozen=True)
class Findings:
    """How many steps were checked, in order, up to the first wrong one."""

    checked: int
    slip: Slip | None = None

    @property
    def right(self) -> bool | None:
        """Every step that could be checked is right; None where none could."""
        return False if self.slip else (True if self.checked else None)

    def __str__(self) -> str:
        if self.slip:
            return f"wrong: {self.slip.quote} (it is {self.slip.actual})"
        return f"right: {self.checked} {'step' if self.checked == 1 else 'steps'} checked" if self.checked else _NOTHING


def findings(text: str) -> Findings:
    """Check the written steps of a text exactly."""
    checked = 0
    for step in check_steps(text):
        checked += step.right is not None
        if step.right is False:
            return Findings(checked, Slip(_quote(text, step), step.actual or ""))
    return Findings(checked)


def _quote(text: str, step: Step) -> str:
    """The passage in which a step stands; the step itself where it is spread over several."""
    written = f"{step.expression}={step.claimed}"
    return next((found.text for found in passages(text) if step in check_steps(found.text)), written)


def read(said: str) -> Findings:
    """Read findings back; what says nothing of the kind counts as nothing checked."""
    if wrong := _WRONG.fullmatch(said.strip()):
        return Findings(1, Slip(wrong[1], wrong[2]))
    right = _RIGHT.fullmatch(said.strip())
    return Findings(int(right[1]) if right else 0)
