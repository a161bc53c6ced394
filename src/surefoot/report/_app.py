"""The live page as an ASGI application; this module needs Starlette."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from surefoot.errors import BadStudy
from surefoot.report._live import Live
from surefoot.report._page import page

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
_GONE = '<p class="lede">This study is not there any more. <a href="/">All studies</a></p>'


def application(live: Live, token: str) -> Starlette:
    """Its pages and what guards them.

    Args:
        live: What they show.
        token: What a visitor must know; empty for nothing.

    Returns:
        The application. Once its ``state.closing`` is true, its streams of events end.
    """
    pages = _Pages(live, token)
    app = Starlette(
        routes=[Route("/", pages.show), Route("/study", pages.show), Route("/events", pages.events)],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=pages.guard)],
    )
    app.state.closing = False
    return app


class _Pages:
    """What is answered to which request."""

    def __init__(self, live: Live, token: str):
        self._live = live
        self._token = token

    async def show(self, request: Request) -> Response:
        """All studies, or those that are named."""
        names = _names(request)
        if request.url.path != "/" and not names:
            return PlainTextResponse("which study? /study?name=…", 404)
        try:
            body = await run_in_threadpool(self._live.body, names)
        except BadStudy as error:
            return PlainTextResponse(str(error), 404)
        events = f"/events?{urlencode([*(('name', name) for name in names), ('seen', _version(body))])}"
        return HTMLResponse(page(" · ".join(names) or "Studies", body, live=events, pictures=bool(names)))

    async def events(self, request: Request) -> Response:
        """What changes on such a page, as it changes."""
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        return StreamingResponse(self._changes(request, seen), media_type="text/event-stream")

    async def _changes(self, request: Request, seen: str) -> AsyncGenerator[str]:
        """Server-sent events: ``page`` with what is to be shown, where that changed, and ``heard`` now and then."""
        names, before, quiet = _names(request), None, 0
        yield "retry: 1000\n\n"
        while not request.app.state.closing:
            now, quiet = await run_in_threadpool(self._live.pulse, names), quiet + 1
            if now != before:
                before = now
                try:
                    body = await run_in_threadpool(self._live.body, names)
                except BadStudy:
                    body = _GONE
                if (version := _version(body)) != seen:
                    seen, quiet = version, 0
                    yield f"id: {seen}\nevent: page\ndata: {json.dumps(body)}\n\n"
            if quiet % _HEARD == 1:
                yield "event: heard\ndata: \n\n"
            await asyncio.sleep(_ASK)

    async def guard(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Refuse who may not look; forbid what a browser might do with an answer."""
        refused = _refused(request, self._token)
        if refused:
            response: Response = PlainTextResponse(refused[1], refused[0])
        elif self._token and "token" in request.query_params:
            response = _without_token(request)
            response.set_cookie(_COOKIE, self._token, httponly=True, samesite="strict")
        else:
            response = await answer(request)
        response.headers.update(_HEADERS)
        return response


def _version(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _names(request: Request) -> tuple[str, ...]:
    return tuple(dict.fromkeys(request.query_params.getlist("name")))


def _without_token(request: Request) -> Response:
    """To the same address less its token, so that it stays in no history and in no picture of the screen."""
    names = _names(request)
    return RedirectResponse(f"/study?{urlencode([('name', name) for name in names])}" if names else "/", 303)


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
