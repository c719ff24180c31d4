// Pays as somebody without scripts does.
// @ts-check
import { formOf } from "../pages/html.mjs";

/** A form of the checkout as it stands in a window. @typedef {{ url: URL, fields: [string, string][] }} Form */

/** Opens the checkout at a button of its page. @param {string} checkoutUrl @param {string} button @returns {Promise<Form>} */
export async function open(checkoutUrl, button) {
  const page = await fetch(checkoutUrl);
  if (page.status !== 200) throw new Error(`the checkout answers ${page.status}`);
  const text = await page.text();
  const form = formOf(text, button, new URL(checkoutUrl).pathname);
  const fields = new Map(form.filled());
  // No gateway is chosen before the payer does.
  const gateway = /name="gateway"[^>]*value="([^"]*)"/.exec(text);
  if (gateway !== null && form.action.endsWith("/pay")) fields.set("gateway", gateway[1]);
  const outcome = new RegExp(`<button[^>]*name="outcome"[^>]*value="([^"]*)"[^>]*>${button}</button>`).exec(text);
  if (outcome !== null) fields.set("outcome", outcome[1]);
  return { url: new URL(form.action, checkoutUrl), fields: [...fields] };
}

/** Presses the button; whereto is not followed. @param {Form} form */
export function press({ url, fields }) {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: url.origin, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams(fields),
    redirect: "manual",
  });
}

/** Opens the checkout and presses a button of it. @param {string} checkoutUrl @param {string} button */
export async function pay(checkoutUrl, button) {
  return press(await open(checkoutUrl, button));
}
