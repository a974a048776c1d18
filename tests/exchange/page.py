"""The example client of a page in docs, as its reader would run it."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
MOST_LINES = 60


async def run(page: str, folder: Path, *arguments: str) -> str:
    """What the client prints; it must end well."""
    [client] = re.findall(r"^```python\n(.*?)^```$", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)
    assert len(client.splitlines()) <= MOST_LINES
    path = folder / "client.py"
    path.write_text(client)
    process = await asyncio.create_subprocess_exec(sys.executable, path, *arguments, stdout=PIPE, stderr=PIPE)
    printed, complaint = await process.communicate()
    assert (process.returncode, complaint.decode()) == (0, "")
    return printed.decode()
