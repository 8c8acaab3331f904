/** How hard a phrase of one's own is to guess, in guesses and in time. The estimate is made in a worker of its own. */

import { bytesOf } from "./fields.js";
import { count, fill, text } from "./texts.js";
import { spawn } from "./workers.js";

/** Guesses a second: about a hundred strong graphics cards, each of which moves the memory of a thousand runs a second. */
const RATE = 100_000;
/** The estimate goes no further. */
const MOST = 18;
const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;
/** What takes less than a thousand years is weak: the rate is a guess as well. */
const ENOUGH = 1000 * YEAR;

/**
 * Estimates one text after the other; of those that come while one is being estimated, the last.
 * @param {(guesses: number | null) => void} tell the logarithm of the guesses for the text that was asked for last; none if
 *   the estimate could not be loaded
 */
export function estimator(tell) {
  /** @type {Worker | null} */
  let worker = null;
  /** @type {string | null} */
  let next = null;
  let busy = false;

  const go = () => {
    if (worker && next !== null && !busy) {
      busy = true;
      const bytes = bytesOf(next);
      next = null;
      worker.postMessage(bytes, [bytes.buffer]);
    }
  };
  const start = () => {
    worker = spawn("strength");
    worker.addEventListener("message", (/** @type {MessageEvent<number>} */ { data }) => {
      busy = false;
      if (next === null) {
        tell(data);
      }
      go();
    });
    worker.addEventListener("error", () => {
      end();
      tell(null);
    });
  };
  const end = () => {
    worker?.terminate();
    worker = null;
    next = null;
    busy = false;
  };
  return {
    end,
    ask(/** @type {string} */ phrase) {
      if (!worker) {
        start();
      }
      next = phrase;
      go();
    },
  };
}

/** @param {number} guesses as a decimal logarithm */
const seconds = (guesses) => 10 ** guesses / RATE;

/** @param {number} guesses as a decimal logarithm */
export function isWeak(guesses) {
  return seconds(guesses) < ENOUGH;
}

/**
 * The estimate in a sentence.
 * @param {number} guesses as a decimal logarithm
 */
export function inWords(guesses) {
  const rate = RATE.toLocaleString(text.locale);
  return fill(guesses < MOST ? text.strength.says : text.strength.more, { guesses: round(10 ** guesses), rate, time: lasting(seconds(guesses)) });
}

/** @param {number} time in seconds */
function lasting(time) {
  if (time < HOUR) {
    return text.strength.soon;
  }
  if (time < YEAR) {
    return time < 2 * DAY ? count(text.time.hours, Math.round(time / HOUR)) : count(text.time.days, Math.round(time / DAY));
  }
  return fill(text.strength.years, { n: round(time / YEAR) });
}

/** A number with one figure that counts, in words where it is large. @param {number} number */
function round(number) {
  const form = { notation: /** @type {const} */ ("compact"), compactDisplay: /** @type {const} */ ("long"), maximumSignificantDigits: 1 };
  return new Intl.NumberFormat(text.locale, form).format(number);
}
