"""The same three actions over HTTP, for networks that break websockets: begin, send, read. The same rules hold.

A visitor has no cookie, only a token in a header, so another site cannot act for them and there is no CSRF to stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

import msgspec
import structlog
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from support import conversation
from support.dialogue import pool
from support.errors import BadToken, Conflict, NotFound, SupportError
from support.gateway import limits, origins, tokens
from support.models import Message, Site, Visitor
from support.wire.consumer import RETRY_MS, later_ms
from support.wire.database import in_thread
from support.wire.frames import MAX_FRAME, Accepted, BadFrame, Error, Event, Outgoing, TooBig, encode
from support.wire.throttle import Buckets

__all__ = ["messages", "start_session"]

log = structlog.get_logger(__name__)


class ForeignOrigin(SupportError):
    """A page that the site does not allow. The token may well be good: the client keeps it."""

    code = "origin"


View = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]
T = TypeVar("T", bound=msgspec.Struct)
STATUS = {BadToken: 401, ForeignOrigin: 403, NotFound: 404, Conflict: 409, TooBig: 413}


class Session(msgspec.Struct, forbid_unknown_fields=True):
    site: Annotated[str, msgspec.Meta(max_length=40, pattern=r"\A[-\w]*\Z")]  # PostgreSQL would choke on a NUL
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Post(msgspec.Struct, forbid_unknown_fields=True):
    cid: UUID
    body: str
    conversation: UUID | None = None


class Token(Outgoing, tag="session"):
    token: str


class Page(Outgoing, tag="messages"):
    events: list[Event]
    head_seq: int


class Later(SupportError):
    """Nothing is wrong with the request but its time."""

    status: ClassVar[int]

    def __init__(self, retry_ms: int) -> None:
        super().__init__(retry_ms)
        self.retry_ms = retry_ms


class RateLimited(Later):
    code, status = "rate", 429


class Overloaded(Later):
    code, status = "overload", 503


def answers(view: View) -> View:
    """Errors become `error` objects with a status that fits."""

    @wraps(view)
    async def wrapped(request: HttpRequest) -> HttpResponse:
        try:
            _throttle(limits.calls, _address(request))
            return await view(request)
        except Later as error:
            return _json(Error(code=error.code, retry_ms=error.retry_ms), error.status)
        except SupportError as error:
            return _json(Error(code=error.code), STATUS.get(type(error), 400))
        except DatabaseTrouble as error:
            log.warning("a request was not handled", error=type(error).__name__)
            return _json(Error(code="unavailable", retry_ms=RETRY_MS), 503)
        except Exception:
            log.exception("a request was not handled")
            return _json(Error(code="internal", retry_ms=RETRY_MS), 500)

    return wrapped


@csrf_exempt
@require_POST
@answers
async def start_session(request: HttpRequest) -> HttpResponse:
    """A token for a new visitor."""
    asked = _body(request, Session)
    _throttle(limits.sessions, _address(request))
    return _json(Token(token=await in_thread(_mint)(asked, request.headers.get("Origin"), request.get_host())), 201)


@csrf_exempt
@require_http_methods(["GET", "POST"])
@answers
async def messages(request: HttpRequest) -> HttpResponse:
    """GET what was said, POST what to say."""
    return await (_post_message(request) if request.method == "POST" else _get_messages(request))


async def _post_message(request: HttpRequest) -> HttpResponse:
    """Store the message; answer after the commit."""
    post = _body(request, Post)
    visitor = await _visitor(request)
    if pool.is_full():
        raise Overloaded(later_ms())
    _throttle(limits.sends, str(visitor.pk))
    if post.conversation is None:
        _throttle(limits.openings, str(visitor.pk))
    accepted = await in_thread(_send)(visitor, post)
    if accepted.conversation is not None:
        pool.submit(accepted.conversation)
    return _json(accepted, 200)


async def _get_messages(request: HttpRequest) -> HttpResponse:
    """A page of what was said after a `seq`; ask again from its last one until `head_seq`."""
    try:
        conversation_id, after = UUID(request.GET["conversation"]), int(request.GET.get("after", "0"))
    except (KeyError, ValueError, TooManyFieldsSent) as error:
        raise BadFrame("conversation is a UUID, after a number") from error
    if not 0 <= after < 2**31:
        raise BadFrame("after is a seq")
    return _json(await in_thread(_read)(await _visitor(request), conversation_id, after), 200)


def _mint(asked: Session, origin: str | None, host: str) -> str:
    site = Site.objects.filter(key=asked.site).first()
    if site is None or not origins.may_use(site, origin, host):
        raise NotFound
    return tokens.mint(asked.site, asked.name)


@transaction.atomic
def _send(visitor: Visitor, post: Post) -> Accepted:
    opened = conversation.open_for(visitor, post.conversation or _begun_with(visitor, post.cid))
    appended = conversation.append(opened.pk, Message.Sender.VISITOR, post.body, cid=post.cid)
    return Accepted.of(appended.message, appended.duplicate, opened.pk)


def _begun_with(visitor: Visitor, cid: UUID) -> UUID | None:
    """The conversation that this first message began already, when its answer got lost and it is sent again."""
    Visitor.objects.select_for_update().get(pk=visitor.pk)  # two tries at once begin one conversation
    first = Message.objects.filter(conversation__visitor=visitor, sender=Message.Sender.VISITOR, cid=cid).first()
    return None if first is None else first.conversation_id


def _read(visitor: Visitor, conversation_id: UUID, after: int) -> Page:
    opened = conversation.open_for(visitor, conversation_id)
    return Page(events=[Event.of(message) for message in conversation.read(opened.pk, after)], head_seq=opened.head_seq)


async def _visitor(request: HttpRequest) -> Visitor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise BadToken
    visitor = await in_thread(tokens.read)(token)
    if not origins.may_use(visitor.site, request.headers.get("Origin"), request.get_host()):
        raise ForeignOrigin
    _throttle(limits.requests, str(visitor.pk))
    return visitor


def _body(request: HttpRequest, kind: type[T]) -> T:
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise TooBig from error
    except UnreadablePostError as error:
        raise BadFrame("the body broke off") from error
    if len(body) > MAX_FRAME:
        raise TooBig
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(str(error)) from error


def _address(request: HttpRequest) -> str:
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def _throttle(buckets: Buckets, key: str) -> None:
    if retry_ms := buckets.take(key, asyncio.get_running_loop().time()):
        raise RateLimited(retry_ms)


def _json(frame: msgspec.Struct, status: int) -> HttpResponse:
    return HttpResponse(encode(frame), content_type="application/json", status=status)
