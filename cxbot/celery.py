"""The Celery application. Tasks take ids, are idempotent, and every one that is lost is found again by a sweep."""

import os
import warnings
from datetime import UTC, datetime
from pathlib import Path

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import worker_init, worker_ready

from cxbot import watchdog
from cxbot.broker import remove_expired

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxbot.settings")
warnings.simplefilter("ignore", SecurityWarning)  # root should not read pickled messages; ours are JSON

app = Celery("cxbot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["support.handoff", "support.dialogue"])


@worker_init.connect
def forget_the_past(**_: object) -> None:
    """Nobody took the messages of a file broker while no worker ran; beat went on writing them."""
    if folder := app.conf.broker_transport_options.get("data_folder_in"):
        remove_expired(Path(folder), datetime.now(UTC))


@worker_ready.connect
def watch(**_: object) -> None:
    watchdog.start(app)
