"""Ask the bot from the terminal: what would it say, and why?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.types import Ranking
from support.dialogue import replies
from support.dialogue.decision import Answer, Decision, Escalate, SmallTalk, escalation_of
from support.dialogue.replies import Reply
from support.dialogue.thinking import Memory
from support.dialogue.turn import judge, mind
from support.handoff import notices
from support.models import Language, Site

BAR = 20  # characters of a full confidence


class Command(BaseCommand):
    help = "Print the decision on a question, the answer, and the candidates with their scores."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--language", choices=Language.values, default="", help="how the conversation went so far")
        parser.add_argument(
            "--after", action="append", default=[], help="what the visitor wrote before; may be repeated"
        )
        parser.add_argument(
            "--site", help="the key of a site, for its name and what moves cost it; the first one otherwise"
        )

    def handle(self, *, question: str, language: str, after: list[str], site: str | None, **_options: Any) -> None:
        place = _site(site)
        try:
            thinker = mind()
        except KnowledgeBaseError as error:
            raise CommandError(f"{error}. Publish articles first, or start with: manage.py serve --demo") from error
        thought = thinker.think(question, Memory(language=language, earlier=tuple(after)))
        decision = judge(thought.evidence, thinker.retriever, place)
        reply = replies.compose(decision, thinker.retriever, notices.spoken(thought.language, place), place)
        self.stdout.write(f"language   {thought.language}")
        self.stdout.write(f"mood       {thought.mood.sentiment}, upset {thought.mood.upset:.2f}")
        self.stdout.write(f"decision   {_describe(decision)}")
        self.stdout.write(f"in scope   {thought.ranking.in_scope:.2f}\n")
        self.stdout.write(_said(decision, reply, thought.language, place) + "\n")
        self.stdout.write(_table(thought.ranking))


def _site(key: str | None) -> Site:
    """The site of that key, or the first one, or, where there is none yet, the defaults. Raises `CommandError`."""
    found = Site.objects.filter(key=key).first() if key else Site.objects.first()
    if found is None and key:
        raise CommandError(
            f"There is no site {key!r}. There are: {', '.join(Site.objects.values_list('key', flat=True))}."
        )
    return found or Site(name_en="Shop", name_bn="দোকান")


def _describe(decision: Decision) -> str:
    name = type(decision).__name__.lower()
    match decision:
        case Answer(article, _, then_escalate, or_else, also):
            parts = [f"{name}, from {article}", f"and {also}" * bool(also), f"or else {or_else}" * bool(or_else)]
            parts.append("then a person" * then_escalate)
            return ", ".join(filter(None, parts))
        case Escalate(reason):
            return f"{name}, because {reason}"
        case SmallTalk(kind):
            return f"{name}, {kind}"
        case _:
            return name


def _said(decision: Decision, reply: Reply | None, written: str, place: Site) -> str:
    parts = []
    if reply is not None:
        parts = [reply.body, *(f"  • {option['question']}" for option in reply.extra.get("options", []))]
    if (reason := escalation_of(decision)) is not None:
        parts.append(notices.promise(place, reason, written, timezone.now()))
    return "\n".join(parts)


def _table(ranking: Ranking) -> str:
    lines = ["confidence                  fused  dense  lexical  article"]
    for found in ranking.candidates:
        bar = ("█" * round(found.confidence * BAR)).ljust(BAR, "·")
        scores = f"{found.confidence:5.2f}  {found.score:5.2f}  {found.dense:5.2f}  {found.lexical:7.2f}"
        lines.append(f"{bar} {scores}  {found.article}: {found.passage.text}")
    return "\n".join(lines)
