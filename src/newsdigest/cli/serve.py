"""`serve` and `retention`: the web alone, and the job that lets go of what is not needed any more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from newsdigest.cli.common import json_option, now_option, opened, print_json


@click.command()
@click.option("--host", help="Address to listen on (default: web.host of the settings).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default: web.port; 0 takes a free one).")
@click.option("--public-only", is_flag=True, help="Without the newsroom.")
@click.pass_obj
def serve(folder: Path, host: str | None, port: int | None, public_only: bool) -> int:
    """Serve newsroom and public pages until told to stop; the jobs run elsewhere (`scheduler`)."""
    import asyncio

    from newsdigest.cli.run_all import listen
    from newsdigest.web.app import create_app
    from newsdigest.web.server import web_server

    with opened(folder) as assembly:
        web = assembly.workspace.main.web
        chosen_host, chosen_port = host or web.host, web.port if port is None else port
        assembly.require_sound()
        listening = listen(chosen_host, chosen_port)
        app = create_app(assembly, has_newsroom=not public_only)
        click.echo(f"listening on http://{chosen_host}:{listening.getsockname()[1]}/  (Ctrl-C ends)")
        with assembly.watched():
            asyncio.run(_serve(web_server(app), listening))
    return 0


async def _serve(server: object, listening: object) -> None:
    import asyncio
    import signal

    from newsdigest.web.server import QuietServer

    assert isinstance(server, QuietServer)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    await server.serve(sockets=[listening])  # type: ignore[list-item]  # a socket, imported late


@click.command()
@now_option
@json_option
@click.pass_obj
def retention(folder: Path, now: datetime | None, as_json: bool) -> int:
    """Let go of what is past its period (config: `retention`, `subscribing`) and say what went."""
    with opened(folder, now) as assembly:
        report = assembly.retain_report()
    line = report.line
    if as_json:
        print_json({"report": line, "counts": report.counts})
    else:
        click.echo(line or "nothing was due")
    return 0
