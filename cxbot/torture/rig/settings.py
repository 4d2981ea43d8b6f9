"""The product's settings, and the rig on top."""

from cxbot.settings import *  # noqa: F403
from cxbot.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "cxbot.torture.rig.apps.RigConfig"]
