"""What a browser says of itself, in as few words as tell one from another. It may say anything."""

import re
from collections.abc import Mapping

# In this order: most say that they are several others too.
BROWSERS: Mapping[str, str] = {
    "Edg": "Edge",
    "OPR": "Opera",
    "YaBrowser": "Yandex",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Version": "Safari",
}
SYSTEMS: Mapping[str, str] = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iOS",
    "iPad": "iPadOS",
    "Macintosh": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
LONGEST = 60


def in_words(agent: str) -> str:
    """Browser with the number of its version, and system: `Firefox 145, Windows`. `?` for what is not known."""
    browser = next((f"{name} {v[1]}" for word, name in BROWSERS.items() if (v := _version(word, agent))), None)
    system = next((name for word, name in SYSTEMS.items() if word in agent), None)
    return ", ".join(each for each in (browser, system) if each)[:LONGEST] or "?"


def _version(word: str, agent: str) -> re.Match[str] | None:
    return re.search(rf"\b{word}/([0-9]{{1,4}})", agent)
