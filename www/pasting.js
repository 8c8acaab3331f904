/** An invitation that is pasted into the entry form or the form to join with: a link, or a text that holds phrase and code. */

/** @import { App } from "./types.d.ts" */

/** What a text held. @typedef {{ phrase: string, code: string }} Pasted */

const CODE = /(?<![\w-])[0-7OIL]-[0-9A-TV-Z]{5}-[0-9A-TV-Z]{5}(?![\w-])/i;
const SECRET = /^[0-9a-f]{32}(?![0-9a-f])/;

/** Told to the form to join with, where it is there already. */
export const PASTED = "pasted";

/** What waits for the form to join with. @type {Pasted | null} */
let waiting = null;

/** Takes what was pasted for the form to join with, if something was. */
export function pasted() {
  const found = waiting;
  waiting = null;
  return found;
}

/** As `Copy both` gives it. @param {Pasted} given */
export const inOneText = ({ phrase, code }) => `${phrase}\n${code}`;

/**
 * From now on a paste is looked at before it goes into a field.
 * @param {App} app
 */
export function pasting(app) {
  addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const field = event.target instanceof Element ? event.target.closest(".entry input, .join input") : null;
    if (!field || app.kept.locked) {
      return;
    }
    const secret = invitationIn(text);
    waiting = secret ? null : bothIn(text);
    if (secret) {
      app.invite(secret);
    } else if (waiting) {
      app.show("join");
      // The form may have been there already, with what was typed into it.
      field.closest(".join")?.dispatchEvent(new Event(PASTED));
    } else {
      return;
    }
    event.preventDefault();
  });
}

/**
 * A link's secret, if it is a link to this page.
 * @param {string} text
 */
function invitationIn(text) {
  const [, after = ""] = text.split(`${new URL(".", location.href)}#`);
  return SECRET.exec(after)?.[0] ?? null;
}

/**
 * A code, and what else the text says as the phrase.
 * @param {string} text
 * @returns {Pasted | null}
 */
function bothIn(text) {
  const code = CODE.exec(text)?.[0];
  const phrase = code ? text.replace(code, " ").replace(/\s+/g, " ").trim() : "";
  return code && phrase ? { phrase, code } : null;
}
