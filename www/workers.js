/** Starts the one script that may run in a worker. */

const url = new URL("./worker.js", import.meta.url).href;

const policy = globalThis.trustedTypes?.createPolicy("sotto", {
  /** @param {string} wanted */
  createScriptURL(wanted) {
    if (wanted !== url) {
      throw new TypeError("no other script may run in a worker");
    }
    return wanted;
  },
});

/** @returns {Worker} */
export function startWorker() {
  const trusted = policy ? policy.createScriptURL(url) : url;
  return new Worker(/** @type {string} */ (/** @type {unknown} */ (trusted)), { type: "module" });
}
