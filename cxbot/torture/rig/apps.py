from __future__ import annotations

import os
from pathlib import Path

from django.apps import AppConfig

from cxbot.torture.rig import clock, traps


class RigConfig(AppConfig):
    name = "cxbot.torture.rig"
    label = "torture_rig"

    def ready(self) -> None:
        from cxbot.torture.rig import layer, sabotage  # models may be imported from now on

        folder = Path(os.environ["CXBOT_RIG_DIR"])  # in which the torturer says what shall happen next
        clock.install(folder)
        layer.install(folder)
        sabotage.install(folder)
        traps.install(folder)
