"""The page of docs/maplibre.md in a browser: what it draws, filters, marks and keeps fresh, and its pictures."""

import asyncio
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, Page, Route, async_playwright

from app.layer.tile.style import PALETTES, Light
from tests.pictures.conftest import Demo
from tests.pictures.look import ROOT, compare, has, share
from tests.pictures.scene import CENTRE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NPM = shutil.which("npm")
FLAGS = (
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-quic",
)  # fmt: skip
WIDTH, HEIGHT = 1200, 760
READY_S = 90
KINDS = {"html": "text/html", "css": "text/css", "mjs": "text/javascript"}
DAY, NIGHT = PALETTES[Light.DAY], PALETTES[Light.NIGHT]
DRAWN = "() => board.queryRenderedFeatures({ layers: ['incidents'] }).map((one) => one.properties)"
PLACED = "(places) => places.map((place) => { const { x, y } = board.project(place); return [x, y] })"
IS_READY = "() => Boolean(globalThis.board instanceof Object && board.loaded?.() && board.areTilesLoaded())"
IS_THERE = "([id]) => board.queryRenderedFeatures({ layers: ['incidents'] }).some((one) => one.properties.id === id)"
OPACITY = "(number) => board.getFeatureState({ source: 'incidents', sourceLayer: 'incidents', id: number }).changed"
COUNTED = """() => board.querySourceFeatures('incidents', { sourceLayer: 'incidents' })
  .map((one) => [one.id, one.properties.count])"""
