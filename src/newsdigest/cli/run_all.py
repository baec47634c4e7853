"""`run` and `scheduler`: the clock and the web in one process, or the clock alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsdigest.cli.common import opened

if TYPE_CHECKING:
    import asyncio
    import socket

    from newsdigest.assembly import Assembly


@click.command()
@click.option("--host", help="Address to listen on (default: web.host of the settings).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (default: web.port of the settings).")
@click.pass_obj
def run(folder: Path, host: str | None, port: int | None) -> int:
    """Run the scheduler and the web in one process until told to stop."""
    with opened(folder) as assembly:
        web = assembly.workspace.main.web
        return serve_all(assembly, host=host or web.host, port=port or web.port)


@click.command()
@click.pass_obj
def scheduler(folder: Path) -> int:
    """Run only the clock: the jobs, without the web."""
    with opened(folder) as assembly:
        return serve_all(assembly, host="", port=0)


@click.command()
@click.option(
    "--concurrency", type=click.IntRange(1, 32), default=2, show_default=True, help="Nudges at a time."
)
@click.pass_obj
def worker(folder: Path, concurrency: int) -> int:
    """Run what the scheduler hands out (PostgreSQL only); start as many as wanted."""
    from newsdigest.worker import work

    with opened(folder) as assembly:
        work(assembly, concurrency=concurrency)
    return 0


def serve_all(assembly: Assembly, *, host: str, port: int, has_clock: bool = True) -> int:
    """
    Serve the web on host and port (none when host is empty) and tick, until SIGTERM or Ctrl-C.

    Running jobs come to a clean end before the process does.
    """
    import asyncio

    # All that can be wrong from the start comes first; then nothing else begins.
    assembly.require_sound()
    listening = listen(host, port) if host else None
    with assembly.watched():
        return asyncio.run(_serve(assembly, listening, has_clock))


def listen(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens there.

    Raises:
        UsageError: The port is taken, not ours to take, or the address is not this machine's.
    """
    from newsdigest.errors import UsageError
    from newsdigest.web.server import bind

    try:
        return bind(host, port)
    except OSError as error:
        raise UsageError(
            f"{host}:{port}: cannot listen there ({error.strerror or error}); stop what does, or choose another --port"
        ) from error


async def _serve(assembly: Assembly, listening: socket.socket | None, has_clock: bool) -> int:
    import asyncio
    import signal

    from newsdigest.scheduler import tick, tick_for_workers

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    tasks: list[asyncio.Task[None]] = []
    if has_clock:
        queue = assembly.queue()
        ticking = tick_for_workers(assembly, queue, stop) if queue else tick(assembly, stop)
        tasks.append(asyncio.create_task(ticking))
        await asyncio.sleep(0)  # it takes its lock, or ends because another one has it
        if tasks[0].done():
            await tasks[0]
    if listening:
        tasks.append(asyncio.create_task(_serve_web(assembly, listening, stop)))
    # Whichever ends first (told to stop, or by an error) ends the other.
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    await asyncio.gather(*tasks)
    return 0


async def _serve_web(assembly: Assembly, listening: socket.socket, stop: asyncio.Event) -> None:
    import asyncio

    from newsdigest.web.app import create_app
    from newsdigest.web.server import web_server

    server = web_server(create_app(assembly))
    host, port = listening.getsockname()[:2]
    click.echo(f"newsroom on http://{f'[{host}]' if ':' in host else host}:{port}/  (Ctrl-C ends)")
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
