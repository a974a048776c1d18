"""A town that offers services to the public, and a channel with a key."""

from typing import Any

import pytest
from sqlalchemy import update

from app.catalogue.models import Category
from app.catalogue.offer import PublicService
from app.core.db import Database
from app.core.ids import uuid7
from tests import make
from tests.hands import Hands

SIZES = [{"key": "s", "name": "小", "name_en": "small"}, {"key": "l", "name": "大", "name_en": "large"}]
QUESTIONS: list[dict[str, Any]] = [
    {"code": "size", "datatype": "singlevaluelist", "required": True, "values": SIZES, "description": "多大？"},
    {"code": "since", "datatype": "datetime", "description": "何时起？"},
    {"code": "count", "datatype": "number", "description": "几处？"},
    {"code": "kinds", "datatype": "multivaluelist", "values": SIZES, "description": "哪些？"},
    {"code": "told", "datatype": "text", "variable": False, "description": "请勿靠近。"},
]
SERVICES: dict[str, dict[str, Any]] = {
    "E0406": {"is_shown": True},
    "E0110": {"is_shown": True, "questions": [{"description_en": "?"} | one for one in QUESTIONS]},
    "E0497": {"id_at_once": False},
}


async def offer(db: Database, town: make.Town) -> None:
    """Let the town's categories be services: one that all may look at, one that asks, one whose number follows."""
    async with db.write() as session:
        for code, said in SERVICES.items():
            words = {"description": f"关于{code}", "description_en": f"about {code}"}
            service = PublicService.model_validate(words | said).model_dump(mode="json")
            await session.execute(
                update(Category).where(Category.id == town.categories[code]).values(public_service=service)
            )


async def key_of(hands: Hands, who: str = "channel", *scopes: str) -> str:
    """A new key of an account."""
    body = {"account_id": str(hands.town.accounts[who]), "label": who, "scopes": list(scopes) or ["incidents:report"]}
    answer = await hands.post("admin", "/v1/api-keys", body, key=str(uuid7()))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


@pytest.fixture
async def offered(db: Database, town: make.Town) -> None:
    await offer(db, town)


@pytest.fixture
async def key(hands: Hands, offered: None) -> str:
    return await key_of(hands)
