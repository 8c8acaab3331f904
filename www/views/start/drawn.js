/** Words drawn at random, shown to be read, and others when they are asked for. */

import { button } from "../../dom.js";
import { text } from "../../texts.js";
import { draw } from "../../words.js";
import { notice } from "../notice.js";
import { readable } from "../parts.js";

/**
 * @param {string} label
 * @param {number} count
 * @param {boolean} [copied] whether they are meant to be copied at all
 */
export function drawn(label, count, copied = true) {
  const shown = readable(label, "words", copied);
  const failed = notice();
  let words = "";
  const another = async () => {
    try {
      words = (await draw(count)).join(" ");
      failed.say("");
    } catch {
      failed.say(text.start.wordsFailed);
    }
    shown.show(words);
  };
  void another();
  return { failed, root: shown.root, others: button(text.start.others, another), words: () => words };
}
