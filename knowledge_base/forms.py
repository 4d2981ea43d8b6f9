"""What an editor may save, and the question that they try."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _

from knowledge_base.models import Article

__all__ = ["TextFormSet", "TryForm"]


class TextFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not subscriptable at run time
    """The texts of an article. One that is published has something to say."""

    def clean(self) -> None:
        super().clean()
        given = [form.cleaned_data for form in self.forms if form.is_valid() and not form.cleaned_data.get("DELETE")]
        if self.instance.status == Article.Status.PUBLISHED and not any(_says(text) for text in given):
            raise forms.ValidationError(
                _(
                    "A published article needs a question and an answer in at least one language. Write them, or keep "
                    "it a draft."
                )
            )


class TryForm(forms.Form):
    question = forms.CharField(
        label=_("A question, as a visitor would write it"),
        max_length=1000,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )


def _says(text: dict[str, Any]) -> bool:
    return bool(text.get("question", "").strip() and text.get("answer", "").strip())
