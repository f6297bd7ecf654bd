"""A toy mind, trained for seconds on sums of one digit, exported, and read again by llama.cpp."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")
pytest.importorskip("tokenizers")

from symposium.ledger.records import Message  # noqa: E402
from symposium.models.provider import Request  # noqa: E402
from symposium.models.providers.gguf import GgufEndpoint  # noqa: E402
from symposium.training import tokenizer as vocabulary  # noqa: E402
from symposium.training.batches import batch_of, batches  # noqa: E402
from symposium.training.decoding import answered  # noqa: E402
from symposium.training.exam import gguf_answers  # noqa: E402
from symposium.training.export import exported  # noqa: E402
from symposium.training.model import Mind, Shape  # noqa: E402
from symposium.training.optim import Optimizers, Rates, orthogonalised, rate_share  # noqa: E402
from symposium.training.recipe import EVERYTHING, Mix, Recipe  # noqa: E402
from symposium.training.stream import Stream  # noqa: E402
from symposium.training.trainer import Pace, Trainer, mind_of  # noqa: E402

pytestmark = pytest.mark.train

RECIPE = Recipe(name="toy", width=64, layers=2, heads=2, hidden=96, tokens=60_000, batch=512, seed=3)
QUIET = Pace(log=lambda line: None)


@dataclass(frozen=True)
class Sum:
    text: str
    solution: str


def sums(mix: Mix, seed: int) -> Iterator[Sum]:
    draw = random.Random(seed)
    while True:
        a, b = draw.randrange(10), draw.randrange(10)
        text = draw.choice((f"What is {a} plus {b}?", f"{a} 더하기 {b}는?"))
        yield Sum(text, f"{a}+{b}={a + b}; answer {a + b}")


@pytest.fixture(scope="module")
def tokenizer_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [text for asked in islice(sums(EVERYTHING, 0), 500) for text in (asked.text, asked.solution)]
    return vocabulary.saved(vocabulary.fit(texts), tmp_path_factory.mktemp("toy") / "tokenizer.json")


def trainer(folder: Path, tokenizer_path: Path, recipe: Recipe = RECIPE) -> Trainer:
    torch.set_num_threads(1)
    stream = Stream(
        folder=folder / "stream", tokenizer=tokenizer_path, mix=recipe.mix, seed=1, source=sums, size=256, ahead=0
    )
    return Trainer(recipe, stream, checkpoint=folder / "toy.ckpt")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory, tokenizer_path: Path) -> Mind:
    made = trainer(tmp_path_factory.mktemp("run"), tokenizer_path)
    made.train(pace=QUIET)
    return made.mind


def test_a_minute_of_training_teaches_sums(toy: Mind, tokenizer_path: Path) -> None:
    asked = list(islice(sums(EVERYTHING, 99), 60))
    written = answered(toy, vocabulary.loaded(tokenizer_path), [question.text for question in asked])
    right = sum(text == question.solution for text, question in zip(written, asked, strict=True))
    assert right >= 45


def test_llama_cpp_writes_what_torch_writes(toy: Mind, tokenizer_path: Path, tmp_path: Path) -> None:
    tokenizer = vocabulary.loaded(tokenizer_path)
    questions = [question.text for question in islice(sums(EVERYTHING, 7), 24)]
    file = exported(toy, tokenizer, tmp_path / "toy.gguf", name="toy", precision="f16")
    assert gguf_answers(file)(questions) == answered(toy, tokenizer, questions)


def test_q8_0_makes_the_file_smaller_and_keeps_the_answers(toy: Mind, tokenizer_path: Path, tmp_path: Path) -> None:
    tokenizer = vocabulary.loaded(tokenizer_path)
    questions = [question.text for question in islice(sums(EVERYTHING, 8), 24)]
    half = exported(toy, tokenizer, tmp_path / "half.gguf", name="toy", precision="f16")
    small = exported(toy, tokenizer, tmp_path / "small.gguf", name="toy", precision="q8_0")
    assert small.stat().st_size < 0.8 * half.stat().st_size
    kept = zip(gguf_answers(small)(questions), answered(toy, tokenizer, questions), strict=True)
    assert sum(one == other for one, other in kept) >= 23


async def test_the_chat_template_asks_the_last_question_only(toy: Mind, tokenizer_path: Path, tmp_path: Path) -> None:
    tokenizer = vocabulary.loaded(tokenizer_path)
    endpoint = GgufEndpoint(str(exported(toy, tokenizer, tmp_path / "toy.gguf", name="toy", precision="f16")))

    async def reply(*messages: Message) -> str:
        request = Request(messages=messages, max_tokens=32)
        return "".join([chunk.text async for chunk in endpoint.stream(request)])

    alone = Message(role="user", content="What is 3 plus 4?")
    within = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="What is 9 plus 9?"),
        Message(role="assistant", content="9+9=18; answer 18"),
        Message(role="user", content="  What is 3 plus 4? "),
    )
    assert await reply(*within) == await reply(alone)
    assert await reply(Message(role="user", content="What is 3 plus 4")) == await reply(alone)  # the mark is added
    asked = vocabulary.encoded(tokenizer, [vocabulary.prompt("What is 3 plus 4?")])[0]
    assert await endpoint.count(within) == await endpoint.count([alone]) == len(asked)
    await endpoint.aclose()


def test_a_resumed_training_equals_an_uninterrupted_one(toy: Mind, tokenizer_path: Path, tmp_path: Path) -> None:
    trainer(tmp_path, tokenizer_path).train(pace=QUIET, tokens=25_000)
    resumed = trainer(tmp_path, tokenizer_path)
    assert resumed.resume()
    resumed.train(pace=QUIET)
    for name, weights in toy.state_dict().items():
        assert torch.equal(resumed.mind.state_dict()[name], weights), name


def test_a_checkpoint_of_another_recipe_is_refused(tokenizer_path: Path, tmp_path: Path) -> None:
    trainer(tmp_path, tokenizer_path).save()
    other = trainer(tmp_path, tokenizer_path, replace(RECIPE, hidden=64))
    with pytest.raises(ValueError, match="another recipe"):
        other.resume()


def test_a_checkpoint_tells_its_recipe(tokenizer_path: Path, tmp_path: Path) -> None:
    made = trainer(tmp_path, tokenizer_path)
    made.save()
    mind, recipe, progress = mind_of(made.checkpoint)
    assert (recipe, progress) == (RECIPE, made.progress)
    assert torch.equal(mind.embedding.weight, made.mind.embedding.weight)


def test_the_same_texts_give_the_same_tokenizer() -> None:
    texts = [question.text for question in islice(sums(EVERYTHING, 1), 300)]
    assert vocabulary.fit(texts).to_str() == vocabulary.fit(texts).to_str()


@pytest.mark.parametrize("text", ["1234-5=1229; answer 1229", "사과 12개와 배 7개", "naïve 😀 #17", "  two  spaces\n"])
def test_every_text_survives_the_tokenizer_and_every_digit_stands_alone(text: str, tokenizer_path: Path) -> None:
    tokenizer = vocabulary.loaded(tokenizer_path)
    (tokens,) = vocabulary.encoded(tokenizer, [text])
    assert vocabulary.decoded(tokenizer, tokens) == text
    pieces = [vocabulary.decoded(tokenizer, [token]) for token in tokens]
    assert all(piece == digit for piece in pieces for digit in piece if digit.isdigit())


def test_a_chunk_is_the_same_whenever_it_is_made(tokenizer_path: Path, tmp_path: Path) -> None:
    one, other = trainer(tmp_path / "a", tokenizer_path).stream, trainer(tmp_path / "b", tokenizer_path).stream
    other.chunk(4)
    for number in (5, 4):
        assert (one.chunk(number).tokens == other.chunk(number).tokens).all()
    assert not (one.chunk(4).tokens[:200] == one.chunk(5).tokens[:200]).all()


def test_batches_hold_every_row_once_and_keep_the_budget(tokenizer_path: Path, tmp_path: Path) -> None:
    chunk = trainer(tmp_path, tokenizer_path).stream.chunk(0)
    made = list(batches(chunk, tokens=300, seed=1))
    assert sum(len(batch.tokens) for batch in made) == len(chunk.rows())
    assert all(batch.size <= 300 for batch in made)
    answers = sum(len(row) - start for row, start in zip(chunk.rows(), chunk.answers, strict=True))
    assert sum(len(batch.targets) for batch in made) == answers


def test_the_loss_sees_the_answer_only(tokenizer_path: Path, tmp_path: Path) -> None:
    chunk = trainer(tmp_path, tokenizer_path).stream.chunk(0)
    rows, starts = chunk.rows()[:2], chunk.answers[:2].tolist()
    batch = batch_of(rows, starts)
    first = len(rows[0]) - starts[0]
    assert batch.targets[:first].tolist() == rows[0][starts[0] :].tolist()
    seen = batch.tokens.flatten()[batch.wanted]
    assert seen[0] == seen[first] == vocabulary.ANSWER_ID
    assert batch.targets[first - 1] == batch.targets[-1] == vocabulary.EOS_ID


def test_decoding_with_memory_equals_reading_the_whole_row(toy: Mind, tokenizer_path: Path) -> None:
    tokenizer = vocabulary.loaded(tokenizer_path)
    questions = [question.text for question in islice(sums(EVERYTHING, 5), 6)]
    for question, text in zip(questions, answered(toy, tokenizer, questions), strict=True):
        asked, written = vocabulary.encoded(tokenizer, [vocabulary.prompt(question), text + vocabulary.EOS])
        row = torch.tensor([asked + written])
        wanted = torch.arange(len(asked) - 1, len(asked) + len(written) - 1)
        assert toy(row, wanted).argmax(-1).tolist() == written


def test_padding_changes_no_prediction(toy: Mind) -> None:
    row = torch.randint(4, 200, (1, 9), generator=torch.Generator().manual_seed(0))
    padded = torch.cat((row, torch.full((1, 5), vocabulary.PAD_ID)), dim=1)
    wanted = torch.arange(9)
    assert torch.allclose(toy(row, wanted), toy(padded, wanted), atol=1e-5)


@pytest.mark.parametrize("size", [(3, 32, 32), (2, 96, 32), (2, 32, 96)])
def test_orthogonalised_matrices_turn_as_the_exact_ones(size: tuple[int, int, int]) -> None:
    matrices = torch.randn(size, generator=torch.Generator().manual_seed(1))
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    quick, exact = orthogonalised(matrices), left @ right
    assert torch.linalg.svdvals(quick).max() < 1.3
    likeness = torch.nn.functional.cosine_similarity(quick.flatten(1), exact.flatten(1))
    assert (likeness > 0.95).all()


def test_a_muon_step_equals_the_slow_reference() -> None:
    mind = Mind(Shape(width=32, layers=2, heads=1, hidden=64), seed=0)
    optimizers = Optimizers(mind, Rates(muon=0.1))
    before = {name: weights.clone() for name, weights in mind.named_parameters()}
    batch = torch.randint(0, 1024, (2, 8), generator=torch.Generator().manual_seed(2))
    mind(batch, torch.arange(16)).logsumexp(-1).mean().backward()
    torch.nn.utils.clip_grad_norm_(mind.parameters(), 1.0)
    gradients = {name: weights.grad.clone() for name, weights in mind.named_parameters() if weights.grad is not None}
    optimizers.step(share=1.0)
    name = "layers.1.feed_forward.gate_up.weight"
    reference = [
        matrix - 0.1 * 2**0.5 * orthogonalised((0.05 + 0.95 * 0.05) * gradient[None])[0]
        for matrix, gradient in zip(before[name].chunk(2), gradients[name].chunk(2), strict=True)
    ]
    assert torch.allclose(mind.get_parameter(name), torch.cat(reference), atol=2e-3)


@pytest.mark.parametrize(
    ("progress", "share"), [(0.0, 0.0), (0.005, 0.5), (0.01, 1.0), (0.505, 0.5), (1.0, 0.0), (2.0, 0.0)]
)
def test_the_rate_warms_up_and_follows_half_a_cosine(progress: float, share: float) -> None:
    assert rate_share(progress) == pytest.approx(share)
