"""Where every byte enters: HTTP goes to Django, websockets to the visitor's or the agent's consumer."""

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxbot.settings")
http = get_asgi_application()  # sets Django up, so it comes before anything that imports models

from cxbot import closing, draining, opening  # noqa: E402
from support.desk.consumers import AgentConsumer  # noqa: E402
from support.gateway.consumers import VisitorConsumer  # noqa: E402


async def nowhere(_scope: Any, _receive: Any, send: Any) -> None:
    """A path where nothing is: not found, and no error of ours."""
    await send({"type": "websocket.close"})


opening.install()
closing.install()
draining.install()
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter(
            [
                # A visitor has no cookie; the consumer itself checks the origin against the site's list.
                path("ws/support/v1/", VisitorConsumer.as_asgi()),
                # An agent has the admin session: same origin only.
                path("ws/desk/v1/", AllowedHostsOriginValidator(AuthMiddlewareStack(AgentConsumer.as_asgi()))),
                re_path("", nowhere),  # type: ignore[arg-type]
            ]
        ),
    }
)
