"""Who may edit the knowledge base: the group "Editors", made with the tables."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

__all__ = ["GROUP", "make_group"]

GROUP = "Editors"
EDITED = ("article", "articletext", "phrasing", "goldenquestion")


def make_group(sender: Any, using: str = "default", **_kwargs: Any) -> None:
    """Called after migrations; the group keeps what an administrator took from it or gave to it later."""
    create_permissions(sender, using=using, verbosity=0)  # this signal may come before the one that makes them
    group, created = Group.objects.using(using).get_or_create(name=GROUP)
    if created:
        own = Permission.objects.using(using).filter(content_type__app_label=sender.label)
        group.permissions.set([*own.filter(content_type__model__in=EDITED), *own.filter(codename="view_indexversion")])
