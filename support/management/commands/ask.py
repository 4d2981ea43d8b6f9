"""Ask the bot from the terminal: what would it say, and why?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge_base.errors import KnowledgeBaseError
from support.dialogue import replies
from support.dialogue.decision import Answer, Clarify, Decision, Escalate, Policy, SmallTalk, decide
from support.dialogue.thinking import Memory, Mind
from support.dialogue.turn import mind
from support.handoff import notices
from support.models import Site

BAR = 20  # characters of a full confidence


class Command(BaseCommand):
    help = "Print the decision on a question, the answer, and the candidates with their scores."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        parser.add_argument(
            "--after", action="append", default=[], help="what the visitor wrote before; may be repeated"
        )
        parser.add_argument("--site", help="the key of a site, for its thresholds; the first one otherwise")

    def handle(self, *, question: str, after: list[str], site: str | None, **_options: Any) -> None:
        try:
            thinker = mind()
        except KnowledgeBaseError as error:
            raise CommandError(f"{error}. Publish articles first, or start with: manage.py serve --demo") from error
        asked = Site.objects.filter(key=site).first() if site else Site.objects.first()
        if site and asked is None:
            raise CommandError(f"there is no site {site!r}")
        place = asked or Site(name_en="Shop", name_bn="দোকান")
        thought = thinker.think(question, Memory(earlier=tuple(after)))
        decision = decide(thought.evidence, Policy(answer_at=place.answer_at, clarify_at=place.clarify_at))
        speech = notices.spoken(thought.language, place)
        self.stdout.write(f"language   {thought.language}")
        self.stdout.write(f"mood       {thought.mood.sentiment}, upset {thought.mood.upset:.2f}")
        self.stdout.write(f"decision   {describe(decision)}")
        self.stdout.write(f"in scope   {thought.ranking.in_scope:.2f}\n")
        self.stdout.write(say(decision, thinker, speech, place) + "\n")
        self.stdout.write("confidence                  dense  lexical  article")
        for found in thought.ranking.candidates:
            bar = ("█" * round(found.confidence * BAR)).ljust(BAR, "·")
            scores = f"{bar} {found.confidence:5.2f}  {found.dense:5.2f}  {found.lexical:7.2f}"
            self.stdout.write(f"{scores}  {found.article}: {found.passage.text}")


def describe(decision: Decision) -> str:
    name = type(decision).__name__.lower()
    if isinstance(decision, Answer):
        return f"{name}, from {decision.article}" + (", then a person" if decision.then_escalate else "")
    if isinstance(decision, Escalate):
        return f"{name}, because {decision.reason}"
    return f"{name}, {decision.kind}" if isinstance(decision, SmallTalk) else name


def say(decision: Decision, thinker: Mind, speech: str, site: Site) -> str:
    """The words of the reply; what happens next, for a person, is said in a conversation only."""
    if isinstance(decision, Answer):
        reply = replies.answer(thinker.retriever.entry(decision.article), speech)
        return reply.body if reply else "(the article has no answer)"
    if isinstance(decision, Clarify):
        reply = replies.clarify([thinker.retriever.entry(key) for key in decision.articles], speech)
        return "\n".join([reply.body, *(f"  • {option['question']}" for option in reply.extra.get("options", []))])
    if isinstance(decision, SmallTalk):
        return replies.small_talk(decision.kind, speech, site, "").body
    return "(a person takes over)"
