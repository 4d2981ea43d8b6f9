"""Learning on in the upper layers: what is drawn, what is compared, and that nothing below moves."""

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from knowledge_base.calibration import WAYS
from knowledge_base.training import learning_on
from knowledge_base.training.choices import NOBODY, Choice, Choices, Texts
from knowledge_base.training.measuring import Figures
from knowledge_base.training.states import States
from knowledge_base.training.upper import Plan, Upper, afar, closely, train

WORDS = "<s> <pad> </s> <unk> red crimson blue azure green verdant".split()
PLAN = Plan(steps=60, layers=1, questions=6, strangers=0, rate=3e-3, width=8)
ARTICLES: list[Mapping[str, object]] = [
    {
        "id": name,
        "question": {"en": f"What does {name} cost?", "bn": f"{name} কত?"},
        "answer": {"en": f"{name} is free."},
        "phrasings": {"en": [f"price of {name}"]},
    }
    for name in ("mail", "web")
]
QUERIES: list[Mapping[str, object]] = [
    {"text": "is mail dear", "lang": "en", "kind": "in_scope", "article": "mail"},
    {"text": "মেইলের দাম", "lang": "bn", "kind": "in_scope", "article": "mail"},
    {"text": "web er dam", "lang": "bn-Latn", "kind": "in_scope", "article": "web"},
    {"text": "who won", "lang": "en", "kind": "out_of_scope", "article": None},
    {"text": "hello", "lang": "en", "kind": "smalltalk", "article": None},
]


class Colours:
    """A business whose questions and passages are colours."""

    name = "colours"

    def __len__(self) -> int:
        return 3

    def draw(self, questions: int, strangers: int, rng: random.Random) -> Choice:
        return Choice([1, 3, 5], [0, 1, 2], [0, 2, 4], [0, 1, 2])


@pytest.fixture
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tokenizer


@pytest.fixture
def bert() -> BertModel:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    return BertModel(config, add_pooling_layer=False).eval()


def _upper(bert: BertModel, tokenizer: Tokenizer, *said: str) -> Upper:
    texts = Texts()
    for text in said:
        texts.number(text)
    return Upper(bert, States(bert, tokenizer, texts, PLAN.layers, iter), PLAN)


def test_it_learns_which_passage_answers_and_leaves_the_lower_layers(
    bert: BertModel, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    upper = _upper(bert, tokenizer, *WORDS[4:])
    lower = {name: value.clone() for name, value in bert.state_dict().items() if "layer.1." not in name}
    before = upper.loss(Colours().draw(3, 0, random.Random(1))).item()
    train(upper, [Colours()], PLAN, tmp_path / "log.jsonl")  # type: ignore[list-item]
    assert upper.loss(Colours().draw(3, 0, random.Random(1))).item() < before / 2
    assert all(torch.equal(value, bert.state_dict()[name]) for name, value in lower.items())
    first, *steps = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert first["plan"]["steps"] == len(steps) == 60


def test_a_text_read_in_two_parts_is_the_text_that_the_whole_model_reads(bert: BertModel, tokenizer: Tokenizer) -> None:
    upper = _upper(bert, tokenizer, "red blue green", "azure")
    with torch.no_grad():
        read = upper([0, 1])
        for number, text in enumerate(("red blue green", "azure")):
            hidden = bert(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0]
            mean = torch.nn.functional.normalize(hidden.mean(0), dim=0)
            assert float(mean @ read.vectors[number]) > 0.999  # what is kept is kept in half precision


def test_words_are_compared_one_by_one(bert: BertModel, tokenizer: Tokenizer) -> None:
    texts = ["red blue green", "azure", "verdant red"]
    upper = _upper(bert, tokenizer, *texts)
    with torch.no_grad():
        both = upper([0, 1, 2])
        found = closely(both, both)
        alone = [upper([number]) for number in range(3)]
        for one in range(3):
            for other in range(3):
                cosines = alone[one].words @ alone[other].words.T
                expected = float((cosines.max(dim=1).values * alone[one].weights).sum())
                assert float(found[one, other]) == pytest.approx(expected, abs=0.01)
        assert torch.allclose(found.diag(), torch.ones(3), atol=0.01)
        assert torch.allclose(afar(both, both).diag(), torch.ones(3), atol=0.01)


def test_a_question_is_drawn_in_every_way_that_it_may_be_read_with_all_articles_to_choose_from(tmp_path: Path) -> None:
    for name, rows in (("articles", ARTICLES), ("queries", QUERIES)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    texts, rng = Texts(), random.Random(1)
    business = Choices(tmp_path, texts, rng)
    drawn = [business.draw(10, 10, rng) for _ in range(60)]
    said = texts.all()
    assert len(business) == 2
    assert all(sorted(choice.rights) == [NOBODY, 0, 0, 1] for choice in drawn)
    assert all(list(choice.articles) == [0, 0, 1, 1] for choice in drawn)  # a question, and a piece of an answer
    passages = {said[number] for choice in drawn for number in choice.passages}
    assert {"What does mail cost?", "mail কত?", "price of mail", "mail is free."} <= passages
    asked = {said[number] for choice in drawn for number in choice.questions}
    assert {"is mail dear", "মেইলের দাম", "web er dam", "who won"} <= asked and "hello" not in asked
    assert len(asked) > 5  # Banglish in Bengali letters, Bengali in Latin ones


def test_a_card_tells_of_each_run(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"plan": {"steps": 1}}\n{"loss": 2.0, "seconds": 60}\n')
    figures = dict.fromkeys(WAYS, Figures(9, 0.5, 0.75, (0.4, 0.6), 0.9, 0.8))
    run = learning_on.told(tmp_path / "log.jsonl", {"shop": figures})
    assert "1 steps" in run and "| shop | 0.500 | 0.750 | 0.900 |" in run
    card = learning_on.with_run(learning_on.with_run("# A card\n", run), "The second run.\n")
    assert card.count(learning_on.HEADING) == 1 and card.index("1 steps") < card.index("The second run.")
