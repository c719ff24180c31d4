// A shop on this machine: where payers come back to. It remembers with what, and shows a page.
import { createServer } from "node:http";

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
</head><body><main><h1>Back at the shop</h1></main></body></html>`;

/** A shop; `visits` are the addresses and headers that it was asked with. */
export class Shop {
  visits = [];
  #server;

  /** Starts one on a port of its own. */
  static async start() {
    const shop = new Shop();
    shop.#server = createServer((request, response) => {
      shop.visits.push({ url: new URL(request.url, shop.origin), referer: request.headers.referer });
      response.writeHead(200, { "content-type": "text/html" });
      response.end(PAGE);
    });
    await new Promise((listening) => shop.#server.listen(0, "127.0.0.1", listening));
    shop.origin = `http://127.0.0.1:${shop.#server.address().port}`;
    return shop;
  }

  /** Ends it, with the connections that are kept. */
  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
