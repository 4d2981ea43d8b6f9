"""Who may come to the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from support.desk import access, presence
from support.models import Agent, Ticket
from tests.support.desk.conftest import Waits

pytestmark = pytest.mark.django_db


def test_an_agent_may_act_and_who_views_tickets_may_watch(rahima: User) -> None:
    watcher = User.objects.create_user("watcher", is_staff=True)
    watcher.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    acting, watching = access.viewer(rahima), access.viewer(User.objects.get(pk=watcher.pk))
    assert acting is not None and acting.agent is not None
    assert watching is not None and watching.agent is None


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_an_agent_who_left_has_no_desk(rahima: User, change: dict[str, bool]) -> None:
    User.objects.filter(pk=rahima.pk).update(**change)
    assert access.viewer(User.objects.get(pk=rahima.pk)) is None


def test_staff_without_the_permission_is_told_whom_to_ask(client: Client, waits: Waits) -> None:
    client.force_login(User.objects.create_user("editor", is_staff=True))
    for path in ("/admin/desk/", f"/admin/desk/{waits().pk}/"):
        response = client.get(path)
        assert response.status_code == 403
        assert "Ask an administrator" in response.content.decode()


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    response = client.get("/admin/desk/")
    assert response.status_code == 302 and response.headers["Location"].startswith("/admin/login/")


def test_the_pages_open_for_an_agent_in_both_languages(client: Client, rahima: User, waits: Waits) -> None:
    client.force_login(rahima)
    ticket = waits(name="নাদিয়া </script><b>")
    for language, words in (("en", "Back to the inbox"), ("bn", "ইনবক্সে")):
        response = client.get(f"/admin/desk/{ticket.pk}/", headers={"accept-language": language})
        assert response.status_code == 200
        assert words in response.content.decode()
        assert "</script><b>" not in response.content.decode()


def test_a_ticket_that_never_was_is_not_found(client: Client, rahima: User) -> None:
    client.force_login(rahima)
    assert client.get("/admin/desk/999/").status_code == 404


def test_the_group_of_agents_sees_conversations_and_changes_none(rahima: User) -> None:
    user = User.objects.get(pk=rahima.pk)
    assert user.has_perms(["support.view_conversation", "support.view_ticket", "support.change_cannedreply"])
    assert not any(user.has_perm(f"support.{action}_conversation") for action in ("add", "change", "delete"))
    assert not user.has_perm("support.view_site") and not user.has_perm("auth.view_user")


def test_a_dismissed_agent_cannot_sign_in_unless_there_is_other_work(rahima: User, karim: User) -> None:
    karim.groups.add(Group.objects.create(name="Warehouse"))
    for user in (rahima, karim):
        access.dismiss(user)
    assert not User.objects.get(pk=rahima.pk).is_staff
    assert User.objects.get(pk=karim.pk).is_staff


@pytest.mark.parametrize(
    "seen, away, state",
    [
        (None, False, presence.OFFLINE),
        (10, False, presence.HERE),
        (10, True, presence.AWAY),
        (200, True, presence.OFFLINE),
    ],
)
def test_an_agent_is_here_away_or_gone(seen: int | None, away: bool, state: str) -> None:
    at = None if seen is None else timezone.now() - timedelta(seconds=seen)
    assert presence.of(Agent(is_away=away, last_seen_at=at)) == state


def test_a_session_that_ended_has_no_viewer(client: Client, rahima: User) -> None:
    client.force_login(rahima)
    key = client.session.session_key
    assert access.viewer_of_session(key) is not None
    client.logout()
    assert access.viewer_of_session(key) is None


def test_a_changed_password_ends_what_was_open(client: Client, rahima: User) -> None:
    client.force_login(rahima)
    key = client.session.session_key
    rahima.set_password("another")
    rahima.save()
    assert access.viewer_of_session(key) is None


def test_the_sidebar_counts_who_waits_and_offers_only_what_one_may_open(
    client: Client, rahima: User, waits: Waits
) -> None:
    client.force_login(rahima)
    waits(), waits(), waits(status=Ticket.Status.RESOLVED)
    page = client.get("/admin/").content.decode()
    assert "/admin/desk/" in page and "/admin/support/conversation/" in page
    assert "/admin/support/site/" not in page and "/admin/auth/user/" not in page
    assert "<span data-desk-waiting>2</span>" in page
