"""stuck reader + load against a real server"""
import asyncio, os, sys, time, signal, socket
import pytest
from tests.stream.test_server import server  # noqa
from tests.stream.conftest import *  # noqa
from app.core import outbox
async def test_stuck(live, server):
    process, address = server
    port = int(address.rsplit(":",1)[1])
    h = live.world.who("district")["Authorization"]
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048); s.connect(("127.0.0.1", port))
    s.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {h}\r\n\r\n".encode())
    await asyncio.sleep(.5)
    # many good clients
    N=200; lat=[]
    async def good(i):
        r,w = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        w.write(f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: {h}\r\n\r\n".encode())
        n=0
        while True:
            l = await r.readline()
            if not l: return n
            if l.startswith(b"data:"):
                n+=1; lat.append(time.time()-orjson.loads(l[6:])["payload"]["t"])
    tasks=[asyncio.create_task(good(i)) for i in range(N)]
    await asyncio.sleep(3)
    for k in range(20):
        async with live.world.database.write() as session:
            for n in range(20):
                outbox.record(session, "incident.reported", uuid7(), live.scope("A"), n=n, t=time.time(), x="x"*3000)
        await asyncio.sleep(.3)
    await asyncio.sleep(8)
    rss=[l for l in open(f"/proc/{process.pid}/status") if l.startswith("VmRSS")]
    lat.sort(); print("events", len(lat), "p50", lat[len(lat)//2], "p95", lat[int(len(lat)*.95)], rss)
    t=time.monotonic(); process.send_signal(signal.SIGTERM); out,err=await process.communicate(); print("exit", time.monotonic()-t, process.returncode)
    print(err.decode()[-3000:])
    print(sum(await asyncio.gather(*tasks))); s.close()
