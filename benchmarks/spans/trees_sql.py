"""The functions over call trees as SQL: recursion over parents, windows over siblings."""

_PATHS = """
p{side} AS (
  SELECT id, parent, "begin", "end", name AS path FROM {side} WHERE parent = 0
  UNION ALL
  SELECT c.id, c.parent, c."begin", c."end", p.path || ';' || c.name
  FROM {side} c JOIN p{side} p ON c.parent = p.id
),
within{side} AS (
  SELECT parent AS id, sum(greatest(last - greatest(first, before), 0))::BIGINT AS covered
  FROM (
    SELECT parent, "begin" AS first, "end" AS last,
      coalesce(max("end") OVER (
        PARTITION BY parent ORDER BY "begin" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      ), 0) AS before
    FROM {side} WHERE parent <> 0
  ) GROUP BY parent
),
flame{side} AS (
  SELECT path, count(*) AS count, sum("end" - "begin")::BIGINT AS inclusive,
    sum("end" - "begin" - coalesce(covered, 0))::BIGINT AS self,
    min("end" - "begin") AS min, max("end" - "begin") AS max
  FROM p{side} LEFT JOIN within{side} USING (id) GROUP BY path
)
"""

FLAME = f"""
WITH RECURSIVE {_PATHS.format(side="a")}
SELECT path, path.split(';')[-1] AS name, len(path.split(';')) - 1 AS depth,
  CASE WHEN path LIKE '%;%' THEN array_to_string(path.split(';')[:-2], ';') END AS parent_path,
  count, inclusive, self, min, max
FROM flamea
"""

DIFFERENCE = f"""
WITH RECURSIVE {_PATHS.format(side="a")}, {_PATHS.format(side="b")}
SELECT path,
  coalesce(a.count, 0) AS count_a, coalesce(b.count, 0) AS count_b,
  coalesce(a.inclusive, 0) AS inclusive_a, coalesce(b.inclusive, 0) AS inclusive_b,
  coalesce(a.self, 0) AS self_a, coalesce(b.self, 0) AS self_b
FROM flamea a FULL JOIN flameb b USING (path)
"""

TREE = """
WITH RECURSIVE numbered AS (
  SELECT *,
    row_number() OVER (PARTITION BY parent_span_id ORDER BY start_time, rowid) AS place
  FROM spans
),
tree AS (
  SELECT span_id, 0 AS depth, name AS path, [place] AS places
  FROM numbered WHERE parent_span_id IS NULL
  UNION ALL
  SELECT c.span_id, t.depth + 1, t.path || ';' || c.name, list_append(t.places, c.place)
  FROM numbered c JOIN tree t ON c.parent_span_id = t.span_id
)
SELECT row_number() OVER (ORDER BY places) - 1 AS row, depth, path, span_id FROM tree
"""

# Calls that follow one another: what a span waited for is each of its children, so that no search
# for the last one that had ended is needed, and own time is what lies between them.
CRITICAL_PATH = """
WITH RECURSIVE timed AS (
  SELECT span_id, parent_span_id, epoch_ns(start_time) AS first, epoch_ns(end_time) AS last
  FROM spans
),
reached AS (
  SELECT * FROM timed WHERE parent_span_id IS NULL AND last > first
  UNION ALL
  SELECT c.* FROM timed c JOIN reached r ON c.parent_span_id = r.span_id WHERE c.last > c.first
),
edges AS (
  SELECT span_id AS owner, first AS stop, first AS resume FROM reached
  UNION ALL
  SELECT span_id, last, last FROM reached
  UNION ALL
  SELECT parent_span_id, first, last FROM reached WHERE parent_span_id IS NOT NULL
),
stretches AS (
  SELECT owner AS span_id,
    lag(resume) OVER (PARTITION BY owner ORDER BY stop, resume) AS begin, stop AS end
  FROM edges
)
SELECT span_id, "begin", "end" FROM stretches WHERE "end" > "begin"
"""
