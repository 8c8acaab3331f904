/** The WebSocket to the relay: one at a time, binary only. */

const PROTOCOL = "sotto.1";
const address = new URL("../../../ws", import.meta.url);
/** What a browser reports where no closing frame came. */
const ABNORMAL = 1006;

/** Whether there is a relay, and it names no protocol of ours. A browser keeps to itself why a socket did not open. */
async function isOutdated() {
  try {
    const { headers } = await fetch(address, { cache: "no-store" });
    const spoken = headers.get("sec-websocket-protocol");
    return spoken !== null && !spoken.split(/, */).includes(PROTOCOL);
  } catch {
    return false;
  }
}

/**
 * @param {{ opened: () => void, frame: (bytes: Uint8Array) => void, closed: (code: number) => void, outdated: () => void }} told
 */
export function socket(told) {
  /** @type {WebSocket | null} */
  let current = null;

  const drop = () => {
    const old = current;
    current = null;
    old?.close();
  };
  const open = () => {
    drop();
    const url = new URL(address);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const fresh = new WebSocket(url, PROTOCOL);
    fresh.binaryType = "arraybuffer";
    current = fresh;
    // An earlier socket may still report; only the present one is listened to.
    const on = (/** @type {string} */ event, /** @type {(event: any) => void} */ listener) =>
      fresh.addEventListener(event, (it) => {
        if (current === fresh) {
          listener(it);
        }
      });
    let wasOpen = false;
    on("open", () => {
      wasOpen = true;
      told.opened();
    });
    on("message", ({ data }) => {
      if (data instanceof ArrayBuffer) {
        told.frame(new Uint8Array(data));
      } else {
        drop();
        told.closed(ABNORMAL);
      }
    });
    on("close", async ({ code }) => {
      const outdated = !wasOpen && (await isOutdated());
      if (current === fresh) {
        current = null;
        outdated ? told.outdated() : told.closed(code);
      }
    });
  };
  return {
    open,
    close: drop,
    /** @param {Uint8Array<ArrayBuffer>} bytes */
    send(bytes) {
      if (current?.readyState === WebSocket.OPEN) {
        current.send(bytes);
      }
    },
  };
}
