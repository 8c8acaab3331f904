/** The stretcher: Argon2id and puzzles, nothing else. Its memory goes when the page ends it. */

import init, { solve, stretch, warm_up } from "../pkg/stretcher.js";
import { load } from "./load.js";

/** @import { Order } from "../types.d.ts" */

const loaded = load("stretcher", init);

// Waits for its port to the session, and works off what comes through it.
addEventListener(
  "message",
  async (/** @type {MessageEvent<MessagePort>} */ event) => {
    const port = event.data;
    try {
      await loaded;
    } catch (error) {
      // A rejection stays within the worker; the page has to hear of it.
      reportError(error);
      return;
    }
    // To the page, which waits for a sign.
    postMessage(null);
    warm_up();
    port.addEventListener("message", (/** @type {MessageEvent<Order>} */ { data }) => {
      port.postMessage({ is: data.is, id: data.id, bytes: work(data) });
    });
    port.start();
  },
  { once: true },
);

/**
 * @param {Order} order
 * @returns {Uint8Array | undefined} nothing where there was no memory for it
 */
function work(order) {
  if (order.is === "solve") {
    return solve(order.nonce, order.kind, order.subject, order.bits);
  }
  try {
    return stretch(order.phrase, order.text, order.salt);
  } finally {
    order.text.fill(0);
  }
}
