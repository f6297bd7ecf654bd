"""How judges and critics are measured."""

import pytest

from symposium.evals.roles import Criticised, Judged, critic_figures, judge_figures, wrong_steps

SOLUTION = "94*85=7990; 7990-58=7932; answer 7932"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("94*85=7930; 7930-58=7872; answer 7872", ["94*85=7930"]),  # does not compute
        ("94*85=7930; 7930-58=7871; answer 7871", ["94*85=7930", "7930-58=7871"]),
        ("94*86=8084; 8084-58=8026; answer 8026", ["94*86=8084"]),  # computes, but was not asked
        ("94*85=7990; 7990+58=8048; answer 8048", ["7990+58=8048"]),
        ("94*85=7990; 7990-58=7932; answer 7990", ["answer 7990"]),
        ("94*80=7520; 94*5=470; 7520+470=7990; 7990-85=7905; answer 7905", ["7990-85=7905"]),  # in another style
        ("94*85=7990; 7990-58=7932", []),  # it only breaks off
    ],
)
def test_the_wrong_steps_are_those_that_do_not_compute_or_the_one_that_leaves_the_solution(
    text: str, wrong: list[str]
) -> None:
    assert [step.text for step in wrong_steps(text, SOLUTION)] == wrong


def test_a_judge_is_measured_over_all_answers_and_within_one_question() -> None:
    def judged(member: str, score: float, least: float, *, right: bool) -> Judged:
        return Judged(member=member, scores={"verdict": score, "min_logprob": least}, right=right)

    hard = [judged("a", -9.0, -1.0, right=True), judged("b", -10.0, -1.0, right=False)]
    easy = [judged("a", -1.0, -1.0, right=True), judged("b", -2.0, -1.0, right=False)]
    silent = [Judged(member="a", scores={}, right=True)]
    verdict, least = judge_figures("judge ann", [hard, easy, silent])
    assert verdict == {
        "judge": "ann",
        "by": "verdict",
        "questions": 3,
        "answers": 4,
        "silent": 1,
        "auroc": 0.75,
        "auroc_within": 1.0,
    }
    assert (least["by"], least["auroc"], least["auroc_within"]) == ("min_logprob", 0.5, 0.5)


def test_a_judge_that_never_tells_has_no_figures_but_is_named() -> None:
    (figures,) = judge_figures("judge ann", [[Judged(member="a", scores={}, right=True)]])
    assert (figures["by"], figures["answers"], figures["silent"], figures["auroc"]) == ("verdict", 0, 1, None)


def test_a_critic_that_says_nothing_has_not_found_the_wrong_step() -> None:
    found = [
        [Criticised(member="a", step="1+1=3", hit=True), Criticised(member="b", step="1+2=3", hit=False)],
        [Criticised(member="a", step=None, hit=False)],
    ]
    assert critic_figures("critic ann", found) == {"critic": "ann", "wrong": 3, "quoted": 2, "hit": 1}
