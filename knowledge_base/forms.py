"""What an editor may save, and the question that they try.

An article is one form: both languages side by side, and the phrasings of each way of writing in a box, one a line. It
is tidied as an imported article is, so that a text is kept alike however it comes in.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from knowledge_base import importing, rows
from knowledge_base.models import Article, GoldenQuestion, Language
from knowledge_base.publishing import entry_of
from knowledge_base.rows import MOST
from knowledge_base.types import Entry, Text

__all__ = ["ArticleForm", "GoldenQuestionForm", "TryForm"]

WRITTEN = ("en", "bn")
PHRASINGS = {"phrasings_en": "en", "phrasings_bn": "bn", "phrasings_banglish": "bn-Latn"}


class TidyField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return rows.tidy(super().to_python(value) or "")


def _short(label: Any, lang: str) -> TidyField:
    widget = UnfoldAdminTextInputWidget(attrs={"lang": lang})
    return TidyField(label=label, max_length=MOST["question"], required=False, widget=widget)


def _long(label: Any, lang: str, height: int, most: int | None = None) -> TidyField:
    widget = UnfoldAdminTextareaWidget(attrs={"lang": lang, "rows": height})
    return TidyField(label=label, max_length=most, required=False, widget=widget)


class ArticleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    question_en = _short(_("Question in English"), "en")
    question_bn = _short(_("Question in Bengali"), "bn")
    answer_en = _long(_("Answer in English"), "en", 8, MOST["answer"])
    answer_bn = _long(_("Answer in Bengali"), "bn", 8, MOST["answer"])
    phrasings_en = _long(_("In English"), "en", 5)
    phrasings_bn = _long(_("In Bengali"), "bn", 5)
    phrasings_banglish = _long(_("In Banglish"), "bn-Latn", 5)

    class Meta:
        model = Article
        fields = ("key", "category", "status", "needs_human")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if key := self.fields.get("key"):  # an article that has one does not change it
            key.required = False
            key.help_text = _("A short name that never changes. Left empty, it is made of the English question.")
        if self.instance.pk:
            self.initial = {**_initial_of(entry_of(self.instance)), **self.initial}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self._check_phrasings(given)
        self.entry = _entry_of(given)
        self._check_texts(given.get("status") == Article.Status.PUBLISHED)
        if "key" in self.fields and not self.errors:
            self._make_key(given)
        return given

    def _make_key(self, given: dict[str, Any]) -> None:
        given["key"] = given["key"] or slugify(given["question_en"])[: MOST["id"]].strip("-")
        if not given["key"]:
            self.add_error("key", _("Write a short name of Latin letters, digits and hyphens: gift-wrapping"))

    def _check_phrasings(self, given: dict[str, Any]) -> None:
        for field in PHRASINGS:
            if any(len(line) > MOST["phrasing"] for line in given.get(field, "").split("\n")):
                message = _("A line is longer than %(most)s characters. Keep the question only.")
                self.add_error(field, forms.ValidationError(message, params={"most": MOST["phrasing"]}))

    def _check_texts(self, is_published: bool) -> None:
        texts = self.entry.texts
        for language, text in texts.items():
            if not text.question and f"question_{language}" not in self.errors:
                self.add_error(f"question_{language}", _("Write the question that this answer belongs to."))
        if self.errors:
            return
        if not texts:
            self.add_error(None, _("Write the question in at least one language."))
        elif is_published and not any(text.answer for text in texts.values()):
            self.add_error(
                None, _("A published article needs an answer in at least one language. Write it, or keep it a draft.")
            )

    def _save_m2m(self) -> None:
        """Django's way to save what belongs to the article, once that has its row."""
        super()._save_m2m()  # type: ignore[misc]  # Django's stubs leave it out
        importing.replace_words(self.instance, self.entry)


class GoldenQuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GoldenQuestion
        fields = ("text", "language", "article")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the select shows in a new row: without it, a row that nobody filled in counts as changed.
        self.fields["language"].initial = Language.values[0]

    def clean_text(self) -> str:
        return rows.one_line(self.cleaned_data["text"])


class TryForm(forms.Form):
    question = forms.CharField(
        label=_("A question, as a visitor would write it"),
        max_length=1000,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


def _initial_of(entry: Entry) -> dict[str, str]:
    fields = {field: "\n".join(entry.phrasings.get(language, ())) for field, language in PHRASINGS.items()}
    for language, text in entry.texts.items():
        fields |= {f"question_{language}": text.question, f"answer_{language}": text.answer}
    return fields


def _entry_of(given: dict[str, Any]) -> Entry:
    return rows.tidied(
        Entry(
            given.get("key", ""),
            {code: Text(given.get(f"question_{code}", ""), given.get(f"answer_{code}", "")) for code in WRITTEN},
            {language: tuple(given.get(field, "").split("\n")) for field, language in PHRASINGS.items()},
        )
    )
