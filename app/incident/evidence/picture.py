"""What is a picture, and what of it is kept: its pixels the right way up, nothing of what else the file carried."""

import hashlib
import io
import re
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

from PIL import ExifTags, Image, ImageOps

from app.core.geo import LonLat
from app.core.problems import Unprocessable
from app.incident.evidence.workflow import Taken

MOST_PIXELS = 50_000_000
SNIFFED_BYTES = 4096
"""Browsers guess a type from fewer bytes than these."""
MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php)", re.IGNORECASE)
MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
READ_AS = ("JPEG", "PNG", "WEBP")
KEPT_AS = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "WEBP": "WEBP"}
"""Phones write JPEG files with a second picture in them (MPO): the first is kept."""
QUALITY = {"JPEG": {"quality": 90}, "PNG": {}, "WEBP": {"quality": 90}}
Gps, Base = ExifTags.GPS, ExifTags.Base


class NotAPicture(Unprocessable):
    """The file is not a picture: by its content it has to be JPEG, PNG or WebP."""

    status = 415


class PictureDamaged(Unprocessable):
    """The picture is damaged or cut short; it has to be sent whole."""


class TooManyPixels(Unprocessable):
    """The picture has more pixels than are taken."""

    members: ClassVar[dict[str, Any]] = {"max_pixels": 50_000_000}


class PictureAndPage(Unprocessable):
    """The file is a picture and a page of markup at once; the picture has to come alone."""


class Picture(NamedTuple):
    """A picture ready to be kept."""

    media_type: str
    content: bytes
    content_sha256: bytes
    sha256: bytes
    taken: Taken


def cleaned(original: bytes) -> Picture:
    """The picture in these bytes, upright, encoded again without metadata.

    Raises:
        NotAPicture, PictureDamaged, TooManyPixels, PictureAndPage.
    """
    image = _opened(original)
    taken = _taken(image)
    kind = KEPT_AS[image.format or ""]
    try:
        upright = ImageOps.exif_transpose(image)
        clear = upright.has_transparency_data and kind != "JPEG"
        plain = upright.convert("RGBA" if clear else "RGB")
        plain.info.clear()
        written = io.BytesIO()
        plain.save(written, kind, **QUALITY[kind])
    except Exception as error:  # whatever a decoder stumbles over, the file is at fault
        raise PictureDamaged from error
    content = written.getvalue()
    return Picture(
        Image.MIME[kind], content, hashlib.sha256(content).digest(), hashlib.sha256(original).digest(), taken
    )


def _opened(original: bytes) -> Image.Image:
    if MARKUP.search(original[:SNIFFED_BYTES]):
        raise PictureAndPage if original.startswith(MAGIC) else NotAPicture
    try:
        image = Image.open(io.BytesIO(original), formats=READ_AS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels(max_pixels=MOST_PIXELS) from None
    except Exception:  # noqa: BLE001  # as above
        raise NotAPicture from None
    if image.width * image.height > MOST_PIXELS:
        raise TooManyPixels(f"{image.width} × {image.height} pixels.", max_pixels=MOST_PIXELS)
    return image


def _taken(image: Image.Image) -> Taken:
    """When and where, as far as the metadata can be read; broken metadata says nothing."""
    try:
        exif = image.getexif()
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        return Taken(_instant(exif.get_ifd(ExifTags.IFD.Exif), gps), _place(gps))
    except Exception:  # noqa: BLE001  # as above
        return Taken(None, None)


def _instant(exif: dict[int, Any], gps: dict[int, Any]) -> datetime | None:
    """By the camera's clock if it wrote its offset, else by the satellites'; a time without a zone is no instant."""
    wall, offset = _text(exif.get(Base.DateTimeOriginal)), _text(exif.get(Base.OffsetTimeOriginal))
    if wall and offset:
        return datetime.strptime(f"{wall} {offset}", "%Y:%m:%d %H:%M:%S %z").astimezone(UTC)
    on, at = _text(gps.get(Gps.GPSDateStamp)), gps.get(Gps.GPSTimeStamp)
    if not (on and at):
        return None
    hour, minute, second = (int(part) for part in at)
    return datetime.strptime(on, "%Y:%m:%d").replace(hour=hour, minute=minute, second=second, tzinfo=UTC)


def _text(value: Any) -> str:
    return value.strip("\0 ") if isinstance(value, str) else ""


def _place(gps: dict[int, Any]) -> LonLat | None:
    lat = _degrees(gps.get(Gps.GPSLatitude), gps.get(Gps.GPSLatitudeRef), most=90)
    lon = _degrees(gps.get(Gps.GPSLongitude), gps.get(Gps.GPSLongitudeRef), most=180)
    return None if lat is None or lon is None else LonLat(lon, lat)


def _degrees(parts: Any, hemisphere: Any, *, most: float) -> float | None:
    if not parts:
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    size = round(degrees + minutes / 60 + seconds / 3600, 7)
    if not 0 <= size <= most:  # nor if it is not a number
        return None
    return -size if hemisphere in ("S", "W") else size
