"""`python -m bench.routing`: what 500 routing rules cost an incident, a check, a publication and a dry run, as tables.

Times of asking are processor time of one thread. Reports are sent one after the other by one client, without rules and
with them, turn and turn about.
"""

import asyncio
import os
import random
import secrets
import statistics
import time
from typing import Any

import httpx

from app.core import logs
from app.core.ids import uuid7
from app.core.settings import load_settings
from app.policy.rule.workflow import RoutingRule
from app.policy.rulebook.workflow import Matter, Rulebook
from bench.data import Server
from bench.loading import Api, cpu, served
from bench.preparing import Desk
from bench.works import DISTRICT, STREET

RULES, SIZE, REPORTS, ROUNDS = 500, 100_000, 300, int(os.environ.get("ROUNDS", "4"))
PORT = 18775
TEXT = "流动摊贩占道经营，行人无法通过，已多次劝离"
LEADS = f"INSERT INTO role_grant (id, account_id, role, organisation_id) SELECT gen_random_uuid(), '01910000-0000-7000-8000-{DISTRICT:012d}', 'leader', '0190c000-0000-7000-8000-000000000000'"
EVER = {"from": "2020-01-01T00:00:00Z"}


def rule(number: int, when: dict[str, Any], **then: Any) -> dict[str, Any]:
    """A rule as it is sent."""
    return {"code": f"r{number}", "name": "规则", "name_en": "Rule", "when": when, "then": then}


def usual(shift: int = 0) -> list[dict[str, Any]]:
    """Five hundred rules as a district would have them: most name a category and a place, some hours or words."""
    draw = random.Random(1)
    told = []
    for number in range(RULES):
        when: dict[str, Any] = {"categories": [f"E{number % 60 + 1:04}"]}
        when |= {"areas": [f"320100{draw.randint(1, 10):03}{draw.randint(1, 10):03}"]} if number % 3 else {}
        when |= {"windows": [{"since": "18:00", "until": "06:00"}]} if number % 5 == 0 else {}
        when |= {"words": ["燃气", "火"]} if number % 7 == 0 else {}
        when |= {"sources": ["12345"]} if number % 11 == 0 else {}
        told.append(rule(number, when, lead_department=f"department_{(number + shift) % 10 + 1}"))
    return told


def worst() -> list[dict[str, Any]]:
    """Five hundred rules that are for every category and look for words: each is asked, none decides."""
    return [rule(n, {"words": [f"词{n}甲", f"词{n}乙"], "areas": ["320100"]}) for n in range(RULES)]


def _asking(name: str, rules: list[dict[str, Any]]) -> None:
    book = Rulebook([RoutingRule.model_validate(one) for one in rules])
    draw, asked = random.Random(2), list[Matter]()
    for _ in range(20_000):
        street, code = draw.randint(1, 10), f"E{draw.randint(1, 60):04}"
        areas = frozenset({"320100", f"320100{street:03}", f"320100{street:03}{draw.randint(1, 10):03}"})
        minute = draw.randrange(7 * 1440)
        asked.append(Matter(code, "urban_management", "c", areas, "patrol", 2, minute, True, TEXT))
    for matter in asked[:2000]:
        book.decide(matter)
    started = time.process_time()
    for matter in asked:
        book.decide(matter)
    print(f"| {name} | {1e6 * (time.process_time() - started) / len(asked):.1f} µs |")


class Client:
    """A desk of the district and one of a street."""

    def __init__(self, api: Api, desk: Desk) -> None:
        self.http = httpx.Client(base_url=api.address, timeout=120)
        self.tokens = {who: desk.token(who) for who in (DISTRICT, STREET)}

    def post(self, path: str, body: Any, by: int = DISTRICT) -> tuple[dict[str, Any], float]:
        """The answer, and how long it took in milliseconds."""
        headers = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": str(uuid7()), "If-Match": "*"}
        started = time.perf_counter()
        answer = self.http.post(path, json=body, headers=headers)
        took = 1000 * (time.perf_counter() - started)
        if not answer.is_success:
            raise RuntimeError(answer.text)
        found: dict[str, Any] = answer.json()
        return found, took

    def drafted(self, rules: list[dict[str, Any]]) -> tuple[str, float]:
        """A draft, and how long it took."""
        body = {"centre": "D", "name": "规则", "name_en": "Rules", "rules": rules}
        made, took = self.post("/v1/routing-sets", body)
        return f"/v1/routing-sets/{made['id']}", took

    def reports(self) -> list[float]:
        """How long reports take, one after the other."""
        draw, took = random.Random(3), list[float]()
        for _ in range(REPORTS):
            point = [118.4 + 0.4 * draw.random(), 31.9 + 0.16 * draw.random()]
            body = {"description": TEXT, "source": "patrol", "location": {"type": "Point", "coordinates": point}}
            took.append(self.post("/v1/incidents", body | {"category_code": f"E{draw.randint(1, 60):04}"})[1])
        return took


def main() -> None:
    """Ask, then serve and measure."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48), "LIANQIN_ACCESS_TOKEN_S": "3600"}
    logs.configure("WARNING", "json")
    print("| 500 rules | asking once |\n|---|---:|")
    _asking("as a district has them", usual())
    _asking("all for every category, all with words", worst())
    server = Server.up()
    server.made(SIZE)
    name = server.copied(SIZE)
    server.sql(name, LEADS)
    os.environ["DATABASE_URL"] = server.url(name)
    with served(server.url(name), PORT, 1, server.folder / "api.log") as api:
        desk = asyncio.run(_desk())
        _served(Client(api, desk), api, server)


async def _desk() -> Desk:
    return Desk(load_settings(), SIZE)


def _served(client: Client, api: Api, server: Server) -> None:
    client.drafted(usual())
    first, drafting = client.drafted(usual())
    print(f"\n| work | took |\n|---|---:|\n| draft | {drafting:.0f} ms |")
    print(f"| check | {client.post(f'{first}/check', {})[1]:.0f} ms |")
    rest: dict[str, list[tuple[float, float]]] = {"none": [], "500 rules": []}
    for _ in range(ROUNDS):
        _reported(client, api, server, rest["none"])
        path, _ = client.drafted(usual())
        publishing = client.post(f"{path}/publish", {})[1]
        _reported(client, api, server, rest["500 rules"])
        client.post(f"{path}/retire", {})
    print(f"| publish | {publishing:.0f} ms |")
    for title, rules in (("", usual(1)), (", words in every rule", worst())):
        path, _ = client.drafted(usual())
        client.post(f"{path}/publish", {})
        tried, _ = client.drafted(rules)
        with cpu(api.process.pid) as spent:
            told, took = client.post(f"{tried}/dry-run", EVER)
        counted = f"{told['incidents']:,} incidents, {told['changed']:,} change"
        print(f"| dry run{title}: {counted} | {took / 1000:.1f} s, of it {spent[0]:.1f} s the API's processor time |")
    print("\n| in force | report, median | API's processor time |\n|---|---:|---:|")
    for title, seen in rest.items():
        medians = [statistics.median(column) for column in zip(*seen, strict=True)]
        print(f"| {title} | {medians[0]:.2f} ms | {medians[1]:.2f} ms |")


def _reported(client: Client, api: Api, server: Server, seen: list[tuple[float, float]]) -> None:
    client.reports()
    with cpu(api.process.pid, server.postmaster()) as spent:
        took = client.reports()
    seen.append((statistics.median(took), 1000 * spent[0] / REPORTS))


if __name__ == "__main__":
    main()
