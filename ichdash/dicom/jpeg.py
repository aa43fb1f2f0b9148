"""Whether a lossless JPEG picture (ITU-T T.81, PS3.5 A.4.2) is sound enough to be decoded.

GDCM, the one decoder at hand that is fast and free, ends the whole process on some damaged
pictures. So every marker is checked first: what is walked through here, GDCM reads.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

SOI, EOI = b"\xff\xd8", b"\xd9"
SOF3, DHT, SOS, DRI = 0xC3, 0xC4, 0xDA, 0xDD  # lossless Huffman; tables; scan; restart interval
OTHER_SEGMENTS = {0xFE, *range(0xE0, 0xF0)}  # comment and application data
PREDICTORS = range(1, 8)
_MARKER_IN_SCAN = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")  # no stuffed byte, no restart


def is_sound(picture: bytes, rows: int, columns: int) -> bool:
    """Whether `picture` is one lossless scan of one component of `rows` × `columns` values."""
    try:
        segments = list(_segments(picture))
    except (struct.error, ValueError):
        return False
    kinds = [kind for kind, _ in segments]
    if kinds.count(SOF3) != 1 or kinds[-1] != SOS or DHT not in kinds:
        return False
    checks = {SOF3: lambda body: _is_frame(body, rows, columns), SOS: _is_scan, DHT: _is_tables}
    return all(kind not in checks or checks[kind](body) for kind, body in segments)


def _segments(picture: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments up to the scan; ValueError where something else stands between."""
    if picture[:2] != SOI:
        raise ValueError("no start of image")
    at = 2
    while True:
        lead, kind, length = struct.unpack_from(">BBH", picture, at)
        if lead != 0xFF or kind not in {SOF3, DHT, SOS, DRI, *OTHER_SEGMENTS} or length < 2:
            raise ValueError("unknown marker")
        yield kind, picture[at + 4 : at + 2 + length]
        at += 2 + length
        if kind == SOS:
            break
    end = _MARKER_IN_SCAN.search(picture, at)
    if end is None or end.group(1) != EOI:
        raise ValueError("the scan does not end")


def _is_frame(body: bytes, rows: int, columns: int) -> bool:
    """Precision, size and one component without subsampling (T.81 B.2.2)."""
    if len(body) != 9:
        return False
    precision, height, width, components = struct.unpack_from(">BHHB", body)
    return 2 <= precision <= 16 and (height, width, components) == (rows, columns, 1)


def _is_scan(body: bytes) -> bool:
    """One component, a predictor, no point transform (T.81 B.2.3, H.1.2.1)."""
    if len(body) != 6:
        return False
    components, _, _, predictor, end, transform = body
    return components == 1 and predictor in PREDICTORS and end == 0 and transform == 0


def _is_tables(body: bytes) -> bool:
    """Huffman tables whose counts fit their length (T.81 B.2.4.2)."""
    at = 0
    while at < len(body):
        counts = body[at + 1 : at + 17]
        values = body[at + 17 : at + 17 + sum(counts)]
        is_whole = len(counts) == 16 and len(values) == sum(counts)
        if not is_whole or body[at] > 3 or max(values, default=0) > 16:
            return False
        at += 17 + sum(counts)
    return True
