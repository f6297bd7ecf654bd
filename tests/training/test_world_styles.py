"""How solutions are written out: place by place, with the same answers."""

from itertools import islice

import pytest

from symposium.tools.arithmetic import check_steps, evaluate
from symposium.training.world.dataset import questions
from symposium.training.world.styles import STYLES, Style, restyled

WRITTEN = [
    ("tens", "94*85=7990; answer 7990", "94*80=7520; 94*5=470; 7520+470=7990; answer 7990"),
    ("ones", "94*85=7990; answer 7990", "85*4=340; 85*90=7650; 340+7650=7990; answer 7990"),
    ("tens", "142*7=994; answer 994", "7*100=700; 7*40=280; 700+280=980; 7*2=14; 980+14=994; answer 994"),
    ("ones", "142*7=994; answer 994", "7*2=14; 7*40=280; 7*100=700; 14+280=294; 294+700=994; answer 994"),
    ("tens", "1775/25=71; answer 71", "25*70=1750; 1775-1750=25; 25*1=25; 70+1=71; answer 71"),
    ("tens", "414%15=9; answer 9", "15*20=300; 414-300=114; 15*7=105; 114-105=9; answer 9"),
    ("ones", "260//17=15; answer 15", "17*10=170; 260-170=90; 17*5=85; 10+5=15; answer 15"),
]
AS_THEY_ARE = [
    "46*3=138",
    "50*62=3100",
    "9370/2=4685",
    "150/25=6",
    "12//25=0",
    "872+17=889",
    "Monday+2=Wednesday",
    "max(3,9)=9",
]


@pytest.mark.parametrize(("style", "direct", "written"), WRITTEN)
def test_products_and_quotients_are_broken_up_by_place(style: Style, direct: str, written: str) -> None:
    assert restyled(direct, style) == written


@pytest.mark.parametrize("step", AS_THEY_ARE)
@pytest.mark.parametrize("style", STYLES)
def test_an_easy_step_stays_as_it_is(step: str, style: Style) -> None:
    assert restyled(f"{step}; answer 1", style) == f"{step}; answer 1"


@pytest.mark.parametrize("reach", ["usual", "beyond"])
@pytest.mark.parametrize("style", ["tens", "ones"])
def test_every_written_step_is_right_and_the_questions_stay_the_same(style: Style, reach: str) -> None:
    direct = list(islice(questions("train", seed=5, reach=reach), 1500))
    styled = list(islice(questions("train", seed=5, reach=reach, style=style), 1500))
    assert [(one.text, one.answer) for one in styled] == [(one.text, one.answer) for one in direct]
    assert sum(one.solution != other.solution for one, other in zip(styled, direct, strict=True)) > 200
    for question in styled:
        assert question.solution.endswith(f"; answer {question.answer}")
        assert not [step for step in check_steps(question.solution) if step.right is False]


@pytest.mark.parametrize("style", ["tens", "ones"])
def test_a_broken_up_step_ends_in_its_own_result(style: Style) -> None:
    for a in range(3, 120, 7):
        for b in range(3, 60, 4):
            product = restyled(f"{a}*{b}={a * b}", style).split("; ")
            assert product[-1].split("=")[1] == evaluate(f"{a}*{b}")
            rest = restyled(f"{a}%{b}={a % b}", style).split("; ")
            assert rest[-1].split("=")[1] == evaluate(f"{a}%{b}")
