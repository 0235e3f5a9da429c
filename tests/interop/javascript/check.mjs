// What a program in JavaScript does: SQL over HTTP, Arrow back, values of every type.

import { readFile } from "node:fs/promises";
import assert from "node:assert/strict";
import { tableFromIPC } from "apache-arrow";

const facts = JSON.parse(await readFile(process.env.LIMNO_FACTS, "utf8"));

async function ask(body) {
  const response = await fetch(`${process.env.LIMNO_HTTP}/api/query`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/vnd.apache.arrow.stream" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(JSON.stringify(await response.json()));
  return tableFromIPC(response);
}

for (const processId of Object.values(facts.shop)) {
  const table = await ask({ sql: `SELECT msg FROM log_entries WHERE process_id = '${processId}'` });
  assert.equal(table.numRows, facts.shop_counts.logs);
}
