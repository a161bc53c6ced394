from __future__ import annotations

import secrets
import threading

import click

_HERE = {"127.0.0.1", "localhost", "::1"}


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=7733, show_default=True, help="0 takes any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Another one needs a token to be looked at.")
@click.option("--token", help="What a visitor must know; made up where --host is not this machine's own.")
@click.option("--store", default="default", metavar="PATH|URL", help="Where studies are kept (default ./.surefoot).")
def serve(port: int, host: str, token: str | None, store: str) -> int:
    """Show all studies in a browser, live as they run.

    The page changes by itself as stages come in. It only shows: nothing can be changed or started through it. It is
    answered on this machine alone, unless --host says otherwise, and then to those who know the token.
    """
    from surefoot.report import live_app, served
    from surefoot.store import open_store

    if token is None and host not in _HERE:
        token = secrets.token_urlsafe(16)
    opened = open_store(store)
    try:
        with served(live_app(opened, token or ""), host, port, token or "") as address:
            click.echo(address, err=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        opened.close()
    return 0
