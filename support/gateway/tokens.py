"""Who a visitor is: a signed token, made once for each browser. The only writer of `Visitor`.

The token is a bearer of identity and nothing else: it opens that visitor's own conversations.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from support.errors import BadToken, NotFound
from support.models import Site, Visitor

__all__ = ["mint", "read"]

_SALT = "support.visitor"


def mint(site_key: str, name: str = "") -> str:
    """A token for a new visitor of the site. Raises `NotFound` if there is no such site."""
    site = Site.objects.filter(key=site_key).first()
    if site is None:
        raise NotFound
    visitor = Visitor.objects.create(site=site, name=name.replace("\x00", "").strip()[:80])
    return signing.TimestampSigner(salt=_SALT).sign(visitor.pk.hex)


def read(token: str) -> Visitor:
    """Whose token it is, with the site. Raises `BadToken`."""
    max_age = timedelta(days=settings.VISITOR_TOKEN_DAYS)
    try:
        visitor_id = UUID(signing.TimestampSigner(salt=_SALT).unsign(token, max_age=max_age))
    except (signing.BadSignature, ValueError) as error:
        raise BadToken from error
    visitor = Visitor.objects.select_related("site").filter(pk=visitor_id).first()
    if visitor is None:
        raise BadToken
    return visitor
