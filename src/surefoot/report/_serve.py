from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from surefoot.errors import BadInput, MissingExtra
from surefoot.report._live import Live

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from surefoot.store import Store


def live_app(store: Store, token: str = "") -> Starlette:
    """The live page as an ASGI application: read-only, all studies and each as it runs.

    Args:
        store: Whose studies.
        token: What a visitor must know. Without one only addresses of this machine are answered, whoever asks.

    Returns:
        The application.

    Raises:
        MissingExtra: Starlette is not installed.
    """
    try:
        from surefoot.report._app import application
    except ModuleNotFoundError as missing:
        raise MissingExtra("surefoot serve", "starlette", "serve") from missing
    return application(Live(store), token)


@contextmanager
def served(app: Starlette, host: str = "127.0.0.1", port: int = 0, token: str = "") -> Generator[str]:
    """Serve the live page from a thread of its own, as long as the context lasts.

    Args:
        app: Of ``live_app``.
        host: Where it listens.
        port: Likewise; 0 for any free one.
        token: Of the application.

    Yields:
        The address to open.

    Raises:
        BadInput: The place cannot be listened on.
        MissingExtra: uvicorn is not installed.
    """
    try:
        import uvicorn
    except ModuleNotFoundError as missing:
        raise MissingExtra("surefoot serve", "uvicorn", "serve") from missing
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, server_header=False, lifespan="off")
    server = uvicorn.Server(config)
    with _listen(host, port) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        shown = f"[{host}]" if ":" in host else host
        try:
            yield f"http://{shown}:{listening.getsockname()[1]}/{f'?token={token}' if token else ''}"
        finally:
            app.state.closing = server.should_exit = True
            thread.join()


def _listen(host: str, port: int) -> socket.socket:
    """Before anything is said, so that a port in use is a message and the address that is told is true."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as undone:
            listening = undone.enter_context(socket.socket(family, kind))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen()
            undone.pop_all()
            return listening
    except OSError as error:
        raise BadInput(f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port") from error
