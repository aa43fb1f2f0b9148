"""Settings are read from `ICHDASH_*`, checked once, and refused in a sentence."""

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from ichdash.errors import SettingsError
from ichdash.settings import Settings


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return str(caught.value)


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8501, 1)


def test_other_variables_are_ignored() -> None:
    assert Settings.from_environ({"PATH": "/bin", "HOME": "/root"}) == Settings()


def test_every_setting_is_read_from_its_variable(tmp_path: Path) -> None:
    environ = {
        "ICHDASH_DATA": str(tmp_path / "data"),
        "ICHDASH_HOST": "0.0.0.0",
        "ICHDASH_PORT": "9000",
        "ICHDASH_MODEL": str(tmp_path / "card.json"),
        "ICHDASH_ENGINE": "torch",
        "ICHDASH_WORKERS": "3",
        "ICHDASH_SLAB_MM": "1.25",
        "ICHDASH_UPLOAD_LIMIT_MB": "512",
        "ICHDASH_ADMINISTRATION": "on",
        "ICHDASH_ROOMS": "teaching",
        "ICHDASH_LOG_LEVEL": "debug",
    }
    assert set(environ) == {f.metadata["variable"] for f in fields(Settings)}
    settings = Settings.from_environ(environ)
    assert settings == Settings(
        data_dir=tmp_path / "data",
        host="0.0.0.0",
        port=9000,
        model=tmp_path / "card.json",
        engine="torch",
        workers=3,
        slab_mm=1.25,
        upload_limit_mb=512,
        administration="on",
        rooms="teaching",
        log_level="debug",
    )


def test_a_relative_folder_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environ({"ICHDASH_DATA": "here"}).data_dir == tmp_path / "here"


@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "", "80.5"])
def test_a_port_that_is_none_is_refused_with_the_range(port: str) -> None:
    assert refused(ICHDASH_PORT=port) == f"ICHDASH_PORT={port!r} is not a port number (1–65535)."


@pytest.mark.parametrize("thickness", ["thin", "0", "10.1", "nan"])
def test_a_thickness_that_is_none_is_refused_with_the_range(thickness: str) -> None:
    assert refused(ICHDASH_SLAB_MM=thickness) == (
        f"ICHDASH_SLAB_MM={thickness!r} is not a thickness in mm (0.5–10)."
    )


def test_an_unknown_engine_is_refused_with_the_choices() -> None:
    assert refused(ICHDASH_ENGINE="cuda") == (
        "ICHDASH_ENGINE='cuda' is not one of auto, openvino, torch."
    )


def test_a_host_with_a_space_is_refused() -> None:
    assert refused(ICHDASH_HOST="my host") == (
        "ICHDASH_HOST='my host' is not a host name or address."
    )


def test_no_workers_at_all_is_refused() -> None:
    assert refused(ICHDASH_WORKERS="0") == "ICHDASH_WORKERS='0' is not a number of workers (1–64)."


def test_a_misspelt_setting_is_refused_with_the_known_ones() -> None:
    message = refused(ICHDASH_PROT="8501")
    assert message.startswith("ICHDASH_PROT is not a setting. Known: ICHDASH_DATA, ")
    assert all(f.metadata["variable"] in message for f in fields(Settings))


def test_settings_cannot_be_changed_once_made() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda f: f.name)
def test_every_setting_says_what_it_means(setting) -> None:  # type: ignore[no-untyped-def]
    assert re.fullmatch(r"ICHDASH_[A-Z_]+", setting.metadata["variable"])
    assert re.fullmatch(r"[A-Z].*\.", setting.metadata["meaning"])
