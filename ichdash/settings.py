"""Settings come from `ICHDASH_*` environment variables, are checked once at start, and are frozen.

Each field's metadata names its variable and its meaning; README and `--help` are tested against it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ichdash.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "models"
"""The models that come with ichdash, and those trained into this folder."""
PARENT = "PARENT_OF_ICHDASH"
"""No setting: by this variable `serve` tells the dashboard which process to end with."""


def _integer(low: int, high: int, noun: str) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise ValueError(f"not {noun} ({low}–{high})")
        return value

    return parse


def _length(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:  # false for NaN too
            raise ValueError(f"not a thickness in mm ({low:g}–{high:g})")
        return value

    return parse


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"not one of {', '.join(allowed)}")
        return text

    return parse


def _host(text: str) -> str:
    if not text.strip() or any(c.isspace() for c in text):
        raise ValueError("not a host name or address")
    return text


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _setting(variable: str, default: Any, parse: Callable[[str], Any], meaning: str) -> Any:
    metadata = {"variable": variable, "parse": parse, "meaning": meaning}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    data_dir: Path = _setting(
        "ICHDASH_DATA", ROOT / "data", _path, "Folder of the database, originals and results."
    )
    host: str = _setting(
        "ICHDASH_HOST", "127.0.0.1", _host, "Address that the dashboard listens on."
    )
    port: int = _setting(
        "ICHDASH_PORT", 8501, _integer(1, 65535, "a port number"), "Port of the dashboard."
    )
    model: Path | None = _setting(
        "ICHDASH_MODEL", None, _path, "Model card to use, whichever model is activated."
    )
    engine: str = _setting(
        "ICHDASH_ENGINE",
        "auto",
        _choice("auto", "openvino", "torch"),
        "Engine that runs the network's body: auto, openvino or torch.",
    )
    workers: int = _setting(
        "ICHDASH_WORKERS",
        1,
        _integer(1, 64, "a number of workers"),
        "Worker processes that serve starts.",
    )
    slab_mm: float = _setting(
        "ICHDASH_SLAB_MM",
        2.5,
        _length(0.5, 10.0),
        "Thickness, in mm, to which thin slices of a large series are averaged for the viewer.",
    )
    upload_limit_mb: int = _setting(
        "ICHDASH_UPLOAD_LIMIT_MB",
        2048,
        _integer(1, 65536, "a size in megabytes"),
        "Largest upload, in megabytes.",
    )
    administration: str = _setting(
        "ICHDASH_ADMINISTRATION",
        "off",
        _choice("off", "on"),
        "Whether the model page lets everybody activate a model: off or on.",
    )
    rooms: str = _setting(
        "ICHDASH_ROOMS",
        "all",
        _choice("all", "teaching"),
        "Which pages there are: all, or teaching, which shows no study of a patient.",
    )
    log_level: str = _setting(
        "ICHDASH_LOG_LEVEL",
        "info",
        _choice("debug", "info", "warning", "error"),
        "Least severe message that is logged.",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read `ICHDASH_*` from `environ`; raises SettingsError naming variable, value and need."""
        known = {f.metadata["variable"]: f for f in fields(cls)}
        if unknown := sorted(k for k in environ if k.startswith("ICHDASH_") and k not in known):
            raise SettingsError(f"{unknown[0]} is not a setting. Known: {', '.join(known)}.")
        values = {}
        for variable, setting in known.items():
            if variable not in environ:
                continue
            try:
                values[setting.name] = setting.metadata["parse"](environ[variable])
            except ValueError as error:
                raise SettingsError(f"{variable}={environ[variable]!r} is {error}.") from None
        return cls(**values)
