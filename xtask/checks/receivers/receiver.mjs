// A receiver that verifies with `standardwebhooks` from npm, and OwnPay's header as its Node SDK does: bare lower-case hex
// over the raw body, and a timestamp no more than 300 seconds off (contract §4.4).
//
// Usage: node receiver.mjs <secret>, with NODE_PATH naming the folder of the packages.
// Prints `port <n>` when it listens, then one JSON line a verifier and request.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Webhook } = require("standardwebhooks");
const secret = process.argv[2];

function verifiesStandard(body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

function verifiesOwnPay(body, headers) {
  const given = headers["x-ownpay-signature"] ?? "";
  if (!/^[0-9a-f]{64}$/.test(given)) return false;
  const seconds = Number(headers["x-ownpay-timestamp"]);
  if (!(Math.abs(Date.now() / 1000 - seconds) <= 300)) return false;
  const expected = createHmac("sha256", secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(given, "hex"));
}

function report(verifier, verifies, body, headers) {
  const changed = Buffer.from(body);
  changed[0] ^= 1;
  const verified = verifies(body, headers);
  const changed_refused = !verifies(changed, headers);
  console.log(JSON.stringify({ verifier, verified, changed_refused }));
}

const server = createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const body = Buffer.concat(chunks);
    report("standardwebhooks (npm)", verifiesStandard, body, req.headers);
    report("OwnPay as Node reads it", verifiesOwnPay, body, req.headers);
    res.writeHead(204).end();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
