"""The files of deploy/: what can be checked here by the tools that will read them, is (absent tools are named)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def checked(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nginx_reads_its_file(tmp_path: Path):
    """`nginx -t`, with a certificate of our own in the places the file names."""
    nginx, openssl = tool("nginx"), tool("openssl")
    checked(
        openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(tmp_path / "privkey.pem"), "-out",
        str(tmp_path / "fullchain.pem"), "-days", "2", "-subj", "/CN=digest.example.org",
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/digest.example.org", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    (tmp_path / "site.conf").write_text(text, encoding="utf-8")
    whole = f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\nhttp {{ include {tmp_path}/site.conf; }}\n"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    checked(nginx, "-t", "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log"))


def test_no_token_reaches_nginx_log():
    """Every public page with a token in its address is named in the map that cuts it off."""
    routes = (ROOT / "src" / "newsdigest" / "web" / "public.py").read_text(encoding="utf-8")
    pages = set(re.findall(r'Route\("/([a-z-]+)/\{token\}"', routes))
    (listed,) = re.findall(r"/\(([a-z|-]+)\)/", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert pages == set(listed.split("|"))


@pytest.mark.parametrize(
    "unit", ["newsdigest.service", "newsdigest-worker@.service", "newsdigest-part@.service"]
)
def test_systemd_reads_its_units(tmp_path: Path, unit: str):
    """`systemd-analyze verify`, with a program that exists in place of ours; the sandbox is a tight one."""
    analyze = tool("systemd-analyze")
    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    path = tmp_path / unit.replace("@.", "@1.")
    path.write_text(
        text.replace("/opt/newsdigest/bin/newsdigest", shutil.which("true") or ""), encoding="utf-8"
    )
    done = subprocess.run(
        [analyze, "verify", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    for promise in (
        "Type=notify",
        "WatchdogSec=",
        "TimeoutStopSec=150",
        "NoNewPrivileges=true",
        "ProtectSystem=strict",
    ):
        assert promise in text


def test_prometheus_reads_the_alerts():
    """`promtool check rules`."""
    checked(tool("promtool"), "check", "rules", str(DEPLOY / "alerts.yaml"))


def test_alerts_and_dashboard_ask_for_what_we_tell():
    """Every figure named there is one that `/metrics` writes."""
    told = set(
        re.findall(
            r'"(newsdigest_[a-z_]+)"', (ROOT / "src/newsdigest/assembly/operating.py").read_text("utf-8")
        )
    )
    for name in ("alerts.yaml", "grafana-dashboard.json"):
        asked = set(re.findall(r"newsdigest_[a-z_]+", (DEPLOY / name).read_text(encoding="utf-8")))
        assert asked
        assert asked <= told, name
    json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))


def test_compose_starts_what_there_is():
    """Its services run commands of ours, wait for the migration, and have time to end a send."""
    from newsdigest.cli import COMMANDS

    compose = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    ours = {name: one for name, one in compose["services"].items() if one.get("image") == "newsdigest"}
    assert set(ours) == {"migrate", "web", "worker", "scheduler"}
    for name, one in ours.items():
        assert one["stop_grace_period"] == "150s", name
        assert one["read_only"], name
        assert one["command"][0] == "sh" or one["command"][1] in COMMANDS
    assert all(
        one["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
        for name, one in ours.items()
        if name != "migrate"
    )


def test_the_image_installs_from_the_lock_and_runs_as_nobody_special():
    """Hashes are required, nothing is built in isolation, and the files it copies are there."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps --no-build-isolation" in line for line in installs)
    assert any(line.startswith("USER 10001") for line in lines)
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / name).exists() for name in line.split()[1:-1]), line
