/** The session's worker: owns the keys and the socket, does what the session asks for, tells the page what to show. */

import init, { Client } from "../pkg/client.js";
import { load } from "./load.js";
import { socket } from "./socket.js";

/** @import { FromSession, Order, ToSession } from "../types.d.ts" */

/** Calls that came before the wasm was there. @type {(() => void)[]} */
const early = [];
/** @type {ReturnType<typeof drive> | null} */
let driver = null;

addEventListener("message", (/** @type {MessageEvent<ToSession>} */ { data }) => {
  const handle = () => driver?.hear(data);
  if (driver) {
    careful(handle);
  } else {
    early.push(handle);
  }
});
load("client", init).then(
  () =>
    careful(() => {
      driver = drive();
      tell({ is: "ready" });
      early.forEach((handle) => handle());
    }),
  () => tell({ is: "broke" }),
);

/** @param {FromSession} message */
function tell(message) {
  postMessage(message);
}

/**
 * After a trap nothing in this worker can be trusted: it says so and ends itself.
 * @param {() => void} what
 */
function careful(what) {
  try {
    what();
  } catch {
    tell({ is: "broke" });
    close();
  }
}

/** Joins the session to its socket, its stretcher and its clock. */
function drive() {
  const client = new Client();
  const link = socket({
    opened: () => careful(() => call("connected", [])),
    frame: (bytes) => careful(() => call("frame", [bytes])),
    closed: (code) => careful(() => call("closed", [code])),
    outdated: () => careful(() => call("outdated", [])),
  });
  const helper = orders((is, id, bytes) => careful(() => call(is === "stretch" ? "stretched" : "solved", [id, bytes])));
  let timer = 0;

  /**
   * @param {string} name
   * @param {unknown[]} args
   */
  const call = (name, args) => client.call(Date.now(), name, args).forEach(perform);
  const perform = (/** @type {any} */ output) => {
    switch (output.is) {
      case "connect":
        return link.open();
      case "disconnect":
        return link.close();
      case "send":
        return link.send(output.bytes);
      case "stretch":
      case "solve":
        return helper.give(output);
      case "wake":
        clearTimeout(timer);
        timer = setTimeout(() => careful(() => call("tick", [])), Math.max(0, output.at - Date.now()));
        return undefined;
      case "view":
        helper.rest(output.view.stage === "working");
        return tell(output);
      default:
        return tell(output);
    }
  };
  return {
    /** @param {ToSession} message */
    hear(message) {
      if ("stretcher" in message) {
        helper.join(message.stretcher);
      } else {
        call(message.call, message.args);
      }
    },
  };
}

/**
 * What the stretcher is asked for. It is made by the page, when someone types or when it is needed, and ended by the
 * page once it has nothing left to do.
 * @param {(is: Order["is"], id: number, bytes: Uint8Array | undefined) => void} done
 */
function orders(done) {
  /** @type {MessagePort | null} */
  let port = null;
  /** @type {Order[]} */
  let waiting = [];
  let open = 0;
  let used = false;
  let working = false;

  const endIfIdle = () => {
    if (used && open === 0 && !working) {
      used = false;
      port?.close();
      port = null;
      tell({ is: "end-stretcher" });
    }
  };
  const pass = (/** @type {Order} */ order) => {
    const bytes = order.is === "stretch" ? [order.text.buffer] : [];
    port?.postMessage(order, bytes);
  };
  return {
    /** @param {Order} order */
    give(order) {
      open += 1;
      used = true;
      if (port) {
        pass(order);
      } else {
        waiting.push(order);
        tell({ is: "need-stretcher" });
      }
    },
    /** @param {MessagePort | null} fresh nothing where the stretcher broke, and what it was given is lost with it */
    join(fresh) {
      port = fresh;
      if (!port && open > 0) {
        throw new Error("the stretcher broke");
      }
      port?.addEventListener("message", ({ data }) => {
        open -= 1;
        done(data.is, data.id, data.bytes);
        endIfIdle();
      });
      port?.start();
      waiting.forEach(pass);
      waiting = [];
    },
    /** @param {boolean} stillWorking whether the view says that more may come */
    rest(stillWorking) {
      working = stillWorking;
      endIfIdle();
    },
  };
}
