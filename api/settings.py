"""Settings: read from the environment once, refused by name when wrong.

Every name starts with `PANDUS_`. `docs/settings.md` documents each; a test compares both directions.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import click
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "PANDUS_"
LANGUAGES = ("kk", "ru", "en")
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("json", "text")
INLINE, QUEUE = "inline", "queue"  # who understands what tablets push: the request itself, or workers


class SettingsRefused(click.ClickException):
    """Names or values nobody knows; lists all of them. Every command says it as sentences, with exit code 1."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("the settings cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = tuple(faults)


def _setting(default: Any, parse: Callable[[str], Any], accepted: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"parse": parse, "accepted": accepted})


def _whole(low: int, high: int) -> tuple[Callable[[str], int], str]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse, f"a whole number from {low} to {high}"


def _one_of(*words: str) -> tuple[Callable[[str], str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return parse, f"one of: {', '.join(words)}"


def _switch(text: str) -> bool:
    return {"on": True, "off": False}[text]


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", text):
        raise ValueError(text)
    return text


def _database_url(text: str) -> str:
    url = make_url(text)
    files = url.drivername == "sqlite" and url.database not in (None, "", ":memory:")
    if not files and url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise ValueError(text)
    return text


def _photo_place(text: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?|(file:///)?[^\0:]+", text):
        raise ValueError(text)
    return text


def _endpoint(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]{1,253}/?", text):
        raise ValueError(text)
    return text


def _service(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._/-]*)?", text):
        raise ValueError(text)
    return text


def _tile_server(text: str) -> str:
    plain = r"https?://[A-Za-z0-9.:-]{1,253}/[A-Za-z0-9._/{}@?&=%-]{1,300}"
    holes = all(text.count(hole) == 1 for hole in ("{z}", "{x}", "{y}"))
    if not re.fullmatch(plain, text) or not holes or "{" in re.sub(r"\{[xyz]\}", "", text):
        raise ValueError(text)
    return text


def _geocoder(text: str) -> str:
    if not re.fullmatch(r"(nominatim|photon):https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._/-]*)?", text):
        raise ValueError(text)
    return text


def _redis_url(text: str) -> str:
    if not re.fullmatch(r"(rediss?|unix)://[^\s]{1,500}", text):
        raise ValueError(text)
    return text


def _mail(text: str) -> str:
    server = r"smtp(s|\+starttls)?://([^\s/@]{1,200}@)?[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/?"
    if not re.fullmatch(rf"{server}|(file:///)?[^\0:]+", text):
        raise ValueError(text)
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}", text):
        raise ValueError(text)
    return text


_MAIL = "a folder, or `smtp://`, `smtps://` or `smtp+starttls://` with `<user>:<password>@<host>:<port>`"
_GEOCODER = "`nominatim:` or `photon:` and an address that starts with `https://` or `http://`"
_TILES = "an address that starts with `https://` or `http://` and holds `{z}`, `{x}` and `{y}`"
_REDIS = "`redis://<host>:<port>/<number>`, `rediss://…` or `unix://<socket>`"
_ON_OFF = "`on` or `off`"
_FOLDER = "a folder, or `file:///<folder>`, or `s3://<bucket>/<prefix>`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation can choose. Every field is the setting `PANDUS_<FIELD>`."""

    # A database in memory is refused: every connection and every worker would have its own.
    database_url: str = _setting(
        "sqlite:///var/pandus.sqlite3",
        _database_url,
        "`sqlite:///<file>` or `postgresql+psycopg://<user>:<password>@<host>/<database>`",
        secret=True,  # it may hold a password
    )
    host: str = _setting("127.0.0.1", _host, "an address or host name to listen on")
    port: int = _setting(8000, *_whole(1, 65535))
    trusted_proxies: int = _setting(0, *_whole(0, 8))
    workers: int = _setting(2, *_whole(1, 64))
    threads: int = _setting(4, *_whole(1, 256))
    streams: int = _setting(8, *_whole(0, 256))
    understanding: str = _setting(INLINE, *_one_of(INLINE, QUEUE))
    redis_url: str = _setting(
        "redis://127.0.0.1:6379/0", _redis_url, _REDIS, secret=True
    )  # it may hold a password
    sweep_seconds: int = _setting(30, *_whole(1, 3600))
    most_backlog: int = _setting(100_000, *_whole(1, 1_000_000_000))
    least_free_mb: int = _setting(500, *_whole(0, 1_000_000_000))
    max_body_bytes: int = _setting(16 * 1024 * 1024, *_whole(1024, 1024 * 1024 * 1024))
    default_language: str = _setting("ru", *_one_of(*LANGUAGES))
    log_level: str = _setting("info", *_one_of(*LOG_LEVELS))
    log_format: str = _setting("json", *_one_of(*LOG_FORMATS))
    log_error_text: bool = _setting(False, _switch, _ON_OFF)
    photos: str = _setting("var/photos", _photo_place, _FOLDER)
    storage_endpoint: str = _setting("", _endpoint, "an address that starts with `https://` or `http://`")
    storage_region: str = _setting("us-east-1", _host, "the name of a region")
    storage_key_id: str = _setting("", str, "text", secret=True)
    storage_secret_key: str = _setting("", str, "text", secret=True)
    upload_folder: str = _setting("var/uploads", str, "a folder")
    upload_max_bytes: int = _setting(32 * 1024 * 1024, *_whole(1024, 1024 * 1024 * 1024))
    upload_days: int = _setting(7, *_whole(1, 366))
    uploads: int = _setting(8, *_whole(1, 256))
    examine_photos: bool = _setting(True, _switch, _ON_OFF)
    photo_max_pixels: int = _setting(60_000_000, *_whole(1_000_000, 1_000_000_000))
    mail: str = _setting("var/mail", _mail, _MAIL, secret=True)  # it may hold a password
    mail_from: str = _setting(
        "pandus@localhost", _mail_address, "an address of mail, such as `pandus@akimat.example`"
    )
    bounces: str = _setting("", str, "a folder: a Maildir")
    public_url: str = _setting("", _service, "an address that starts with `https://` or `http://`")
    link_key_file: str = _setting("var/link.key", str, "a file")
    oidc_issuer: str = _setting("", _service, "an address that starts with `https://` or `http://`")
    oidc_client_id: str = _setting("", str, "text")
    oidc_client_secret: str = _setting("", str, "text", secret=True)
    oidc_name: str = _setting("", str, "text")
    routing_url: str = _setting("", _service, "an address that starts with `https://` or `http://`")
    map_tiles: str = _setting("", _tile_server, _TILES)
    map_credit: str = _setting("", str, "words")
    tour_detour_percent: int = _setting(140, *_whole(100, 500))
    tour_speed_kmh: int = _setting(25, *_whole(1, 200))
    keep_traces_days: int = _setting(400, *_whole(200, 36_500))
    keep_sent_days: int = _setting(1096, *_whole(200, 36_500))
    keep_contacts_days: int = _setting(1826, *_whole(200, 36_500))
    keep_values_days: int = _setting(1826, *_whole(200, 36_500))
    keep_people_days: int = _setting(1826, *_whole(200, 36_500))
    tend: bool = _setting(True, _switch, _ON_OFF)
    geocoder: str = _setting("", _geocoder, _GEOCODER)
    geocoder_per_minute: int = _setting(60, *_whole(1, 6000))
    demo: bool = _setting(False, _switch, _ON_OFF)
    demo_seed: int = _setting(1, *_whole(0, 999_999_999))
    demo_facilities: int = _setting(1000, *_whole(1, 100_000))


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment describes; what it does not name keeps its default.

    Raises SettingsRefused with every unknown `PANDUS_` name and every malformed value. Values are not repeated
    in the message: they may be secrets.
    """
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    chosen: dict[str, Any] = {}
    faults: list[str] = []
    for name in sorted(n for n in environment if n.startswith(PREFIX)):
        if name not in known:
            faults.append(f"{name} is no setting; known are: {', '.join(known)}")
            continue
        setting = known[name]
        try:
            chosen[setting.name] = setting.metadata["parse"](environment[name])
        except (ValueError, KeyError, ArgumentError):
            faults.append(f"{name} must be {setting.metadata['accepted']}")
    if faults:
        raise SettingsRefused(faults)
    return Settings(**chosen)
