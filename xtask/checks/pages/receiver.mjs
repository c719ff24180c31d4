// A receiver of webhooks on this machine, which answers what it is told to and remembers what it was sent.
import { createServer } from "node:http";

/** A receiver; `answer` is what it says next. */
export class Receiver {
  answer = { status: 200, body: "thank you" };
  received = [];
  #server;

  /** Starts one on a port of its own. */
  static async start() {
    const receiver = new Receiver();
    receiver.#server = createServer((request, response) => receiver.#take(request, response));
    await new Promise((listening) => receiver.#server.listen(0, "127.0.0.1", listening));
    receiver.url = `http://127.0.0.1:${receiver.#server.address().port}/hook`;
    return receiver;
  }

  #take(request, response) {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      this.received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(this.answer.status, { "content-type": "text/html", "x-says": "<script>alert(1)</script>" });
      response.end(this.answer.body);
    });
  }

  /** Ends it, with the connections that are kept. */
  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
