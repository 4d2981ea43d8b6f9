"""Who works here: users, groups, agents and the words that agents send often."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from support.desk import access, presence
from support.models import Agent, CannedReply, Language

__all__ = ["AgentAdmin", "AgentForm", "CannedReplyAdmin", "GroupAdmin", "UserAdmin"]

PRESENCE_COLOURS = {presence.HERE: "success", presence.AWAY: "warning", presence.OFFLINE: "default"}

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        choices=[choice for choice in Language.choices if choice[0] != Language.MIXED],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[Language.ENGLISH, Language.BENGALI, Language.BANGLISH],
        help_text=_("Conversations in these come to this agent."),
    )

    class Meta:
        model = Agent
        fields = ["user", "display_name", "languages", "max_tickets", "is_away"]
        help_texts = {
            "user": _("May sign in here and use the desk once this is saved."),
            "is_away": _("While away, no new conversation is given to this agent."),
        }


@admin.register(Agent)
class AgentAdmin(ModelAdmin):
    form = AgentForm
    list_display = ["display_name", "user", "reads", "max_tickets", "presence", "last_seen_at"]
    list_select_related = ["user"]
    search_fields = ["display_name", "user__username"]
    autocomplete_fields = ["user"]

    @display(description=_("languages"))
    def reads(self, agent: Agent) -> str:
        return ", ".join(str(Language(code).label) for code in agent.languages if code in Language.values)

    @display(description=_("presence"), label=PRESENCE_COLOURS)
    def presence(self, agent: Agent) -> tuple[str, str]:
        state = presence.of(agent)
        return state, str(presence.WORDS[state])

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        access.admit(obj.user)

    def delete_model(self, request: HttpRequest, obj: Agent) -> None:
        access.dismiss(obj.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for agent in queryset.select_related("user"):
            self.delete_model(request, agent)


class CannedReplyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = CannedReply
        fields = ["title", "body_en", "body_bn"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not (given.get("body_en") or given.get("body_bn")):
            raise forms.ValidationError(_("Write the reply in English, in Bengali, or in both."))
        return given


@admin.register(CannedReply)
class CannedReplyAdmin(ModelAdmin):
    form = CannedReplyForm
    list_display = ["title", "body_en", "body_bn"]
    search_fields = ["title", "body_en", "body_bn"]
