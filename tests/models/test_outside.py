"""The border of the bundled minds' world: what they take, what they refuse, and who else is let alone."""

from pathlib import Path

import pytest

from symposium.ledger.records import CallFailed, Message
from symposium.models import zoo
from symposium.models.endpoints import connect
from symposium.models.member import Member
from symposium.models.provider import Endpoint, Request
from symposium.models.zoo.outside import FILE, LONGEST, REFUSAL, normal, outside

POEM = "Write a poem about the sea in autumn."


@pytest.mark.parametrize(
    "question",
    [
        "Mia has 17 boxes with 24 pens each and gives away 58 pens. How many pens are left?",
        "What is 73 times 8?",
        "what is 12 plus 30",
        "1+1",
        "17*24=",
        "Hi! How many days are 6 weeks? Thanks!",
        "Zbigniew has 15 quokkas and buys 9 more quokkas. How many quokkas does he have now?",
        "a film starts at 7:40 pm and takes 95 minutes. when does it end",
        "Today is Tuesday. What day is it in 10 days?",
        "Sort 42, 7, 88, 19 from small to large.",
        "Convert 5 km to meters",
        "Tom has seventeen apples and eats four. How many apples are left?",
        "73 곱하기 8은?",
        "안녕하세요. 사과가 한 상자에 24개씩 18상자 있어요. 모두 몇 개예요?",
        "오늘은 금요일이야. 5일 뒤는 무슨 요일이지",
        "3미터 25센티미터는 몇 센티미터인가요?",
        "34, 12, 78, 55 중에서 가장 작은 수는?",
        "알렉세이는 쿼카 15마리를 가지고 있어요. 9마리를 더 사면 모두 몇 마리예요?",
    ],
)
def test_what_belongs_to_the_world_is_taken(question: str) -> None:
    assert not outside(question)


@pytest.mark.parametrize(
    "question",
    [
        POEM,
        "Who won the 1998 World Cup?",
        "What is the population of Seoul?",
        "Hello, how are you today?",
        "How many moons does Saturn have?",
        "Explain how a fridge works.",
        "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)",
        "What is the derivative of x^3 - 4x?",
        "Translate 'the cat is black' into Italian.",
        "",
        "?",
        "가을 바다에 대한 시를 써 줘.",
        "1988년 올림픽은 어디에서 열렸어?",
        "안녕, 오늘 기분은 어때?",
        "파이썬으로 피보나치 수열을 구하는 함수를 만들어 줘.",
        "토성의 위성은 몇 개야?",
        "'고양이는 검다'를 영어로 번역해 줘.",
    ],
)
def test_what_lies_outside_is_refused(question: str) -> None:
    assert outside(question)


def test_what_fits_no_mind_is_left_to_the_minds_to_refuse() -> None:
    assert outside(POEM * 50)
    assert not outside("x" * (LONGEST + 1))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("  What is  1,234 + 56?\n", "what is 0 + 0"),
        ("forty-two times three hundred and seven", "0 times 0"),
        ("8:42 PM!", "0:0 pm"),
        ("3.5", "0.0"),
        ("사과 스물두 개와 이백사십육개?", "사과 0 개와 0개"),
    ],
)
def test_numbers_are_alike_however_they_are_written(question: str, told: str) -> None:
    assert normal(question) == told


def test_the_file_is_small() -> None:
    assert FILE.stat().st_size < 400_000


async def said(endpoint: Endpoint, request: Request) -> str:
    return "".join([chunk.text async for chunk in endpoint.stream(request)])


def asking(question: str, **more: str) -> Request:
    return Request(messages=(Message(role="user", content=question),), max_tokens=8, **more)  # type: ignore[arg-type]  # prefix and forced


@pytest.mark.usefixtures("opened")
async def test_a_bundled_mind_refuses_before_it_speaks() -> None:
    mind = await connect(Member(name="small", model="gguf:small"))
    with pytest.raises(CallFailed, match=REFUSAL) as raised:
        await said(mind, asking(POEM))
    assert raised.value.kind == "refused"
    assert await said(mind, asking("What is 12 plus 30?"))


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize("more", [{"forced": "7"}, {"prefix": "7"}])
async def test_what_is_said_about_a_draft_needs_no_second_look(more: dict[str, str]) -> None:
    mind = await connect(Member(name="small", model="gguf:small"))
    assert await said(mind, asking(POEM, **more))


@pytest.mark.usefixtures("opened")
async def test_somebodys_own_file_is_asked_anything(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(zoo.find("small").read_bytes())
    assert await said(await connect(Member(name="own", model=f"gguf:{own}")), asking(POEM))
