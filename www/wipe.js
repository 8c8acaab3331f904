/** Wiping: memory first, then what the browser keeps of this site, then a page that was never used. */

/** @import { App } from "./types.d.ts" */

/** How close together two presses of Escape have to be, in milliseconds. */
const TWICE = 500;
/** How long the relay may take to answer, in milliseconds. */
const PATIENCE = 3000;

/**
 * The blank entry form stands before anything is waited for. Where the relay does not answer it stays: a page that is
 * loaded anew would be the browser's own, which names this site.
 * @param {App} app
 */
export async function wipe(app) {
  app.clear();
  try {
    await fetch("x", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    location.replace(".");
  } catch {
    // As said above.
  }
}

/**
 * From now on Escape, pressed twice, wipes.
 * @param {App} app
 */
export function escaping(app) {
  let last = -Infinity;
  const press = (/** @type {KeyboardEvent} */ { key, repeat, isComposing, timeStamp }) => {
    const escapes = key === "Escape" && !repeat && !isComposing;
    if (escapes && timeStamp - last <= TWICE) {
      wipe(app);
    }
    last = escapes ? timeStamp : -Infinity;
  };
  addEventListener("keydown", press, { capture: true });
}
