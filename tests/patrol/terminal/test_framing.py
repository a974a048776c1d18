"""JT/T 808 on the wire: what is written can be read, and what is no frame is none."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.patrol.terminal import framing, messages
from app.patrol.terminal.framing import BadFrameError, Frame, Part
from app.patrol.terminal.messages import Message
from app.patrol.terminal.server import next_frame
from tests.patrol.terminal.car import position

HERE = (118.6, 32.06)
AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
U16 = st.integers(0, 0xFFFF)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Any frame a terminal may send."""
    is_2019 = draw(st.booleans())
    number = str(draw(st.integers(1, 10 ** (20 if is_2019 else 12) - 1)))
    part = draw(st.none() | st.builds(Part, U16, U16))
    return Frame(draw(U16), number, draw(U16), draw(st.binary(max_size=1023)), is_2019, part=part)


@given(frames())
def test_what_is_written_can_be_read(frame: Frame) -> None:
    written = framing.encode(frame)
    assert (written[0], written[-1], written[1:-1].count(framing.FLAG)) == (framing.FLAG, framing.FLAG, 0)
    assert len(written) <= framing.MOST_FRAME
    assert framing.decode(written[1:-1]) == frame


@given(st.binary(max_size=200))
def test_what_is_escaped_can_be_put_back(plain: bytes) -> None:
    assert framing.unescape(framing.escape(plain)) == plain


@given(st.binary(max_size=120))
def test_no_bytes_crash_the_reader(noise: bytes) -> None:
    with suppress(BadFrameError):
        framing.decode(noise)


@given(st.binary(max_size=120), st.sampled_from([Message.POSITION, Message.POSITIONS]))
def test_no_body_crashes_the_reader(noise: bytes, message: Message) -> None:
    assert messages.positions(message, noise).size >= 0


@given(frames(), st.integers(1, 40), st.integers(1, 255))
def test_a_damaged_byte_is_found_out(frame: Frame, at: int, flips: int) -> None:
    written = bytearray(framing.encode(frame)[1:-1])
    written[at % len(written)] ^= flips
    with suppress(BadFrameError):
        assert framing.decode(bytes(written)) != frame


def test_a_frame_of_2013_is_read_byte_by_byte() -> None:
    # heartbeat, no body, terminal 13800000001, serial 126: the serial's 0x7e is escaped
    frame = framing.decode(bytes.fromhex("0002 0000 013800000001 007d02 44"))
    assert frame == Frame(0x0002, "13800000001", 126)


def test_a_frame_of_2019_has_a_version_and_a_longer_number() -> None:
    written = framing.encode(Frame(0x0002, "13800000001", 1, is_2019=True))
    assert written.hex() == "7e" + "0002" + "4000" + "01" + "00000000013800000001" + "0001" + "7a" + "7e"


@pytest.mark.parametrize(
    "frame", [Frame(2, "1" * 13, 0), Frame(2, "1" * 21, 0, is_2019=True), Frame(2, "1", 0, bytes(1024))]
)
def test_what_does_not_fit_is_not_written(frame: Frame) -> None:
    with pytest.raises(BadFrameError):
        framing.encode(frame)


def test_a_position_is_read_in_beijings_time_and_tenths_of_kilometres() -> None:
    (read,) = messages.positions(Message.POSITION, position(AT, HERE, tenths_kmh=360, direction=90)).readings
    assert (read.observed_at, read.lon, read.lat, read.speed_mps, read.heading_deg) == (AT, *HERE, 10, 90)


def test_south_and_west_are_bits_of_the_state() -> None:
    (read,) = messages.positions(Message.POSITION, position(datetime.now(UTC), (-58.4, -34.6))).readings
    assert (read.lon, read.lat) == (-58.4, -34.6)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (position(AT, HERE, has_fix=False), "no_fix"),
        (position(AT, HERE)[:20], "unreadable"),
        (position(AT, HERE)[:22] + b"\x00" * 6, "unreadable"),
        (position(AT, HERE)[:22] + b"\xff" * 6, "unreadable"),
    ],
)
def test_a_position_without_a_place_or_a_time_is_counted(body: bytes, reason: str) -> None:
    assert messages.positions(Message.POSITION, body).lost == {reason: 1}


def test_a_batch_holds_positions_of_different_lengths_and_the_cut_off_one_is_counted() -> None:
    bodies = [position(datetime.now(UTC) - timedelta(minutes=n), HERE) + b"\x01\x04" * n for n in range(3)]
    batch = b"\x00\x04\x01" + b"".join(len(body).to_bytes(2) + body for body in bodies) + b"\x00\x20\x01\x02"
    upload = messages.positions(Message.POSITIONS, batch)
    assert (len(upload.readings), upload.lost) == (3, {"unreadable": 1})


def test_danger_to_people_is_an_alarm_and_a_low_battery_is_none() -> None:
    assert messages.positions(Message.POSITION, position(datetime.now(UTC), HERE, alarms=1 | 1 << 7)).alarms == {"sos"}


async def test_frames_are_told_apart_in_a_stream_whatever_is_between_them() -> None:
    reader = asyncio.StreamReader()
    frame = Frame(2, "1", 1)
    reader.feed_data(
        b"noise" + framing.encode(frame) + framing.encode(frame)[1:] + b"\x7e\x7e\x7e" + framing.encode(frame)
    )
    found = [await next_frame(reader) for _ in range(4)]
    assert found == [None, frame, frame, frame]
