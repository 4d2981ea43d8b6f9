"""Who may watch the desk and who may act on it.

Whoever may view tickets may watch. To act (claim, reply, resolve) one must be an agent: that is the name which
visitors see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user, get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, Permission, User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.module_loading import import_string

from support.models import Agent

__all__ = ["AGENTS", "Viewer", "admit", "dismiss", "make_group", "viewer", "viewer_of_session"]

AGENTS = "Agents"
# What an agent needs in admin beside the desk: to look up what was said, and the words that all agents share.
PERMISSIONS = (
    *(f"view_{model}" for model in ("ticket", "conversation", "message", "turn", "visitor", "feedback")),
    *(f"{action}_cannedreply" for action in ("view", "add", "change", "delete")),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of staff who looks at the desk; `agent` is None for one who may only watch."""

    user: User
    agent: Agent | None


def viewer(user: AbstractBaseUser | AnonymousUser) -> Viewer | None:
    """None: this user has no business at the desk."""
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return None
    agent = Agent.objects.filter(user=user).first()
    return Viewer(user, agent) if agent or user.has_perm("support.view_ticket") else None


def viewer_of_session(key: str | None) -> Viewer | None:
    """Asks the database again: sessions end, passwords change, people leave while their sockets stay open."""
    request = HttpRequest()
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request.session = store(key)
    return viewer(get_user(request))


def admit(user: Any) -> None:
    """Let a new agent sign in to admin."""
    get_user_model().objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.add(Group.objects.get_or_create(name=AGENTS)[0])


def dismiss(user: Any) -> None:
    """Take back what `admit` gave, but not the admin of somebody who has other work there."""
    user.groups.remove(*Group.objects.filter(name=AGENTS))
    if not user.is_superuser and not user.groups.exists() and not user.user_permissions.exists():
        get_user_model().objects.filter(pk=user.pk).update(is_staff=False)


def make_group(**_signal: Any) -> None:
    """After a migration: the group exists and may do what this version's agents do. Called by `post_migrate`."""
    group, _made = Group.objects.get_or_create(name=AGENTS)
    group.permissions.add(*Permission.objects.filter(content_type__app_label="support", codename__in=PERMISSIONS))
