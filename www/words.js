/** The word list: fetched when words are needed, and only then. */

import { integrity } from "./integrity.js";

const COUNT = 7776;

/** @type {Promise<string[]> | null} */
let list = null;

/** The 7,776 words in their order. */
export function words() {
  list ??= load().catch((error) => {
    list = null;
    throw error;
  });
  return list;
}

async function load() {
  const pinned = integrity["words.txt"];
  if (!pinned) {
    throw new Error("the word list is not pinned");
  }
  const answer = await fetch(new URL("./words.txt", import.meta.url), { integrity: pinned });
  const found = (await answer.text()).trimEnd().split("\n");
  if (found.length !== COUNT) {
    throw new Error("the word list is not whole");
  }
  return found;
}

/**
 * Words drawn at random, each as likely as any other.
 * @param {number} count
 */
export async function draw(count) {
  const all = await words();
  return Array.from({ length: count }, () => all[below(COUNT)] ?? "");
}

/**
 * The words at these places, for safety words.
 * @param {readonly number[]} places
 */
export async function wordsAt(places) {
  const all = await words();
  return places.map((place) => all[place] ?? "?");
}

/**
 * A random number below `limit`: what would make some numbers likelier is thrown away and drawn again.
 * @param {number} limit
 */
function below(limit) {
  const fair = 65536 - (65536 % limit);
  const cell = new Uint16Array(1);
  do {
    crypto.getRandomValues(cell);
  } while ((cell[0] ?? 0) >= fair);
  return (cell[0] ?? 0) % limit;
}
