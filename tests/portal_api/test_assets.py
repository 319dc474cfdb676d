"""The files that the build brings in are asked for at the start."""

from pathlib import Path

import pytest

from portal_api.assets import check_assets
from ringback.errors import BadInput


def test_missing_asset_is_told_with_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    for name in ("htmx.min.js", "hx-sse.min.js"):
        (tmp_path / "vendor" / name).write_text("")
    with pytest.raises(BadInput, match=r"assets are missing; run scripts/setup\.sh"):
        check_assets(tmp_path)
    (tmp_path / "vendor" / "tabler.min.css").write_text("")
    check_assets(tmp_path)
