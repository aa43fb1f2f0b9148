"""What people type into descriptions, and what it says of contrast, body part and kernel.

Descriptions are free text (PS3.3 C.7.3.1): these vocabularies are read generously, and what they
say counts less than what a coded element says. English first, then German, French, Spanish,
Italian as scanners of those countries send them.
"""

from __future__ import annotations

import re
from enum import IntEnum


class Contrast(IntEnum):
    """What a text says of contrast agent."""

    SILENT = 0
    WITHOUT = 1
    BOTH = 2  # "without and with contrast": says nothing of one series
    WITH = 3


class Sharpness(IntEnum):
    """A reconstruction kernel, soft ones first since blood is read on them."""

    SOFT = 0
    UNKNOWN = 1
    BONE = 2


_AGENT = (
    r"(?:I\.?V\.?\s*)?"
    r"(?:CONTRAST\w*|CONTR\w*|CON|CE|KM|C|ENHANCED|ENHANCEMENT|INJ\w*|DYE)\b"
)
_WITHOUT = re.compile(
    rf"\b(?:W/O|WO|WITHOUT)\b[\s.-]*(?:{_AGENT})?"
    rf"|\b(?:NO|NON|SANS|OHNE|SIN|SENZA)[\s-]*{_AGENT}"
    r"|\b(?:UNENHANCED|NCCT|NCHCT|NECT|PLAIN|NATIV\w*|NATIF|PRE[\s-]?CON\w*)\b"
    r"|\bC\s?-(?![A-Z0-9])|\bCONTRAST\s*[:=]?\s*NONE\b"
)
_WITH = re.compile(
    rf"\bC\s?\+|\+\s?C\b|\b(?:WITH|W/|W|MIT|AVEC|CON|POST)\s*{_AGENT}|\bW/C\b"
    r"|\bCT-?A\b|ANGIO|\bCT-?V\b|VENOGRA|\bCT-?P\b|PERFUSION|\bCECT\b|\bPOST-?(?:CON|IV|INJ)"
    r"|\bBOLUS|\bTEST\s?INJ|\bCONTRAST|OMNIPAQUE|IOHEXOL|ISOVUE|IOPAM|VISIPAQUE|IODIXANOL"
    r"|ULTRAVIST|IOPROMID|IOMERON|XENETIX|OPTIRAY"
)
_NO_AGENT = re.compile(r"^(?:NONE?|NO|N|N/?A|NIL|0|-+|UNKNOWN|NOT? (?:GIVEN|USED))?$")

_HEAD = re.compile(
    r"\b(?:HEAD|BRAIN|SKULL|CRANI|CEREB|NEURO|ENCEPH|STROKE|ICH\b|HCT\b|NCHCT|KOPF|SCH[AÄ]E?DEL"
    r"|HIRN|T[EÊ]TE\b|CR[AÂ]N|CERVEAU|CABEZA|TESTA\b|ENCEF)"
)
_OTHER_PART = re.compile(
    r"CHEST|THORA|\bLUNG|ABD(?:OM|\b)|PELVI|SPINE|SPINAL|LUMBAR|\bNECK\b|\bHALS|LIVER|\bKNEE|\bHIP\b"
    r"|SHOULDER|ANKLE|\bFOOT|\bHAND\b|WRIST|ELBOW|\bLEGS?\b|EXTREMIT|\bHEART|CARDIAC|CORONARY|AORT"
    r"|KIDNEY|RENAL|WHOLE\s?BODY|\bKUB\b|COLON|\bTAP\b|BECKEN|WIRBELS|\b[HBL]WS\b|FEMUR|TIBIA"
    r"|BREAST|\bARM\b"
)

_BONE_WORDS = re.compile(r"\bBONES?\b|KNOCHEN|\bOSS?E?U?X?\b|\bSHARP\b|\bHUESO|\bOSSO")
_SOFT_WORDS = re.compile(r"\bSOFT\b|\bBRAIN\b|\bST\b|WEICHTEIL|\bSTANDARD\b|\bSTD\b|PARENCHYM")
_NUMBERED = re.compile(r"^[A-Z]{1,2}(\d\d)[A-Z]?\b")  # Siemens: H30s, J40s, Hr60f
_TOSHIBA = re.compile(r"^FC(\d\d)")
_SHARP_FROM = 50  # Siemens kernels from here on are for bone
_TOSHIBA_BONE = {30, 31, 35, *range(50, 60), *range(80, 90)}
_NAMED = {
    **dict.fromkeys(("STANDARD", "STD", "STND", "SOFT", "DETAIL", "CHST", "BRAIN"), Sharpness.SOFT),
    **dict.fromkeys(("BONE", "BONEPLUS", "EDGE", "ULTRA", "LUNG"), Sharpness.BONE),  # GE
    **dict.fromkeys(("A", "B", "UA", "UB", "UC"), Sharpness.SOFT),
    **dict.fromkeys(("C", "D", "E", "L", "YA", "YB", "YC", "YD"), Sharpness.BONE),  # Philips
}


def plain(text: str) -> str:
    """Upper case, one space between words, underscores and points taken for spaces."""
    return " ".join(re.sub(r"[_.,;()\[\]]", " ", text.upper()).split())


def contrast(text: str) -> Contrast:
    """What a description says of contrast agent."""
    words = plain(text)
    rest, without = _WITHOUT.subn(" ", words)
    is_with = bool(_WITH.search(rest)) or bool(
        without and re.search(r"(?:&|\bAND|/|\+)\s*W(?:ITH)?\b", rest)
    )
    if is_with:
        return Contrast.BOTH if without else Contrast.WITH
    return Contrast.WITHOUT if without else Contrast.SILENT


def is_agent(text: str) -> bool:
    """Whether a ContrastBolusAgent names one, rather than saying that there was none."""
    words = plain(text)
    return not _NO_AGENT.match(words) and contrast(words) is not Contrast.WITHOUT


def is_head(text: str) -> bool:
    return bool(_HEAD.search(plain(text)))


def other_part(text: str) -> str:
    """The body part named that is not the head, empty where there is none."""
    found = _OTHER_PART.search(plain(text))
    return found.group().lower() if found else ""


def sharpness(kernel: str, description: str) -> Sharpness:
    """How sharp a reconstruction is: its kernel decides, then the description."""
    name = kernel.upper().strip()
    if found := _TOSHIBA.match(name):
        return Sharpness.BONE if int(found.group(1)) in _TOSHIBA_BONE else Sharpness.SOFT
    if found := _NUMBERED.match(name):
        return Sharpness.BONE if int(found.group(1)) >= _SHARP_FROM else Sharpness.SOFT
    if (named := _NAMED.get(name.split("/")[0].rstrip("+ "))) is not None:
        return named
    words = plain(f"{kernel} {description}")
    if _BONE_WORDS.search(words):
        return Sharpness.BONE
    return Sharpness.SOFT if _SOFT_WORDS.search(words) else Sharpness.UNKNOWN
