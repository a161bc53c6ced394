from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from surefoot.errors import BadInput, BadStudy, MissingExtra
from surefoot.report._live import Live
from surefoot.report._page import page

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from surefoot.store import Store

_ASK = 0.5  # seconds between two looks at the store
_HEARD = 10  # looks without a change after which the page is told that the server is still there
_COOKIE = "surefoot"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


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
        from starlette.applications import Starlette
        from starlette.concurrency import run_in_threadpool
        from starlette.middleware import Middleware
        from starlette.middleware.base import BaseHTTPMiddleware
        from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, StreamingResponse
        from starlette.routing import Route
    except ModuleNotFoundError as missing:
        raise MissingExtra("surefoot serve", "starlette", "serve") from missing
    live = Live(store)

    async def show(request: Request) -> Response:
        names = _names(request)
        if request.url.path != "/" and not names:
            return PlainTextResponse("which study? /study?name=…", 404)
        try:
            body = await run_in_threadpool(live.body, names)
        except BadStudy as error:
            return PlainTextResponse(str(error), 404)
        events = f"/events?{urlencode([*(('name', name) for name in names), ('seen', _version(body))])}"
        title = " · ".join(names) or "Studies"
        return HTMLResponse(page(title, body, live=events, pictures=bool(names)))

    async def events(request: Request) -> Response:
        names = _names(request)
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        return StreamingResponse(
            _events(
                seen,
                lambda: app.state.closing,
                lambda: run_in_threadpool(live.pulse, names),
                lambda: run_in_threadpool(live.body, names),
            ),
            media_type="text/event-stream",
        )

    async def guard(request: Request, call_next: Callable[[Any], Any]) -> Response:
        refused = _refused(request, token)
        given = request.query_params.get("token", "")
        if refused:
            response: Response = PlainTextResponse(refused[1], refused[0])
        elif token and given:  # out of the address, so that it stays in no history and no picture of the screen
            rest = urlencode([(k, v) for k, v in request.query_params.multi_items() if k != "token"])
            response = RedirectResponse(f"{request.url.path}?{rest}" if rest else request.url.path, 303)
            response.set_cookie(_COOKIE, token, httponly=True, samesite="strict")
        else:
            response = await call_next(request)
        response.headers.update(_HEADERS)
        return response

    app = Starlette(
        routes=[Route("/", show), Route("/study", show), Route("/events", events)],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=guard)],
    )
    app.state.closing = False
    return app


async def _events(
    seen: str, closing: Callable[[], bool], pulse: Callable[[], Any], body: Callable[[], Any]
) -> AsyncGenerator[str]:
    """Server-sent events: ``page`` with what is to be shown, where that changed, and ``heard`` now and then."""
    import asyncio

    before, quiet = None, 0
    yield "retry: 1000\n\n"
    while not closing():
        now, quiet = await pulse(), quiet + 1
        if now != before:
            before = now
            try:
                shown = await body()
            except BadStudy:
                shown = '<p class="lede">This study is not there any more. <a href="/">All studies</a></p>'
            if (version := _version(shown)) != seen:
                seen, quiet = version, 0
                yield f"id: {seen}\nevent: page\ndata: {json.dumps(shown)}\n\n"
        if quiet % _HEARD == 1:
            yield "event: heard\ndata: \n\n"
        await asyncio.sleep(_ASK)


def _version(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _names(request: Request) -> tuple[str, ...]:
    return tuple(dict.fromkeys(request.query_params.getlist("name")))


def _refused(request: Request, token: str) -> tuple[int, str] | None:
    """Why a request is not answered: status and reason."""
    if request.method not in {"GET", "HEAD"}:
        return 405, "read-only"
    host = request.headers.get("host", "")
    if not token and not _is_here(host):
        return 403, "this address is not one of this machine's: a foreign Host header is not answered"
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{host}":
        return 403, "asked for by another site"
    if token:
        authorization = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = request.query_params.get("token") or request.cookies.get(_COOKIE) or authorization
        if not hmac.compare_digest(given.encode(), token.encode()):
            return 401, "this page needs its token: the address that surefoot serve printed has it"
    return None


def _is_here(host: str) -> bool:
    """Whether a Host header can only mean this machine, whatever a name server says."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


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
