"""Our corpus: what is only learned from gives nothing away of what is measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.training import recipe


def asked(folders: list[Path]) -> set[str]:
    found = set()
    for folder in folders:
        queries = read_queries(folder, read_entries(folder))
        found |= {query.text.casefold() for query in queries if query.kind == "in_scope"}
    return found


@pytest.mark.parametrize("folder", recipe.extra(), ids=lambda folder: folder.name)
def test_each_way_of_writing_asks_for_each_article(folder: Path) -> None:
    entries = read_entries(folder)
    asked = {(query.article, query.language) for query in read_queries(folder, entries) if query.kind == "in_scope"}
    assert asked == {(entry.key, lang) for entry in entries for lang in ("en", "bn", "bn-Latn")}


def test_nothing_that_is_measured_on_is_learned_from() -> None:
    assert not {folder.name for folder in recipe.extra()} & {folder.name for folder in recipe.businesses()}
    assert not asked(recipe.extra()) & asked(recipe.businesses())


def test_a_business_in_the_trade_of_one_that_is_held_out_is_held_out_with_it() -> None:
    named = {name for names in recipe.NEAR.values() for name in names}
    assert named <= {folder.name for folder in recipe.extra()}
    assert set(recipe.NEAR) <= {folder.name for folder in recipe.businesses()}
    seen = {folder.name for folder in recipe.seen([recipe.CORPUS / "bank"])}
    assert "creditcard" not in seen and "bank" not in seen and {"citizen", "citycorp", "salon"} <= seen
