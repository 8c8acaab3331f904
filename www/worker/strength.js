/** The estimate of how many guesses a phrase takes. Its memory, with what was typed in it, goes when the page ends it. */

import init, { guesses } from "../pkg/strength.js";
import { load } from "./load.js";

const loaded = load("strength", init);

addEventListener("message", async (/** @type {MessageEvent<Uint8Array<ArrayBuffer>>} */ { data }) => {
  try {
    await loaded;
  } catch (error) {
    // A rejection stays within the worker; the page has to hear of it.
    reportError(error);
    return;
  }
  postMessage(guesses(new TextDecoder().decode(data)));
  data.fill(0);
});
