/** The workers, from the only scripts that may run in one: the session, and the stretcher beside it; strength.js has a third. */

/** @import { Calls, FromSession, ToSession } from "./types.d.ts" */

/**
 * How long a worker may take until it says something, in milliseconds: the script of one whose load broke off may run as if
 * it were empty, and a browser tells nobody.
 */
const PATIENCE = 60_000;

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
  /** @type {Worker | null} */
  let stretcher = null;
  let over = false;

  const tell = (/** @type {FromSession} */ message) => {
    if (!over) {
      heard(message);
    }
  };
  const broke = () => tell({ is: "broke" });
  /**
   * @param {Role} role
   * @param {() => void} lost
   */
  const watched = (role, lost) => {
    const worker = spawn(role);
    const late = setTimeout(lost, PATIENCE);
    worker.addEventListener("error", lost);
    worker.addEventListener("message", () => clearTimeout(late), { once: true });
    return worker;
  };
  const endStretcher = () => {
    stretcher?.terminate();
    stretcher = null;
  };
  const warm = () => {
    if (stretcher || over) {
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const fresh = watched("stretcher", () => {
      // It may have been made for someone who only types: the session knows whether anything is lost with it.
      if (stretcher === fresh) {
        endStretcher();
        post({ stretcher: null }, []);
      }
    });
    stretcher = fresh;
    stretcher.postMessage(port1, [port1]);
    post({ stretcher: port2 }, [port2]);
  };
  /**
   * @param {ToSession} message
   * @param {Transferable[]} transfer
   */
  const post = (message, transfer) => session.postMessage(message, transfer);

  const session = watched("session", broke);
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
