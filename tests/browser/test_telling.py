"""The pages tell a wait as the kiosk, the counter and the paper do."""

from pathlib import Path

from playwright.sync_api import Page

from server.contract.telling import told_minutes

TELLING = Path(__file__).parents[2] / "server/entrypoints/web/static/telling.js"
ASK = """async ([source, ranges]) => {
  const { told } = await import("data:text/javascript," + encodeURIComponent(source));
  return ranges.map(([low_s, high_s]) => told({ low_s, high_s })).map(({ low, high }) => [low, high]);
}"""


def test_pages_tell_the_minutes_of_the_contract(page: Page) -> None:
    ranges = [(low, low + span) for low in range(-30, 4000, 17) for span in (0, 11, 60, 170, 1210)]

    told = page.evaluate(ASK, [TELLING.read_text(encoding="utf-8"), ranges])

    assert [tuple(each) for each in told] == [told_minutes(low_s, high_s) for low_s, high_s in ranges]
