"""What the index holds: incremental, one version after the other, whoever builds and wherever they die."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from knowledge_base import builders, encoder, importing, live, publishing, versions
from knowledge_base.errors import IndexMissing
from knowledge_base.models import Article, ArticleText, IndexVersion, Passage
from knowledge_base.retriever import Retriever
from tests.knowledge_base import elsewhere
from tests.knowledge_base.conftest import ENTRIES, Counting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _articles(index_dir: Path) -> None:
    importing.save(ENTRIES, publish=True)


def publish_another(key: str) -> IndexVersion:
    article = Article.objects.create(key=key)
    ArticleText.objects.create(article=article, language="en", question=f"What about {key}?", answer="Yes.")
    try:
        return publishing.publish(article)
    finally:
        connection.close()  # it is this thread's own


def assert_newest_is_right(keys: set[str]) -> None:
    """The newest version, its files and the passages' rows hold exactly these articles."""
    live.forget()
    newest = IndexVersion.objects.first()
    assert newest is not None
    assert {entry.key for entry in live.current().entries} == keys
    assert live.status().version == newest.number
    assert newest.articles == len(keys)
    assert Passage.objects.count() == newest.passages == len(live.current().passages)


def test_only_what_is_new_is_embedded(watched: Counting) -> None:
    publishing.reindex()
    watched.embedded.clear()
    publishing.reindex()
    assert watched.embedded == []
    ArticleText.objects.filter(article__key="opening").update(question="দোকান কয়টায় খোলে?")
    publishing.reindex()
    assert watched.embedded == ["দোকান কয়টায় খোলে?"]
    assert set(Passage.objects.filter(article__key="opening").values_list("text", flat=True)) == {
        "দোকান কয়টায় খোলে?",
        "সকাল ৯টায়।",
    }


def test_passages_that_did_not_change_keep_their_rows() -> None:
    publishing.reindex()
    before = set(Passage.objects.values_list("pk", flat=True))
    publish_another("gifts")
    assert before < set(Passage.objects.values_list("pk", flat=True))


def test_another_encoder_embeds_everything_again(watched: Counting) -> None:
    publishing.reindex()
    texts = len(set(watched.embedded))
    watched.embedded.clear()
    watched.name = "another"
    assert publishing.reindex().encoder == "another"
    assert len(watched.embedded) == texts


def test_a_withdrawn_article_is_not_found_and_a_published_one_is() -> None:
    publishing.reindex()
    opening = Article.objects.get(key="opening")
    publishing.withdraw(opening)
    assert_newest_is_right({"refund-time", "delivery-charge"})
    publishing.publish(opening)
    assert_newest_is_right({"refund-time", "delivery-charge", "opening"})
    assert live.current().search("dokan kokhon khule").candidates[0].article == "opening"


def test_withdrawing_the_last_article_leaves_nothing_to_find() -> None:
    publishing.reindex()
    publishing.withdraw(*Article.objects.all())
    live.forget()
    with pytest.raises(IndexMissing):
        live.current()
    assert not Passage.objects.exists()


def test_an_index_of_nothing_can_be_built_first(index_dir: Path) -> None:
    Article.objects.all().delete()
    assert publishing.reindex().articles == 0
    assert publish_another("gifts").articles == 1


def test_threads_that_publish_at_once_end_with_everything() -> None:
    publishing.reindex()
    keys = {f"new-{number}" for number in range(4)}
    with ThreadPoolExecutor(len(keys)) as pool:
        list(pool.map(publish_another, keys))  # raises what they raise
    assert_newest_is_right(keys | {entry.key for entry in ENTRIES})


def test_processes_that_publish_at_once_end_with_everything() -> None:
    publishing.reindex()
    keys = {f"new-{number}" for number in range(3)}
    others = [elsewhere.start("publish", key) for key in keys]
    for other in others:
        assert other.stdout is not None and other.stdout.readline() == "ready\n"
    for other in others:
        other.communicate("go\n")
    assert [other.returncode for other in others] == [0] * len(others)
    assert_newest_is_right(keys | {entry.key for entry in ENTRIES})


def test_a_builder_that_is_overtaken_builds_again(watched: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the lock does not hold: it only spares work, the version's number decides."""
    publishing.reindex()
    real = versions.write

    def overtake(retriever: Retriever, root: Path, number: int) -> str:
        if number == 2:
            IndexVersion.objects.create(number=2, digest="", encoder=watched.name, articles=0, passages=0)
        return real(retriever, root, number)

    monkeypatch.setattr(versions, "write", overtake)
    assert publishing.reindex().number == 3
    assert_newest_is_right({entry.key for entry in ENTRIES})


def test_builders_that_always_lose_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_newest_number", lambda: 0)
    publishing.reindex()
    with pytest.raises(IntegrityError):
        publishing.reindex()


def test_those_who_wait_for_a_builder_share_the_next_version(watched: Counting) -> None:
    """Ten editors who publish while one builds cost two more builds at most, not ten."""
    publishing.reindex()
    before = IndexVersion.objects.count()
    with ThreadPoolExecutor(10) as pool, builders.one_at_a_time():
        publications = [pool.submit(publish_another, f"new-{number}") for number in range(10)]
        while Article.objects.filter(status="published").count() < len(ENTRIES) + 10:
            pass
        IndexVersion.objects.create(number=before + 1, digest="", encoder=watched.name, articles=0, passages=0)
    assert {publication.result().number for publication in publications} <= {before + 2, before + 3}
    assert_newest_is_right({entry.key for entry in ENTRIES} | {f"new-{number}" for number in range(10)})


def test_whoever_waited_too_long_for_a_builder_goes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builders, "PATIENCE", 0.0)
    with builders.one_at_a_time(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(publish_another, "gifts").result().articles == len(ENTRIES) + 1


@pytest.mark.parametrize("where", ["as it writes", "before it renames", "before it commits"])
def test_a_builder_that_is_killed_leaves_the_version_before(where: str) -> None:
    version = publishing.reindex()
    Article.objects.filter(key="opening").update(status="draft")
    assert elsewhere.start("die", where).wait() == -signal.SIGKILL
    live.forget()
    assert live.status().version == version.number
    assert len(live.current().entries) == len(ENTRIES)
    assert publishing.reindex().number == version.number + 1
    assert_newest_is_right({"refund-time", "delivery-charge"})


def test_nothing_is_embedded_in_a_transaction(watched: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite, visitors' messages would wait for it."""
    inside = []
    real = encoder.load("bundled").passages

    def passages(texts: list[str]) -> object:
        inside.append(connection.in_atomic_block)
        return real(texts)

    monkeypatch.setattr(watched, "passages", passages)
    publishing.reindex()
    assert inside and not any(inside)


def test_the_command_builds_with_a_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("reindex")
    out, err = capsys.readouterr()
    assert "3 articles" in out and "embedding: 100%" in err
