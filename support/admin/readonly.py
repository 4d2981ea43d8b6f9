"""What was said is to be read: its tables have one writer each, and that is not a form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

__all__ = ["ReadOnlyAdmin", "ReadOnlyInline"]


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_ReadOnly, ModelAdmin):
    pass


class ReadOnlyInline(_ReadOnly, TabularInline):
    extra = 0
    can_delete = False
    show_change_link = False
