// Answers, a JSON line for each JSON line on stdin, how PostgreSQL plans queries.
// {"setup": [SQL ...], "queries": [{"types": [...], "sql": "..."} ...]} -> {"setup": [error or null ...], "plans": [plan or {"error"} ...]}
// {"script": "SQL", "ask": [SQL ...]} -> {"error": ..., "rows": [[...] ...]}
import { createInterface } from "node:readline";
import { PGlite } from "@electric-sql/pglite";

const database = await PGlite.create();
await database.exec("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET client_min_messages = error");

async function attempt(sql) {
  try {
    await database.exec(sql);
    return null;
  } catch (error) {
    return String(error.message);
  }
}

async function plan(query) {
  const types = query.types.length ? `(${query.types.join(", ")})` : "";
  const values = query.types.length ? `(${query.types.map(() => "NULL").join(", ")})` : "";
  try {
    await database.exec(`PREPARE asked${types} AS ${query.sql}`);
  } catch (error) {
    return { error: String(error.message) };
  }
  try {
    const result = await database.query(`EXPLAIN (FORMAT JSON) EXECUTE asked${values}`);
    return result.rows[0]["QUERY PLAN"];
  } catch (error) {
    return { error: String(error.message) };
  } finally {
    await database.exec("DEALLOCATE asked");
  }
}

async function answer(request) {
  await database.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  if (request.script !== undefined) {
    const error = await attempt(request.script);
    const rows = [];
    for (const sql of request.ask) rows.push((await database.query(sql)).rows);
    return { error, rows };
  }
  const setup = [];
  for (const sql of request.setup) setup.push(await attempt(sql));
  const plans = [];
  for (const query of request.queries) plans.push(await plan(query));
  return { setup, plans };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
process.exit(0);
