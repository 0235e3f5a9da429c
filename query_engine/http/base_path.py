"""The path in front of ours, which a reverse proxy takes off or leaves."""

from starlette.types import ASGIApp, Receive, Scope, Send


class BasePath:
    """
    ASGI middleware: routes, links and the description lead below a path.

    Args:
        app: What answers.
        path: As ``/lake``.
    """

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self._path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with the base path told apart from the rest."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if not f"{path}/".startswith(f"{self._path}/"):
                path = self._path + path
            scope = {**scope, "path": path, "root_path": self._path}
        await self._app(scope, receive, send)
