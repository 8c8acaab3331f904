/** The workers, from the only scripts that may run in one: the session, and the stretcher beside it; strength.js has a third. */

/** @import { Calls, FromSession, ToSession } from "./types.d.ts" */

/** @typedef {"session" | "stretcher" | "strength"} Role */

const url = (/** @type {Role} */ role) => new URL(`./worker/${role}.js`, import.meta.url).href;
const allowed = [url("session"), url("stretcher"), url("strength")];

const policy = globalThis.trustedTypes?.createPolicy("sotto", {
  /** @param {string} wanted */
  createScriptURL(wanted) {
    if (!allowed.includes(wanted)) {
      throw new TypeError("no other script may run in a worker");
    }
    return wanted;
  },
});

/**
 * @param {Role} role
 * @returns {Worker}
 */
export function spawn(role) {
  const trusted = policy ? policy.createScriptURL(url(role)) : url(role);
  return new Worker(/** @type {string} */ (/** @type {unknown} */ (trusted)), { type: "module", name: role });
}

/**
 * Starts a session's worker.
 * @param {(message: FromSession) => void} heard what it says; `broke` also when it could not start or died
 */
export function startWorkers(heard) {
  const session = spawn("session");
  /** @type {Worker | null} */
  let stretcher = null;
  let over = false;

  const tell = (/** @type {FromSession} */ message) => {
    if (!over) {
      heard(message);
    }
  };
  const broke = () => tell({ is: "broke" });
  const endStretcher = () => {
    stretcher?.terminate();
    stretcher = null;
  };
  const warm = () => {
    if (stretcher || over) {
      return;
    }
    const { port1, port2 } = new MessageChannel();
    stretcher = spawn("stretcher");
    stretcher.addEventListener("error", broke);
    stretcher.postMessage(port1, [port1]);
    post({ stretcher: port2 }, [port2]);
  };
  /**
   * @param {ToSession} message
   * @param {Transferable[]} transfer
   */
  const post = (message, transfer) => session.postMessage(message, transfer);

  session.addEventListener("error", broke);
  session.addEventListener("messageerror", broke);
  session.addEventListener("message", (/** @type {MessageEvent<FromSession>} */ event) => {
    if (event.data.is === "need-stretcher") {
      warm();
    } else if (event.data.is === "end-stretcher") {
      endStretcher();
    } else {
      tell(event.data);
    }
  });
  return {
    warm,
    /**
     * Hands over a call; bytes go with it and are gone from the page.
     * @template {keyof Calls} K
     * @param {K} call
     * @param {Calls[K]} args
     */
    act(call, args) {
      const buffers = args.filter((each) => each instanceof Uint8Array).map((bytes) => bytes.buffer);
      post({ call, args }, buffers);
    },
    end() {
      over = true;
      endStretcher();
      session.terminate();
    },
  };
}
