"""The forms of the extra `gis`: rows as Arrow columns, sent to a process that writes the file."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from app.layer.export.writing import Contents, Rows
from app.layer.filter.workflow import Kind

TYPES: Mapping[Kind, pa.DataType] = {
    Kind.STRING: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.INSTANT: pa.timestamp("us", "UTC"),
    Kind.UUID: pa.string(),
}
COMMAND = (sys.executable, "-m", "app.layer.export.drawing")
WKB = {"ARROW:extension:name": "geoarrow.wkb"}


class NotWritten(OSError):
    """The process that writes has died, or found no room."""


class DrawnFile:
    """What GDAL or Arrow writes, in a process of its own: it holds up no request, and its memory goes with it."""

    def __init__(self, contents: Contents, path: Path) -> None:
        command = (*COMMAND, str(path))
        self._schema = _schema(contents)
        self._told = path.with_name("errors").open("w+b")
        # The command is our own interpreter and module, the path one of our own temporary files.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._told)  # noqa: S603
        assert self._process.stdin is not None, "it has a pipe"  # noqa: S101  # a programming error
        self._pipe = self._process.stdin
        self._stream = pa.ipc.new_stream(self._pipe, self._schema)

    def add(self, rows: Rows) -> None:
        """Write more rows; waits for the process to keep up."""
        columns = [pa.array([row[field.name] for row in rows], field.type) for field in self._schema]
        try:
            self._stream.write_batch(pa.record_batch(columns, schema=self._schema))
        except OSError:
            raise self._failed() from None

    def finish(self) -> None:
        """Make it whole."""
        try:
            self._stream.close()
            self._pipe.close()
        except OSError:
            raise self._failed() from None
        if self._process.wait() != 0:
            raise self._failed()
        self._told.close()

    def _failed(self) -> NotWritten:
        self._process.wait()
        self._told.seek(0)
        return NotWritten(self._told.read()[-2000:].decode(errors="replace").strip() or "killed")

    def give_up(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what is in the pipe goes nowhere
            self._pipe.close()
        self._told.close()


def _schema(contents: Contents) -> pa.Schema:
    """The columns, with all that the process must know of the layer."""
    one = contents.collection
    fields = [pa.field("id", pa.string(), nullable=False), pa.field("geometry", pa.binary(), metadata=WKB)]
    kinds = {known.name: known.kind for known in one.properties}
    fields += [pa.field(name, TYPES[kinds[name]]) for name in contents.names]
    told = {
        "form": contents.file.form,
        "layer": one.id,
        "title": f"{one.en} {one.zh}",
        "about": one.about,
        "shape": one.shape.value,
        "srid": str(contents.srid),
    }
    return pa.schema(fields, told)
