// What a program in JavaScript does: SQL over HTTP, Arrow back, values of every type.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { RecordBatchReader, tableFromIPC } from "apache-arrow";

const facts = JSON.parse(await readFile(process.env.LIMNO_FACTS, "utf8"));

function post(body, headers = {}) {
  return fetch(`${process.env.LIMNO_HTTP}/api/query`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/vnd.apache.arrow.stream",
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

async function ask(body, headers) {
  const response = await post(body, headers);
  if (!response.ok) throw new Error(await response.text());
  return tableFromIPC(await response.arrayBuffer());
}

// Given the response itself, apache-arrow takes a connection that broke for the end of the answer.
async function* bytesOf(response) {
  for await (const bytes of response.body) yield bytes;
}

// The nanoseconds of a column of times: get() gives milliseconds as a number, too coarse for them.
const nanoseconds = (column) => column.data.flatMap((chunk) => [...chunk.values]);

async function logsOfEveryApplication() {
  for (const processId of Object.values(facts.shop)) {
    const where = `WHERE process_id = '${processId}'`;
    const table = await ask({
      sql: `SELECT level, msg, properties FROM log_entries ${where}`,
      begin: facts.begin,
      end: facts.end,
    });
    assert.equal(table.numRows, facts.shop_counts.logs);
    assert.deepEqual([...new Set(table.getChild("level"))].sort(), [1, 2, 3, 4, 5, 6]);
    const order = table.toArray().find((row) => row.msg === "order 4 of ann");
    assert.deepEqual(order.properties.toJSON(), { item: "i1" });
    const values = await ask({ sql: `SELECT value FROM measures ${where} AND value >= 0` });
    assert.equal(values.getChild("value").toArray().reduce((a, b) => a + b), (249 * 250) / 4);
  }
}

async function timesAreExact() {
  const expected = facts.clockwork_rows;
  for (const processId of Object.values(facts.clockwork)) {
    const table = await ask({
      sql: "SELECT time, level, msg, properties FROM log_entries WHERE process_id = ? ORDER BY time",
      params: [processId],
    });
    // JSON.parse rounds such numbers, so the file's are read as text.
    const text = await readFile(process.env.LIMNO_FACTS, "utf8");
    const exact = [...text.matchAll(/"time_ns": (\d+)/g)].map((match) => BigInt(match[1]));
    assert.deepEqual(nanoseconds(table.getChild("time")), exact);
    assert.deepEqual([...table.getChild("msg")], expected.map((row) => row.msg));
    assert.deepEqual([...table.getChild("level")], expected.map((row) => row.level));
    const properties = [...table.getChild("properties")].map((pairs) => pairs.toJSON());
    assert.deepEqual(properties, expected.map((row) => row.properties));
  }
}

async function everyType() {
  const table = await ask({ sql: facts.every_type });
  assert.deepEqual(table.schema.fields.map((field) => String(field.type)), [
    "Int64", "Bool", "Int8", "Int16", "Int32", "Int64", "Uint8", "Uint32", "Uint64", "Float32",
    "Float64", "Decimal[20e+2]", "Utf8", "Binary", "Date32<DAY>", "Time64<NANOSECOND>",
    "Timestamp<NANOSECOND, UTC>", "Duration<NANOSECOND>", "List<Int64>",
    "Struct<{a:Int64, b:Utf8}>", "Map<{key:Utf8, value:Utf8}>",
  ]);
  const [values, nulls] = table.toArray();
  const scalars = {
    id: 1n, yes: true, i8: -128, i16: 32767, i32: -2147483648, i64: 2n ** 63n - 1n, u8: 255,
    u32: 4294967295, u64: 2n ** 64n - 1n, f32: 0.5, f64: 0.1, txt: "grüße 🚀",
    tod: 86399123456789n, took: 1000000001n,
  };
  for (const [name, value] of Object.entries(scalars)) assert.equal(values[name], value, name);
  assert.equal(BigInt(String(values.dec)), -1234567890123456789n);
  assert.deepEqual([...values.bin], [0, 255, 16]);
  assert.equal(new Date(values.day).toISOString(), "2026-02-28T00:00:00.000Z");
  assert.equal(nanoseconds(table.getChild("ns"))[0], 1767323045123456789n);
  assert.deepEqual([...values.list], [1n, null, 3n]);
  assert.deepEqual(values.pair.toJSON(), { a: 1n, b: "x" });
  assert.deepEqual(values.attributes.toJSON(), { k: "v", ü: "" });
  for (const field of table.schema.fields) {
    assert.equal(nulls[field.name], field.name === "id" ? 2n : null);
  }
}

async function batchesAsTheyArrive() {
  const response = await post({ sql: "SELECT value FROM generate_series(1, 300000) AS t(value)" });
  assert.equal(response.status, 200);
  let rows = 0;
  for await (const batch of await RecordBatchReader.from(bytesOf(response))) rows += batch.numRows;
  assert.equal(rows, 300000);
}

async function anEmptyAnswerHasItsSchema() {
  const table = await ask({ sql: "SELECT time, msg FROM log_entries WHERE false" });
  assert.equal(table.numRows, 0);
  assert.deepEqual(table.schema.names, ["time", "msg"]);
}

async function mistakesAreExplained() {
  const response = await post({ sql: "SELECT nothing FROM log_entries" });
  assert.equal(response.status, 400);
  const { error } = await response.json();
  assert.equal(error.code, "unknown_column");
  assert.deepEqual([error.line, error.column], [1, 8]);
}

async function aQueryThatFailsLateIsNoShortAnswer() {
  for (const read of [
    async (response) => tableFromIPC(await response.arrayBuffer()),
    async (response) => tableFromIPC(bytesOf(response)),
    async (response) => tableFromIPC(response),
  ]) {
    const response = await post({ sql: facts.fails_late });
    assert.equal(response.status, 200);
    await assert.rejects(read(response));
  }
}

async function aConnectionThatBreaksIsNoShortAnswer() {
  const whole = await (await post({ sql: "SELECT value FROM generate_series(1, 300000) AS t(value)" })).arrayBuffer();
  const server = createServer((_, response) => {
    response.write(new Uint8Array(whole, 0, whole.byteLength >> 1), () => response.destroy());
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const broken = () => fetch(`http://127.0.0.1:${server.address().port}`);
  await assert.rejects(async () => tableFromIPC(await (await broken()).arrayBuffer()));
  await assert.rejects(async () => tableFromIPC(bytesOf(await broken())));
  server.close();
}

async function leavingStopsTheQuery() {
  const leave = new AbortController();
  const response = await fetch(`${process.env.LIMNO_HTTP}/api/query`, {
    method: "POST",
    signal: leave.signal,
    headers: { "Content-Type": "application/json", Accept: "application/vnd.apache.arrow.stream" },
    body: JSON.stringify({ sql: "SELECT value FROM generate_series(1, 100000000) AS t(value)" }),
  });
  await response.body.getReader().read();
  leave.abort();
  const running = "SELECT count(*) AS n FROM system.queries WHERE sql LIKE '%100000000%' AND sql NOT LIKE '%queries%'";
  for (;;) {
    const table = await ask({ sql: running });
    if (table.get(0).n === 0n) return;
  }
}

async function anEncryptedConnection() {
  const response = await fetch(`${process.env.LIMNO_HTTPS}/api/query`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/vnd.apache.arrow.stream" },
    body: JSON.stringify({ sql: "SELECT 41 + 1 AS answer" }),
  });
  assert.equal(tableFromIPC(await response.arrayBuffer()).get(0).answer, 42n);
}

async function plainJsonIsEnoughForSmallAnswers() {
  const response = await post(
    { sql: "SELECT level, count(*) AS n FROM log_entries GROUP BY level ORDER BY level" },
    { Accept: "application/json" },
  );
  const { rows, row_count } = await response.json();
  assert.equal(row_count, 6);
  assert.deepEqual(rows.map((row) => row.level), [1, 2, 3, 4, 5, 6]);
}

for (const check of [
  logsOfEveryApplication,
  timesAreExact,
  everyType,
  batchesAsTheyArrive,
  anEmptyAnswerHasItsSchema,
  mistakesAreExplained,
  aQueryThatFailsLateIsNoShortAnswer,
  aConnectionThatBreaksIsNoShortAnswer,
  leavingStopsTheQuery,
  anEncryptedConnection,
  plainJsonIsEnoughForSmallAnswers,
]) {
  await check();
  console.log(check.name, "ok");
}
