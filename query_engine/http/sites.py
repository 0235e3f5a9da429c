"""
Which pages may make a browser ask: those of other sites only where a route is meant for all.

A page anywhere can make a browser follow a link to us, with whatever the browser is trusted with
here; it cannot read the answer, but asking costs a query. Browsers tell by Sec-Fetch-Site.
"""

from starlette.requests import Request

from query_engine.errors import ForeignSite


async def own_pages_only(request: Request) -> None:
    """
    Let pages of this site, the address line and programs pass.

    Raises:
        ForeignSite: A browser says that another site's page asks.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForeignSite(
            "another site's page asks; follow the link from a page of this one, or send POST to "
            "/api/query, which CORS decides about"
        )
