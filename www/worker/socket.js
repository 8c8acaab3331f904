/** The WebSocket to the relay: one at a time, binary only. */

const PROTOCOL = "sotto.1";
/** What a browser reports where no closing frame came. */
const ABNORMAL = 1006;

/**
 * @param {{ opened: () => void, frame: (bytes: Uint8Array) => void, closed: (code: number) => void }} told
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
    const url = new URL("/ws", location.origin);
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
    on("open", () => told.opened());
    on("message", ({ data }) => {
      if (data instanceof ArrayBuffer) {
        told.frame(new Uint8Array(data));
      } else {
        drop();
        told.closed(ABNORMAL);
      }
    });
    on("close", ({ code }) => {
      current = null;
      told.closed(code);
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
