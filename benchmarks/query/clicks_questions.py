"""
Forty-three questions of web analytics over one wide table, in the shapes of ClickBench.

The texts are ours. Where the order of the rows would be left open, further keys close it, so that
the answers of the engines can be compared; ``any_rows`` marks those whose rows stay open.
"""

from benchmarks.query.suite import Question

PAGES = "counter_id = 62 AND event_date >= DATE '2026-07-01' AND event_date <= DATE '2026-07-31'"
COUNTED = f"{PAGES} AND dont_count_hits = 0 AND is_refresh = 0"
TOTALS = (
    "SELECT count(*) AS n FROM hits",
    "SELECT count(*) AS n FROM hits WHERE adv_engine_id <> 0",
    "SELECT sum(adv_engine_id) AS a, count(*) AS n, avg(resolution_width) AS w FROM hits",
    "SELECT avg(user_id) AS a FROM hits",
    "SELECT count(DISTINCT user_id) AS n FROM hits",
    "SELECT count(DISTINCT search_phrase) AS n FROM hits",
    "SELECT min(event_date) AS first, max(event_date) AS last FROM hits",
)
TOP = (
    (
        "SELECT adv_engine_id, count(*) AS n FROM hits WHERE adv_engine_id <> 0"
        " GROUP BY adv_engine_id ORDER BY n DESC"
    ),
    (
        "SELECT region_id, count(DISTINCT user_id) AS u FROM hits GROUP BY region_id"
        " ORDER BY u DESC, region_id LIMIT 10"
    ),
    (
        "SELECT region_id, sum(adv_engine_id) AS a, count(*) AS n, avg(resolution_width) AS w,"
        " count(DISTINCT user_id) AS u FROM hits GROUP BY region_id"
        " ORDER BY n DESC, region_id LIMIT 10"
    ),
    (
        "SELECT mobile_phone_model, count(DISTINCT user_id) AS u FROM hits"
        " WHERE mobile_phone_model <> '' GROUP BY mobile_phone_model"
        " ORDER BY u DESC, mobile_phone_model LIMIT 10"
    ),
    (
        "SELECT mobile_phone, mobile_phone_model, count(DISTINCT user_id) AS u FROM hits"
        " WHERE mobile_phone_model <> '' GROUP BY mobile_phone, mobile_phone_model"
        " ORDER BY u DESC, mobile_phone, mobile_phone_model LIMIT 10"
    ),
    (
        "SELECT search_phrase, count(*) AS n FROM hits WHERE search_phrase <> ''"
        " GROUP BY search_phrase ORDER BY n DESC, search_phrase LIMIT 10"
    ),
    (
        "SELECT search_phrase, count(DISTINCT user_id) AS u FROM hits WHERE search_phrase <> ''"
        " GROUP BY search_phrase ORDER BY u DESC, search_phrase LIMIT 10"
    ),
    (
        "SELECT search_engine_id, search_phrase, count(*) AS n FROM hits WHERE search_phrase <> ''"
        " GROUP BY search_engine_id, search_phrase ORDER BY n DESC, 1, 2 LIMIT 10"
    ),
    "SELECT user_id, count(*) AS n FROM hits GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10",
    (
        "SELECT user_id, search_phrase, count(*) AS n FROM hits GROUP BY user_id, search_phrase"
        " ORDER BY n DESC, user_id, search_phrase LIMIT 10"
    ),
)
ANY_TEN = "SELECT user_id, search_phrase, count(*) AS n FROM hits GROUP BY 1, 2 LIMIT 10"
SEARCHES = (
    (
        "SELECT user_id, extract(minute FROM event_time) AS m,"
        " search_phrase, count(*) AS n FROM hits"
        " GROUP BY user_id, m, search_phrase ORDER BY n DESC, user_id, m, search_phrase LIMIT 10"
    ),
    "SELECT user_id FROM hits WHERE user_id = {user}",
    "SELECT count(*) AS n FROM hits WHERE url LIKE '%google%'",
    (
        "SELECT search_phrase, min(url) AS url, count(*) AS n FROM hits"
        " WHERE url LIKE '%google%' AND search_phrase <> '' GROUP BY search_phrase"
        " ORDER BY n DESC, search_phrase LIMIT 10"
    ),
    (
        "SELECT search_phrase, min(url) AS url, min(title) AS title, count(*) AS n,"
        " count(DISTINCT user_id) AS u FROM hits WHERE title LIKE '%Google%'"
        " AND url NOT LIKE '%.google.%' AND search_phrase <> '' GROUP BY search_phrase"
        " ORDER BY n DESC, search_phrase LIMIT 10"
    ),
    (
        "SELECT watch_id, event_time, url, title, referer, user_id"
        " FROM hits WHERE url LIKE '%google%'"
        " ORDER BY event_time, watch_id LIMIT 10"
    ),
    (
        "SELECT search_phrase, event_time, watch_id FROM hits WHERE search_phrase <> ''"
        " ORDER BY event_time, watch_id LIMIT 10"
    ),
    "SELECT search_phrase FROM hits WHERE search_phrase <> '' ORDER BY search_phrase LIMIT 10",
    (
        "SELECT search_phrase, event_time FROM hits WHERE search_phrase <> ''"
        " ORDER BY event_time, search_phrase LIMIT 10"
    ),
    (
        "SELECT counter_id, avg(length(url)) AS l, count(*) AS n FROM hits WHERE url <> ''"
        " GROUP BY counter_id HAVING count(*) > {many} ORDER BY l DESC, counter_id LIMIT 25"
    ),
    (
        "SELECT regexp_replace(referer, '^https?://(?:www\\.)?([^/]+)/.*$', '\\1') AS k,"
        " avg(length(referer)) AS l, count(*) AS n, min(referer) AS example FROM hits"
        " WHERE referer <> '' GROUP BY k HAVING count(*) > {many} ORDER BY l DESC, k LIMIT 25"
    ),
    "SELECT {sums} FROM hits",
    (
        "SELECT search_engine_id, client_ip, count(*) AS n, sum(is_refresh) AS r,"
        " avg(resolution_width) AS w FROM hits WHERE search_phrase <> ''"
        " GROUP BY search_engine_id, client_ip ORDER BY n DESC, 1, 2 LIMIT 10"
    ),
    (
        "SELECT watch_id, client_ip, count(*) AS n, sum(is_refresh)"
        " AS r, avg(resolution_width) AS w"
        " FROM hits WHERE search_phrase <> '' GROUP BY watch_id, client_ip"
        " ORDER BY n DESC, watch_id LIMIT 10"
    ),
    (
        "SELECT watch_id, client_ip, count(*) AS n, sum(is_refresh)"
        " AS r, avg(resolution_width) AS w"
        " FROM hits GROUP BY watch_id, client_ip ORDER BY n DESC, watch_id LIMIT 10"
    ),
    "SELECT url, count(*) AS n FROM hits GROUP BY url ORDER BY n DESC, url LIMIT 10",
    "SELECT 1 AS one, url, count(*) AS n FROM hits GROUP BY 1, url ORDER BY n DESC, url LIMIT 10",
    (
        "SELECT client_ip, client_ip - 1 AS a, client_ip - 2 AS b,"
        " client_ip - 3 AS c, count(*) AS n"
        " FROM hits GROUP BY 1, 2, 3, 4 ORDER BY n DESC, client_ip LIMIT 10"
    ),
)
PAGE_VIEWS = (
    (
        f"SELECT url, count(*) AS n FROM hits WHERE {COUNTED} AND url <> ''"
        " GROUP BY url ORDER BY n DESC, url LIMIT 10"
    ),
    (
        f"SELECT title, count(*) AS n FROM hits WHERE {COUNTED} AND title <> ''"
        " GROUP BY title ORDER BY n DESC, title LIMIT 10"
    ),
    (
        f"SELECT url, count(*) AS n FROM hits WHERE {PAGES} AND is_refresh = 0 AND is_link <> 0"
        " AND is_download = 0 GROUP BY url ORDER BY n DESC, url LIMIT 10 OFFSET 1000"
    ),
    (
        "SELECT traffic_source_id, search_engine_id, adv_engine_id,"
        " CASE WHEN search_engine_id = 0 AND adv_engine_id = 0 THEN referer ELSE '' END AS src,"
        f" url AS dst, count(*) AS n FROM hits WHERE {PAGES} AND is_refresh = 0"
        " GROUP BY traffic_source_id, search_engine_id, adv_engine_id, src, dst"
        " ORDER BY n DESC, 1, 2, 3, 4, 5 LIMIT 10 OFFSET 1000"
    ),
    (
        f"SELECT url_hash, event_date, count(*) AS n FROM hits WHERE {PAGES} AND is_refresh = 0"
        " AND traffic_source_id IN (-1, 6) AND referer_hash = {hash}"
        " GROUP BY url_hash, event_date ORDER BY n DESC, 1, 2 LIMIT 10 OFFSET 100"
    ),
    (
        f"SELECT window_width, window_height, count(*) AS n FROM hits WHERE {COUNTED}"
        " AND url_hash = {hash} GROUP BY 1, 2 ORDER BY n DESC, 1, 2 LIMIT 10 OFFSET 100"
    ),
    (
        "SELECT date_trunc('minute', event_time) AS m, count(*) AS n FROM hits"
        " WHERE counter_id = 62 AND event_date >= DATE '2026-07-14'"
        " AND event_date <= DATE '2026-07-15'"
        " AND is_refresh = 0 AND dont_count_hits = 0 GROUP BY m ORDER BY m LIMIT 10 OFFSET 1000"
    ),
)
SUMS = ", ".join(f"sum(resolution_width + {number}) AS s{number}" for number in range(90))


def questions() -> tuple[Question, ...]:
    """Return all forty-three, numbered in order."""
    texts = (*TOTALS, *TOP, ANY_TEN, *SEARCHES, *PAGE_VIEWS)
    return tuple(
        Question(f"c{at:02d}", text.replace("{sums}", SUMS), any_rows=text == ANY_TEN)
        for at, text in enumerate(texts, start=1)
    )
