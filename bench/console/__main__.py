"""See the package."""

import argparse
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.console.standings import settle_and_rank
from bench.violations.__main__ import prepare
from bench.violations.country import Callers
from bench.violations.servers import serving
from inspection.database import connect

# Name, caller, query; as an official comes to them: by a filter, an order, a search, a link of the overview.
LISTS = (
    ("as it opens, country", "ministry", ""),
    ("as it opens, region", "head", ""),
    ("as it opens, district", "district", ""),
    ("as it opens, three districts", "three", ""),
    ("overdue, country", "ministry", "overdue=true"),
    ("longest overdue, country", "ministry", "overdue=true&sort=overdue"),
    ("overdue and gross, region", "head", "overdue=true&severity=gross"),
    ("gravest first, country", "ministry", "sort=severity"),
    ("newest, three districts", "three", "sort=opened"),
    ("wheelchair, pharmacies, region", "head", "group=wheelchair&kind=pharmacy"),
    ("one district of the country", "ministry", "area=331000000"),
    ("words in Russian, district", "district", "text=аптека"),
    ("words in Latin, district", "district", "text=aptek"),
    ("words in Kazakh, region", "head", "text=дәріхана+көкжиек"),
    ("words, country", "ministry", "text=поликлиника+самал"),
    ("due before a day, region", "head", "due_before=2027-01-01&sort=overdue"),
    ("released, region", "head", "state=released"),
    ("state owners, country", "ministry", "ownership=state&overdue=true"),
)
# What is counted over an area, each as the page that an official opens, or the part of it that is loaded later.
COUNTED = (
    ("overview, country", "ministry", ""),
    ("overview, region", "head", ""),
    ("overview, district", "district", ""),
    ("half a year ago, country", "ministry", "obstructed/half-year"),
    ("half a year ago, region", "head", "obstructed/half-year"),
    ("half a year ago, district", "district", "obstructed/half-year"),
    ("report of a quarter, country", "ministry", "reports?from={from}&to={to}&by=region"),
)
TIMES = """() => {
    const went = performance.getEntriesByType('navigation')[0];
    return {response: went.responseEnd, usable: went.domContentLoadedEventEnd, load: went.loadEventEnd};
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One page as the browser saw it: milliseconds since the click, and bytes on the wire."""

    response: float
    usable: float
    load: float
    bytes: int


def main() -> None:
    """Fill, serve, look, report."""
    wanted = _arguments()
    prepare(wanted.database, wanted.violations, wanted.facilities)
    engine, now = connect(wanted.database), datetime.now(UTC)
    settle_and_rank(engine, now)
    engine.dispose()
    quarter = {"from": (now - timedelta(days=90)).date().isoformat(), "to": now.date().isoformat()}
    lists = [(name, caller, f"violations?{query}") for name, caller, query in LISTS if not wanted.counted]
    counted = [(name, caller, path.format_map(quarter)) for name, caller, path in COUNTED]
    found: dict[str, list[Seen]] = {}
    settings = {"PANDUS_DATABASE_URL": wanted.database, "PANDUS_LOG_LEVEL": "info"}
    with serving("wsgi:app", settings) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for name, caller, path in (*lists, *counted):
            headers = {"Authorization": f"Bearer {getattr(Callers(), caller)}"}
            with browser.new_context(
                viewport={"width": 1280, "height": 800}, extra_http_headers=headers
            ) as context:
                page = context.new_page()
                first = f"http://127.0.0.1:{port}/console/{path}"
                found[name] = list(_looked_at(page, first, wanted.loads))
        browser.close()
    _print(found)
    if wanted.out:
        held = {name: [asdict(each) for each in seen] for name, seen in found.items()}
        wanted.out.write_bytes(orjson.dumps(held, option=orjson.OPT_INDENT_2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", required=True, help="SQLAlchemy address")
    parser.add_argument("--violations", type=int, default=200_000)
    parser.add_argument("--facilities", type=int, default=43_000)
    parser.add_argument("--loads", type=int, default=12, help="pages that are loaded of each list")
    parser.add_argument("--counted", action="store_true", help="only what is counted over an area, no list")
    parser.add_argument("--out", type=Path, help="file for the figures as JSON")
    return parser.parse_args()


def _looked_at(page: Page, first: str, loads: int) -> Iterator[Seen]:
    """Pages of a list: the first, the next, the first again. What comes before is not counted: files, plans."""
    tools, bytes_read = page.context.new_cdp_session(page), [0]
    tools.send("Network.enable")
    tools.on("Network.loadingFinished", lambda event: _count(bytes_read, event))
    for _ in range(4):
        _open(page, first)
    for address in islice(_ways(page, first), loads):
        yield _measured(page, address, tools, bytes_read)


def _ways(page: Page, first: str) -> Iterator[str]:
    while True:
        yield first
        following = page.locator("a[rel=next]")
        yield str(following.get_attribute("href")) if following.count() else first


def _measured(page: Page, address: str, _tools: CDPSession, bytes_read: list[int]) -> Seen:
    bytes_read[0] = 0
    _open(page, address if address.startswith("http") else "/".join(page.url.split("/")[:3]) + address)
    times: dict[str, Any] = page.evaluate(TIMES)
    return Seen(**{name: round(value, 1) for name, value in times.items()}, bytes=bytes_read[0])


def _open(page: Page, address: str) -> None:
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        sys.exit(f"{address} was answered with {answer and answer.status}")
    # What a page loads later is waited for, or it would be counted for the next page.
    page.locator("[hx-trigger=load]").wait_for(state="detached")


def _count(bytes_read: list[int], event: dict[str, Any]) -> None:
    bytes_read[0] += int(event["encodedDataLength"])


def _print(found: dict[str, list[Seen]]) -> None:
    print(
        f"{'ms':34}{'response p50':>13}{'p95':>7}{'usable p50':>12}{'p95':>7}{'load p95':>10}{'max':>7}{'kB':>7}"
    )
    listed = [each for name, *_ in LISTS for each in found.get(name, ())]
    together = [(f"all {len(listed)} pages of lists", listed)] if listed else []
    for name, seen in (*found.items(), *together):
        response, usable, load = ([getattr(each, n) for each in seen] for n in ("response", "usable", "load"))
        size = statistics.median(each.bytes for each in seen) / 1000
        print(
            f"{name:34}{_share(response, 0.5):13.0f}{_share(response, 0.95):7.0f}{_share(usable, 0.5):12.0f}"
            f"{_share(usable, 0.95):7.0f}{_share(load, 0.95):10.0f}{max(load):7.0f}{size:7.1f}"
        )


def _share(values: Sequence[float], part: float) -> float:
    return sorted(values)[round(part * (len(values) - 1))]


if __name__ == "__main__":
    main()
