"""A wrong setting stops the start and is named; what would lose writes is refused."""

import pytest

from app.core import logs
from app.core.db import Database, lacking
from app.core.settings import BadSettings, Settings, load_settings
from app.migrating import expected_revision

GOOD = {"DATABASE_URL": "postgresql://x/y", "LIANQIN_SECRET": "s" * 40}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", None),
        ("DATABASE_URL", "mysql://x"),
        ("LIANQIN_SECRET", None),
        ("LIANQIN_SECRET", "short"),
        ("PORT", "99999"),
        ("LIANQIN_LOG_LEVEL", "LOUD"),
        ("LIANQIN_COMMAND_POOL", "0"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    for key in ("DATABASE_URL", "LIANQIN_DATABASE_URL", "LIANQIN_SECRET", "PORT"):
        monkeypatch.delenv(key, raising=False)
    for key, text in {**GOOD, name: value}.items():
        if text is not None:
            monkeypatch.setenv(key, text)
    with pytest.raises(BadSettings, match=name.removeprefix("LIANQIN_")):
        load_settings()


async def test_a_database_that_would_lose_writes_is_refused(own_db: Database) -> None:
    strict = Database(Settings.model_validate(own_db.settings.model_dump() | {"unsafe_database": False}))
    missing = await lacking(strict, None)
    await strict.engine.dispose()
    assert any("fsync" in line for line in missing)
    assert any(line.startswith(f"schema: at {expected_revision()}") for line in missing)


def test_logs_hold_no_phone_no_place_and_no_secret() -> None:
    told = logs.redact(None, "", {"phone": "1", "path": "/x?key=abc&a=1", "said": "call 13800138000", "lon": 1.0})
    assert told == {
        "phone": "[redacted]",
        "path": "/x?key=[redacted]&a=1",
        "said": "call [redacted]",
        "lon": "[redacted]",
    }
