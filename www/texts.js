/** All of the page's words; they come with the views behind the entry form. */

import { catalogue, fill, language, text as entry } from "./text.js";

export { fill, language };

/** @typedef {typeof import("./i18n/en.json")} Rest */

/** @type {Rest} */
const rest = await catalogue(language);

Object.assign(entry.failure, rest.failure);

/** What the entry form has of a section stands beside what the other views have of it. */
export const text = {
  ...entry,
  ...rest,
  failure: entry.failure,
  fields: { ...entry.fields, ...rest.fields },
  ended: { ...entry.ended, ...rest.ended },
};

const plural = new Intl.PluralRules(entry.locale);
const listing = new Intl.ListFormat(entry.locale);

/**
 * The form of a sentence that fits a number, with its names filled in.
 * @param {{ one: string, other: string }} forms
 * @param {number} n
 * @param {Record<string, string>} [values]
 */
export function count(forms, n, values = {}) {
  return fill(plural.select(n) === "one" ? forms.one : forms.other, { ...values, n });
}

/**
 * Names in a row.
 * @param {readonly string[]} names
 */
export function list(names) {
  return listing.format(names);
}
