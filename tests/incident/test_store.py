"""The folder, the bucket in memory and the bucket behind HTTP are one and the same store to whoever uses it."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from obstore.store import MemoryStore

from app.core.settings import Settings
from app.incident.evidence.bucket import Bucket, bucket_of
from app.incident.evidence.choosing import store_of
from app.incident.evidence.store import Folder, Missing, Store, StoreFull, StoreUnavailable, whole
from tests.hands import Hands
from tests.incident.buckets import BUCKET, SmallS3, serving_bucket
from tests.incident.pictures import attach, attached, picture
from tests.incident.upload.phone import sent


def _settings(settings: Settings, port: int, bucket: str = f"{BUCKET}/lianqin") -> Settings:
    """Settings of a process whose evidence is in the small S3."""
    return settings.model_copy(
        update={
            "evidence_bucket": bucket,
            "evidence_s3_endpoint": f"http://127.0.0.1:{port}",
            "evidence_s3_key": "a-key",
            "evidence_s3_secret": type(settings.secret)("a secret"),
        }
    )


@pytest.fixture
async def bucket(unused_tcp_port: int) -> AsyncIterator[SmallS3]:
    """A bucket behind HTTP."""
    async with serving_bucket(unused_tcp_port) as found:
        yield found


@pytest.fixture
def place(api: FastAPI) -> Iterator[Callable[[Store], None]]:
    """Put another store into the application for one test."""
    own = api.state.store
    yield partial(setattr, api.state, "store")
    api.state.store = own


@pytest.fixture(params=["folder", "memory", "http"])
def store(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Store:
    """Each kind of store."""
    if request.param == "folder":
        return Folder(tmp_path / "evidence", least_free=0)
    if request.param == "memory":
        return Bucket(MemoryStore())
    request.getfixturevalue("bucket")
    return store_of(_settings(settings, request.getfixturevalue("unused_tcp_port")))


async def test_what_is_kept_is_read_again(store: Store) -> None:
    content = bytes(range(256)) * 4000
    await store.keep("ab/abc.jpg", content)
    assert await whole(store, "ab/abc.jpg") == content
    assert await store.size("ab/abc.jpg") == len(content)
    assert [len(piece) > 0 async for piece in store.read("ab/abc.jpg")].count(False) == 0


async def test_what_is_kept_is_never_written_over(store: Store) -> None:
    await store.keep("ab/abc.jpg", b"first")
    await store.keep("ab/abc.jpg", b"second")
    assert await whole(store, "ab/abc.jpg") == b"first"


async def test_what_is_not_there_is_missing(store: Store) -> None:
    with pytest.raises(Missing):
        await store.size("no/thing")
    with pytest.raises(Missing):
        await whole(store, "no/thing")


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: Store) -> None:
    await store.keep("ab/abc.jpg", b"first")
    for _ in range(2):
        await store.delete("ab/abc.jpg")
        with pytest.raises(Missing):
            await store.size("ab/abc.jpg")


async def test_a_cleared_folder_takes_nothing_else_along(store: Store) -> None:
    for name in ("upload/a/1", "upload/a/2", "upload/ab/1", "ab/abc.jpg"):
        await store.keep(name, b"x")
    for _ in range(2):
        await store.clear("upload/a")
    for name in ("upload/ab/1", "ab/abc.jpg"):
        assert await whole(store, name) == b"x"
    for name in ("upload/a/1", "upload/a/2"):
        with pytest.raises(Missing):
            await store.size(name)


async def test_a_store_that_works_has_no_trouble(store: Store) -> None:
    assert await store.trouble() is None


async def test_a_bucket_is_signed_for_below_its_prefix(
    bucket: SmallS3, settings: Settings, unused_tcp_port: int
) -> None:
    await store_of(_settings(settings, unused_tcp_port)).keep("ab/abc.jpg", b"x")
    assert bucket.objects == {"lianqin/ab/abc.jpg": b"x"}
    assert bucket.signed == {"a-key"}


async def test_a_bucket_that_fails_or_is_not_there_is_named(
    bucket: SmallS3, settings: Settings, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.incident.evidence.bucket.TRIES", 0)
    assert "is not there" in str(await bucket_of(_settings(settings, unused_tcp_port, "other")).trouble())
    store = bucket_of(_settings(settings, unused_tcp_port))
    bucket.is_down = True
    assert "does not answer" in str(await store.trouble())
    for work in (store.keep("a/a", b"x"), store.size("a/a"), whole(store, "a/a")):
        with pytest.raises(StoreUnavailable):
            await work


async def test_a_folder_on_a_full_disk_takes_nothing_and_says_so(tmp_path: Path) -> None:
    store = Folder(tmp_path / "evidence", least_free=0.9999)
    with pytest.raises(StoreFull):
        await store.keep("ab/abc.jpg", b"x")
    assert not store.folder.exists()
    assert await store.trouble() == "less than 100% of the disk is free"


async def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("x")
    store = Folder(tmp_path / "evidence", least_free=0)
    assert "cannot be used" in str(await store.trouble())
    with pytest.raises(StoreUnavailable):
        await store.keep("ab/abc.jpg", b"x")


async def test_a_picture_lives_in_a_bucket_as_it_does_in_a_folder(
    hands: Hands, place: Callable[[Store], None], bucket: SmallS3, settings: Settings, unused_tcp_port: int
) -> None:
    place(store_of(_settings(settings, unused_tcp_port)))
    incident, content = await hands.report(), picture(size=(300, 300))
    made = await attached(hands, incident, content)
    assert (await sent(hands, incident, content, 7, 700))["content_sha256"] == made["content_sha256"]
    shown = await hands.get("street1.acceptor", made["content"])
    assert shown.status_code == 200
    assert shown.headers["content-length"] == str(len(shown.content)) == str(made["size_bytes"])
    assert sorted(bucket.objects) == [
        f"lianqin/{made['content_sha256'][:2]}/{made['content_sha256']}.jpg",
        f"lianqin/original/{made['sha256'][:2]}/{made['sha256']}",
    ]


async def test_while_the_store_is_down_pictures_are_refused_and_everything_else_goes_on(
    hands: Hands, place: Callable[[Store], None], tmp_path: Path
) -> None:
    incident = await hands.report()
    made = await attached(hands, incident)
    place(Folder(tmp_path, least_free=0.9999))
    full = await attach(hands, "patrol1.member", incident, picture())
    assert (full.status_code, full.json()["type"]) == (507, "/problems/store-full")
    (tmp_path / "file").write_text("x")
    place(Folder(tmp_path / "file", least_free=0))
    down = await attach(hands, "patrol1.member", incident, picture())
    assert (down.status_code, down.json()["type"]) == (503, "/problems/store-unavailable")
    assert (await hands.get("street1.acceptor", made["content"])).json()["type"] == "/problems/store-unavailable"
    ready: httpx.Response = await hands.client.get("/readyz")
    assert (ready.json()["impaired"][0][:10], (await hands.report())["status"]) == ("evidence: ", "reported")
