// What every account holds, by rustledger in WebAssembly.
// usage: node rustledger.mjs FOLDER-OF-NODE-MODULES JOURNAL   prints CSV: account, number and commodity.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , modules, journal] = process.argv;
const place = `${modules}/@rustledger/wasm`;
const wasm = await import(pathToFileURL(`${place}/rustledger_wasm.js`).href);
wasm.initSync({ module: readFileSync(`${place}/rustledger_wasm_bg.wasm`) });
const ledger = new wasm.ParsedLedger(readFileSync(journal, "utf8"));
const errors = ledger.getErrors().filter((problem) => problem.severity === "error");
if (errors.length) {
  console.error(`${errors.length} errors, the first: ${errors[0].message}`);
  process.exit(1);
}
const found = ledger.query("SELECT account, sum(position) GROUP BY account");
for (const [account, held] of found.rows) {
  for (const { units } of held.positions) console.log(`${account},${units.number} ${units.currency}`);
}