NAMES = "() => board.queryRenderedFeatures({ layers: ['area_names'] }).map((one) => one.properties.name)"
VISITED = """() => board.queryRenderedFeatures({ layers: ['coverage'] })
  .filter((one) => one.properties.is_visited).length"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.pictures,
    pytest.mark.timeout(300),  # sows a district, starts a server, draws in software
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here"),
    pytest.mark.skipif(NPM is None, reason="there is no npm here to fetch MapLibre with"),
]


def _block(language: str) -> str:
    """The only block in this language of the page in the docs."""
    text = (ROOT / "docs" / "maplibre.md").read_text()
    found = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the docs say to fetch, fetched as they say; its hash is checked there."""
    here = tmp_path_factory.mktemp("maplibre")
    fetching = await asyncio.create_subprocess_exec("bash", "-ec", _block("bash"), cwd=here, stdout=PIPE, stderr=PIPE)
    said, complaint = await fetching.communicate()
    if fetching.returncode and b": OK" not in said and b"FAILED" not in said:
        pytest.skip("the registry of npm cannot be reached")
    assert fetching.returncode == 0, complaint.decode()
    (here / "live.mjs").write_text(_block("js"))
    return here


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser that draws in software."""
    async with async_playwright() as started:
        found = await started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        await found.close()


@pytest.fixture
async def page(demo: Demo, folder: Path, browser: Browser) -> AsyncIterator[Page]:
    """A window that will find the page of the docs beside the API; at the end nothing may have gone wrong in it."""
    context = await browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    await context.add_init_script(f"sessionStorage.key = {demo.scene.key!r}")
    page, wrong = await context.new_page(), list[str]()

    async def served(route: Route) -> None:
        name = route.request.url.partition("?")[0].rpartition("/")[2] or "index.html"
        body = _page_for(demo.address) if name == "index.html" else (folder / name).read_text()
        await route.fulfill(body=body, content_type=KINDS[name.rpartition(".")[2]])

    def said(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "GPU stall" not in message.text:
            wrong.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.route("**/map/*", served)
    yield page
    await context.close()
    assert wrong == []


def _page_for(address: str) -> str:
    """The page with the address of the server, and with what the docs say about the stream."""
    html, live = _block("html"), re.search(r"`(const \{ live \} = .*?)`", (ROOT / "docs" / "maplibre.md").read_text())
    assert html.count("http://localhost:8000") == 1
    assert live is not None
    return html.replace("http://localhost:8000", address).replace(
        "</script>\n</html>", f"{live[1]}\n</script>\n</html>"
    )


async def _opened(page: Page, demo: Demo, zoom: float) -> None:
    await page.goto(f"{demo.address}/map/#{zoom}/{CENTRE[1]}/{CENTRE[0]}")
    await _until(page, IS_READY)


async def _until(page: Page, script: str, *given: Any) -> None:
    """Asked by ourselves: `wait_for_function` asks once a frame, which is much where frames are drawn in software."""
    async with asyncio.timeout(READY_S):
        while not await page.evaluate(script, list(given)):  # noqa: ASYNC110  # the page tells nothing by itself
            await asyncio.sleep(0.2)


async def _picture(page: Page, file: Path) -> Image.Image:
    """What is seen once everything is drawn."""
    await _until(page, IS_READY)
    await page.evaluate("() => new Promise((done) => { board.once('idle', done); board.triggerRepaint() })")
    await page.screenshot(path=file)
    return Image.open(file)


async def test_each_incident_is_drawn_where_it_is_as_urgent_as_it_is(page: Page, demo: Demo, tmp_path: Path) -> None:
    await _opened(page, demo, 14.01)
    drawn = {one["number"]: one for one in await page.evaluate(DRAWN)}
    places = {number: one["location"]["coordinates"] for number, one in demo.scene.incidents.items()}
    at = dict(zip(places, await page.evaluate(PLACED, list(places.values())), strict=True))
    seen = {number for number, (x, y) in at.items() if 20 < x < WIDTH - 20 and 20 < y < HEIGHT - 20}
    assert len(seen) >= 15
    assert seen <= set(drawn) <= set(places)
    picture = await _picture(page, tmp_path / "day.png")
    compare("maplibre-day", picture)
    for number in seen - {one for one in seen if at[one][0] < 250 and at[one][1] < 130}:  # not under the form
        colour = DAY.priorities[drawn[number]["priority"] - 1]
        middle = DAY.halo if drawn[number]["status"] == "handling" else colour
        x, y = at[number]
        assert has(picture, (x - 3, y), middle), number
        ring = any(has(picture, (x + radius, y), DAY.ink) for radius in range(10, 16))
        assert ring == drawn[number]["is_overdue"], number
    assert share(picture, [DAY.ground]) > 0.7, "cells are quiet"


async def test_the_board_is_dark_at_night_and_shows_where_patrols_were(page: Page, demo: Demo, tmp_path: Path) -> None:
    await _opened(page, demo, 13)
    await page.check("[name=night]")
    await page.check("[name=coverage]")
    await _until(page, "() => board.getPaintProperty('paper', 'background-color') === '" + NIGHT.paper + "'")
    picture = await _picture(page, tmp_path / "night.png")
    compare("maplibre-night", picture)
    levels = picture.convert("L").histogram()
    assert sum(levels[120:]) < 0.1 * sum(levels), "nothing glares"
    assert await page.evaluate(VISITED) >= 8


async def test_urgent_ones_alone_are_left_when_asked_for(page: Page, demo: Demo) -> None:
    await _opened(page, demo, 14.01)
    before = {one["id"] for one in await page.evaluate(DRAWN) if one["priority"] <= 2}
    await page.check("[name=urgent]")
    await _until(
        page,
        "() => board.queryRenderedFeatures({ layers: ['incidents'] }).every((one) => one.properties.priority <= 2)",
    )
    assert {one["id"] for one in await page.evaluate(DRAWN)} == before
    assert before


async def test_from_afar_incidents_are_counted_and_none_is_lost(page: Page, demo: Demo) -> None:
    await _opened(page, demo, 12.5)
    counted = dict(await page.evaluate(COUNTED))
    assert sum(counted.values()) >= len(demo.scene.incidents)


async def test_names_are_written_once(page: Page, demo: Demo) -> None:
    await _opened(page, demo, 11)
    names = await page.evaluate(
        "() => board.queryRenderedFeatures({ layers: ['area_names'] }).map((one) => one.properties.name)"
    )
    assert "江浦街道" in names
    assert len(names) == len(set(names))


async def test_what_is_reported_appears_marked_without_a_reload(page: Page, demo: Demo) -> None:
    await _opened(page, demo, 14.01)
    await _until(page, "() => Boolean(board.getLayer('changed'))")
    await asyncio.sleep(1)  # the whole board has come
    made = await demo.hands.report("street1.acceptor", CENTRE, source="hotline", priority=1, category_code="E0496")
    number = int(made["id"].replace("-", "")[-13:], 16)
    await _until(page, f"() => ({OPACITY})({number}) === true")
    await _until(page, IS_THERE, made["id"])
    await page.evaluate("(place) => board.jumpTo({ center: place })", list(CENTRE))
    await page.mouse.click(WIDTH / 2, HEIGHT / 2)
    popup = page.locator(".maplibregl-popup-content")
    await popup.wait_for()
    assert made["number"] in (await popup.inner_text())
