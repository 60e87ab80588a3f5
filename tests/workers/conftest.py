"""A town whose shop sells past zero, worked on job by job."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.town import Town, a_town


@pytest.fixture
def town(tmp_path: Path, migrated_template: Path) -> Iterator[Town]:
    with a_town(Path(shutil.copy(migrated_template, tmp_path / "town.sqlite3"))) as town:
        town.install()
        town.sell_past_zero(limit=3)
        yield town
