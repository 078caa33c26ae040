"""The house keeps its own rules: four names, its floors, its promises about what stands in the tree."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("kiosk", "counter", "server", "devices")
TOP_LEVEL = {".ci", ".git", "config", "tests", *ROOMS}
LONGEST_FILE = 400
CODE = {".py", ".qml", ".js", ".css", ".html"}


def tracked() -> list[Path]:
    """Every file that git knows or would take in."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("room", ROOMS)
def test_package_name_is_ours(room: str) -> None:
    module = importlib.import_module(room)

    assert module.__file__ == str(ROOT / room / "__init__.py")
    assert Path(module.__file__).read_bytes() == b""


def test_distribution_holds_exactly_the_four_packages() -> None:
    top_level = (distribution("powerhall").read_text("top_level.txt") or "").split()

    assert sorted(top_level) == sorted(ROOMS)


def test_top_level_folders_are_the_plan() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if len(path.relative_to(ROOT).parts) > 1}

    assert folders <= TOP_LEVEL


def test_files_stay_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked()
        if path.suffix in CODE
    }

    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


FORBIDDEN = {
    "an absolute path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]+|tmp/[a-z]+)/"),
    "the address of a package registry": re.compile(
        r"pypi\.[o]rg|python[h]osted\.org|npm[j]s\.(?:org|com)|deb\.[d]ebian\.org|files\.[p]ythonhosted"
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_tree_does_not_hold(what: str) -> None:
    found = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in FORBIDDEN[what].finditer(text)]

    assert found == []


def test_web_assets_are_locked_without_addresses() -> None:
    lock = json.loads((ROOT / "server/entrypoints/web/package-lock.json").read_text(encoding="utf-8"))

    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


def test_view_models_know_no_widget() -> None:
    seen = re.compile(r"^\s*(?:from|import) PySide6[. ].*\bQt(?:Widgets|Qml)\b", re.MULTILINE)
    sources = [path for room in ("kiosk", "counter") for path in (ROOT / room / "viewmodels").rglob("*.py")]

    assert sources
    assert [str(path.relative_to(ROOT)) for path in sources if seen.search(path.read_text(encoding="utf-8"))] == []


def test_the_front_page_names_what_is_there() -> None:
    """Its files, and the methods along the way of one ticket."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    sources = {path: path.read_text(encoding="utf-8") for path in tracked() if path.suffix == ".py"}

    files = re.findall(r"(?:(?:tests|kiosk|counter|devices|server)/[\w/*.-]+|\btest_\w+\.py)", page)
    ways = set(re.findall(r"\b([A-Z][a-z]\w+)\.([a-z_]\w+)", page))

    assert len(files) > 30
    assert [name for name in files if not any(ROOT.glob(f"**/{name.strip('.')}"))] == []
    assert len(ways) > 20
    assert [
        f"{kind}.{act}"
        for kind, act in ways
        if not any(f"class {kind}" in text and f"def {act}" in text for text in sources.values())
    ] == []


# -- floors ------------------------------------------------------------
BY_CONTRACT = "Screens and devices know the server by its contract and link alone"
PURE = "Judgement knows no wire, screen or disk"
VIOLATIONS = {
    "domain reaches up to application": ("server/domain", "import server.application", "Floors"),
    "contract reaches up to link": ("server/contract", "import server.link", "Floors"),
    "forecasting reaches up to link": ("server/forecasting", "import server.link", "Floors"),
    "link reaches up to application": ("server/link", "import server.application", "Floors"),
    "application reaches up to adapters": ("server/application", "import server.adapters", "Floors"),
    "adapters and entrypoints know each other": ("server/adapters", "import server.entrypoints", "Floors"),
    "entrypoints reach up to bootstrap": ("server/entrypoints", "import server.bootstrap", "Floors"),
    "server reaches up to devices": ("server/demo", "import devices", "Floors"),
    "devices reach up to kiosk": ("devices", "import kiosk", "Floors"),
    "kiosk and counter know each other": ("kiosk", "import counter", "Floors"),
    "kiosk knows the domain": ("kiosk", "import server.domain", BY_CONTRACT),
    "counter knows settings": ("counter", "import server.settings", BY_CONTRACT),
    "devices know adapters": ("devices", "import server.adapters", BY_CONTRACT),
    "domain touches a database": ("server/domain", "import sqlite3", PURE),
    "application speaks SQL": ("server/application", "import sqlalchemy", PURE),
    "contract knows a web framework": ("server/contract", "import fastapi", PURE),
    "forecasting speaks MQTT": ("server/forecasting", "import paho.mqtt", PURE),
    "forecasting opens a port": ("server/forecasting", "import serial", PURE),
    "domain needs pydantic": ("server/domain", "import pydantic", "The domain needs the standard library alone"),
    "server shows a window": ("server/adapters", "import PySide6.QtCore", "The server needs no Qt"),
    "view-models know widgets": ("counter/viewmodels", "import counter.widgets", "View-models know no widget"),
    "a driver knows its simulator": (
        "devices/rating_pad/driver.py",
        "import devices.rating_pad.simulator",
        "Drivers meet simulators only in the registry",
    ),
    "visit knows Qt": ("kiosk/visit.py", "import PySide6.QtCore", "Step machines know no wire, screen or disk"),
    "desk knows HTTP": ("counter/desk.py", "import httpx", "Step machines know no wire, screen or disk"),
}


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code alone, for breaking."""
    home = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", home)
    for path in tracked():
        target = home / path.relative_to(ROOT)
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ROOMS:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return home


def test_contracts_hold(copy: Path) -> None:
    result = lint_imports(copy)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("place", "line", "contract"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_contract_catches(copy: Path, place: str, line: str, contract: str) -> None:
    target = copy / place if place.endswith(".py") else copy / place / "broken_on_purpose.py"
    before = target.read_bytes() if target.exists() else None
    target.write_bytes((before or b"") + f"\n{line}\n".encode())
    try:
        result = lint_imports(copy)
    finally:
        if before is None:
            target.unlink()
        else:
            target.write_bytes(before)

    assert result.returncode == 1, result.stdout
    assert re.search(rf"^{re.escape(contract)}.* BROKEN", result.stdout, re.MULTILINE), result.stdout
