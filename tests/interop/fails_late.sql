SELECT value, repeat('x', 30) AS text FROM generate_series(1, 1000000) AS t(value)
UNION ALL
SELECT CAST('x' || v AS BIGINT), '' FROM (SELECT value AS v FROM generate_series(1, 3) AS t(value)) AS wrong
