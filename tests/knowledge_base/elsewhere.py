"""Another process at the same database and index: `python -m tests.knowledge_base.elsewhere ACTION ARGUMENT`.

watch -        prints the number of the live version whenever it changes, until killed
publish KEY    makes and publishes an article, once it reads a line from its standard input
die WHERE      reindexes and kills itself: as it writes, before it renames, or before it commits
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["start"]


def start(action: str, argument: str = "-") -> subprocess.Popen[str]:
    """Run an action at the test's own database and index."""
    from django.conf import settings
    from django.db import connection

    places = {"TEST_DATABASE": str(connection.settings_dict["NAME"]), "CXBOT_INDEX_DIR": str(settings.INDEX_DIR)}
    return subprocess.Popen(
        [sys.executable, "-m", __name__, action, argument],
        env=os.environ | places | {"DJANGO_SETTINGS_MODULE": "cxbot.settings", "CXBOT_LOG_LEVEL": "ERROR"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def watch(_argument: str) -> None:
    from knowledge_base import live

    live.current()
    live.follow()
    number = 0
    while True:
        if number != (number := live.status().version):
            print(number, flush=True)  # noqa: T201 - its reader is the test
        time.sleep(0.02)


def publish(key: str) -> None:
    from knowledge_base import encoder, publishing
    from knowledge_base.models import Article, ArticleText

    encoder.load("bundled")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    article = Article.objects.create(key=key)
    ArticleText.objects.create(article=article, language="en", question=f"What about {key}?", answer="Yes.")
    publishing.publish(article)


def die(where: str) -> None:
    from knowledge_base import publishing
    from knowledge_base.models import IndexVersion

    def kill(*_arguments: Any, **_more: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    owner, name = {
        "as it writes": (os, "fsync"),
        "before it renames": (Path, "rename"),
        "before it commits": (IndexVersion.objects, "create"),
    }[where]
    setattr(owner, name, kill)
    publishing.reindex()


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
    django.setup()
    {"watch": watch, "publish": publish, "die": die}[sys.argv[1]](sys.argv[2])
