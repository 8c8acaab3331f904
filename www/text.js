/** The page's words, in the browser's language: here those that the entry form needs, in texts.js all of them. */

import { integrity } from "./integrity.js";

/** @typedef {typeof import("./i18n/en.entry.json")} Entry */

/** The languages of `i18n/`. The last is made by the build for tests: longer words, from right to left. */
const LANGUAGES = ["en", "de", "ar-XB"];

/** The first language that the person asks for and the page has; English where it has none. */
export const language =
  navigator.languages.flatMap((wanted) => [wanted, wanted.split("-")[0] ?? ""]).find((wanted) => LANGUAGES.includes(wanted)) ?? "en";

/** What can fail behind the entry form is added by texts.js. @type {Entry & Pick<typeof import("./i18n/en.json"), "failure">} */
export const text = await catalogue(`${language}.entry`);

/**
 * A catalogue of sentences.
 * @param {string} name
 */
export async function catalogue(name) {
  const path = `i18n/${name}.json`;
  const pinned = integrity[path];
  if (!pinned) {
    throw new Error(`${path} is not pinned`);
  }
  const answer = await fetch(new URL(path, import.meta.url), { integrity: pinned });
  return answer.json();
}

/**
 * A sentence with its `{names}` filled in.
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
