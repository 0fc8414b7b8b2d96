// peer_undici.mjs NODE_MODULES PRICES_CSV PRICE_LIST - each price as an upsert, 32 at a time over undici's pool.
//
// MARKETPLACE_BASE_URL and MARKETPLACE_API_TOKEN say where. No ledger, no retries.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, path, list] = process.argv.slice(2);
const { Pool } = createRequire(`${modules}/`)("undici");
const base = new URL(process.env.MARKETPLACE_BASE_URL);
const pool = new Pool(base.origin, { connections: 8, pipelining: 1 });
const headers = { authorization: `Bearer ${process.env.MARKETPLACE_API_TOKEN}`, "content-type": "application/json" };

async function send(line) {
  const [sku, price] = line.split(",");
  const body = JSON.stringify({ sku, price, price_list: list, currency_type: "EUR" });
  const reply = await pool.request({ path: `${base.pathname}/product-prices/`, method: "POST", headers, body });
  await reply.body.dump();
  if (reply.statusCode !== 200 && reply.statusCode !== 201) {
    console.error(`${sku}: ${reply.statusCode}`);
    process.exit(1);
  }
}

const under = new Set();
let first = true;
for await (const line of createInterface({ input: createReadStream(path) })) {
  if (first || !line) {
    first = false;
    continue;
  }
  const one = send(line).finally(() => under.delete(one));
  under.add(one);
  if (under.size >= 32) await Promise.race(under);
}
await Promise.all(under);
await pool.close();
