"""What has to be entered on a device, so that its app sends what we read: exact addresses, links and documents."""

import base64
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import orjson

from app.patrol.device.schemas import Setting
from app.patrol.device.workflow import App

OWNTRACKS_HTTP = 3
"""The number of OwnTracks' HTTP mode."""
# Each program's own names for what it fills in. OsmAnd calls the accuracy in metres its hdop, and its speed is in m/s;
# plain `speed` is read as knots, which Traccar's apps send.
OSMAND = "&lat={0}&lon={1}&timestamp={2}&accuracy={3}&altitude={4}&speed_mps={5}&bearing={6}"
GPSLOGGER = (
    "&lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&accuracy=%ACC&altitude=%ALT&speed_mps=%SPD&bearing=%DIR"
    "&batt=%BATT&charge=%ISCHARGING"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """How devices reach this service: the address of the API, and the port for vehicle terminals if there is one."""

    address: str
    host: str
    terminal_port: int | None


def settings(app: App, code: str, key: str, reach: Reach) -> list[Setting]:
    """What to enter for this app."""
    return _FOR[app](code, key, reach)


def _osmand(code: str, key: str, reach: Reach) -> list[Setting]:
    server = f"{reach.address}/v1/ingest/osmand?key={quote(key)}"
    full = f"{server}&id={quote(code)}"
    return [
        Setting(program="OsmAnd", where="Trip recording: Online tracking web address", value=full + OSMAND),
        Setting(program="GPSLogger", where="Log to custom URL: URL, method GET", value=full + GPSLOGGER),
        Setting(program="Traccar Client before 9", where="Server URL", value=server),
        Setting(program="Traccar Client before 9", where="Device identifier", value=code),
    ]


def _owntracks(code: str, key: str, reach: Reach) -> list[Setting]:
    document = orjson.dumps(
        {
            "_type": "configuration",
            "mode": OWNTRACKS_HTTP,
            "url": f"{reach.address}/v1/ingest/owntracks",
            "auth": True,
            "username": code,
            "password": key,
            "deviceId": code,
            "tid": code[-2:],
        }
    )
    link = "owntracks:///config?inline=" + quote(base64.b64encode(document), safe="")
    return [
        Setting(program="OwnTracks", where="open this link on the phone", value=link),
        Setting(program="OwnTracks", where="or import this as a file ending in .otrc", value=document.decode()),
    ]


def _traccar(code: str, key: str, reach: Reach) -> list[Setting]:
    server = f"{reach.address}/v1/ingest/traccar?key={quote(key)}"
    return [
        Setting(program="Traccar Client 9 and later", where="Server URL", value=server),
        Setting(program="Traccar Client 9 and later", where="Device identifier", value=code),
    ]


def _overland(code: str, key: str, reach: Reach) -> list[Setting]:
    asked = {"url": f"{reach.address}/v1/ingest/overland", "token": key, "device_id": code}
    link = f"overland://setup?{urlencode(asked)}"
    return [Setting(program="Overland", where="open this link on the phone", value=link)]


def _jt808(code: str, key: str, reach: Reach) -> list[Setting]:
    program = "JT/T 808 terminal"
    port = "the port of lianqin terminals" if reach.terminal_port is None else str(reach.terminal_port)
    return [
        Setting(program=program, where="Server address", value=reach.host),
        Setting(program=program, where="TCP port", value=port),
        Setting(program=program, where="Terminal number", value=code),
        Setting(program=program, where="Authentication code, unless it registers by itself", value=key),
    ]


def _native(_: str, key: str, reach: Reach) -> list[Setting]:
    address = f"{reach.address}/v1/ingest/native"
    return [
        Setting(program="Your own app", where="POST the body of /v1/positions to", value=address),
        Setting(program="Your own app", where="Header Authorization", value=f"Bearer {key}"),
    ]


_FOR = {
    App.OSMAND: _osmand,
    App.OWNTRACKS: _owntracks,
    App.TRACCAR: _traccar,
    App.OVERLAND: _overland,
    App.JT808: _jt808,
    App.NATIVE: _native,
}
