"""A shop that is set up already, so that each server of a test starts in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.serving import serving


@pytest.fixture(scope="session")
def _set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    with serving(folder):
        return folder


@pytest.fixture
def shop(_set_up: Path, tmp_path: Path) -> Path:
    """A copy of the folder that a first `serve --demo` leaves behind."""
    return Path(shutil.copytree(_set_up, tmp_path / "var"))
