// What all groups of the check need.
// @ts-check
import { Report } from "../pages/report.mjs";
import { ClientError } from "./client.mjs";
import { wrong } from "./shapes.mjs";

/** @typedef {import("./client.mjs").Client} Client */
/** @typedef {{ holds(sentence: string, isSo: boolean, seen?: unknown): boolean, checks: number, failures: string[] }} Group */

export const report = new Report();

/** Runs a group; what breaks it off is a failure of it. @param {string} name @param {(group: Group) => Promise<unknown>} run */
export async function group(name, run) {
  const group = report.group(name);
  try {
    await run(group);
  } catch (error) {
    group.holds("nothing breaks off", false, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  for (const failure of group.failures) console.error(`  ${name}: ${failure}`);
  console.log(`${name}: ${group.checks - group.failures.length} of ${group.checks} hold`);
}

/** What a call fails with; fails itself when it does not. @param {Promise<{ status: number, data: unknown }>} call */
export async function failure(call) {
  try {
    const answer = await call;
    throw new Error(`was accepted with ${answer.status}: ${JSON.stringify(answer.data)}`);
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}

/** @param {Group} group @param {keyof import("./types.d.ts").Shaped} name @param {unknown} value */
export function isShaped(group, name, value) {
  const faults = wrong(name, value);
  group.holds(`${name} has its shape`, faults.length === 0, faults.join("; "));
}

/**
 * A call of the hub's own API; fails with what is refused.
 * @param {Client} client @param {string} method @param {string} path @param {unknown} [body]
 */
export async function hubCall(client, method, path, body) {
  const answer = await fetch(`${client.base}/api/hub/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${client.key}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path} is refused: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** @param {string | null} amount @param {Record<string, unknown>} more */
export const order = (amount = "10.00", more = {}) => ({ amount, currency: "USD", reference: "77", ...more });
