"""A way for requests that come by the thousand: past the framework's layers and its reading of parameters."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute


class Direct(APIRoute):
    """A route that takes the request itself, with the texts of its path, and gives a response.

    What it depends on is asked in turn with the request alone, as it is declared: who may not enter does not. Working
    out which parameter comes from where takes a third of an empty request's time.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What is called with a request."""
        return self.reply

    async def reply(self, request: Request) -> Response:
        """The response to a request."""
        for one in self.dependencies:
            if one.dependency:
                await one.dependency(request)
        response: Response = await self.endpoint(request, **request.path_params)
        return response
