"""Sets a scene in the database of a server under test: `python -m tests.support.desk.scene` prints what is in it.

Rahima is an agent. Nadia wrote two messages, of which the bot understood something, and waits for a person.
"""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxbot.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from knowledge_base.models import Article, ArticleText  # noqa: E402
from support import conversation as log  # noqa: E402
from support.desk import access  # noqa: E402
from support.gateway import tokens  # noqa: E402
from support.handoff import tickets  # noqa: E402
from support.models import Agent, CannedReply, Message, Site, Turn  # noqa: E402

FIRST = "আমার টাকা ফেরত পাইনি <img src=x onerror=alert(1)>"
SECOND = "eta ki dhoroner service?? manush den"


def main() -> None:
    call_command("migrate", verbosity=0)
    rahima = User.objects.create_user("rahima", password="open sesame")
    Agent.objects.create(user=rahima, display_name="Rahima", languages=["bn", "bn-Latn", "en"])
    access.admit(rahima)
    CannedReply.objects.create(title="Sorry", body_en="We are sorry.", body_bn="আমরা দুঃখিত।")
    Site.objects.create(key="shop", name_en="Shop", name_bn="দোকান")
    article = Article.objects.create(key="refund", status="published")
    ArticleText.objects.create(article=article, language="bn", question="টাকা ফেরত কবে?", answer="৩ কর্মদিবসে।")

    token = tokens.mint("shop", "Nadia")
    conversation = log.open_for(tokens.read(token))
    for body, language, upset in ((FIRST, "bn", 0.2), (SECOND, "bn-Latn", 0.9)):
        message = log.append(conversation.pk, Message.Sender.VISITOR, body).message
        Turn.objects.filter(message=message).update(
            done_at=timezone.now(),
            language=language,
            sentiment="negative",
            upset=upset,
            decision="escalate",
            candidates=[{"article": "refund", "confidence": 0.42}],
        )
    with transaction.atomic():
        locked = log.lock(conversation.pk)
        log.note(locked, language="bn-Latn", misses=0)
        ticket = tickets.open_ticket(locked, message, "upset", "bn-Latn")
    json.dump({"ticket": ticket.pk, "token": token, "conversation": str(conversation.pk)}, sys.stdout)


if __name__ == "__main__":
    main()
