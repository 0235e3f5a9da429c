"""A question over HTTP, as the tests of the door ask it."""


def ask(client, sql, accept=None, headers=None, **body):
    """Ask a question; what is given beside the SQL goes into the body."""
    headers = {**(headers or {}), **({"Accept": accept} if accept else {})}
    return client.post("/api/query", json={"sql": sql, **body}, headers=headers)
