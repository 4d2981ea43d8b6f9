"""Embed the demo's articles once, for everybody who tries it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from tqdm import tqdm

from knowledge_base import demo, encoder, importing
from knowledge_base.retriever import Retriever


class Command(BaseCommand):
    help = "Write the vectors that come with the demo shop. Run it after a change of its articles or of the encoder."

    def handle(self, **_options: Any) -> None:
        entries = list(importing.read(demo.ARTICLES))
        model = encoder.load(settings.ENCODER)
        demo.remember(
            Retriever.build(entries, model, progress=lambda batches: tqdm(batches, "embedding", unit="batch"))
        )
        self.stdout.write(f"{demo.VECTORS}: {demo.VECTORS.stat().st_size / 1000:.0f} kB")
