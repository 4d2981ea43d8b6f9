"""The Celery application. Tasks take ids, are idempotent, and every one that is lost is found again by a sweep."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxbot.settings")

app = Celery("cxbot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["support.handoff", "support.dialogue"])
