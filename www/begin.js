/** What listens for as long as the page is there, from when its views have come. */

import { pasting } from "./pasting.js";
import { escaping } from "./wipe.js";

/** @import { App } from "./types.d.ts" */

let begun = false;

/** @param {App} app */
export function begin(app) {
  if (!begun) {
    begun = true;
    escaping(app);
    pasting(app);
  }
}
