/** Compares the files that this browser was given with the list on the page. */

const result = /** @type {HTMLElement} */ (document.getElementById("result"));
for (const place of document.querySelectorAll("[data-origin]")) {
  place.textContent = new URL(".", location.href).href;
}

/**
 * What whoever runs the relay says on a page of text: lines of these forms between two comments. The listed hash is that of
 * the page without it.
 */
const words =
  /(?<=^<!-- operator -->\n)(?:<h2>[^<>\n]*<\/h2>\n|<p(?: dir="auto")?>[^<>\n]*(?:<a href="(?:mailto:|https:\/\/)[^"<>\n]*" rel="noreferrer">[^<>\n]*<\/a>)?<\/p>\n)*(?=<!-- \/operator -->$)/m;

/**
 * The SHA-256 of a file as this browser has it, in hexadecimal; a file that may be kept comes out of the cache.
 * @param {string} path
 */
async function hashOf(path) {
  const answer = await fetch(`.${path}`, { cache: path.startsWith("/a/") ? "force-cache" : "no-store" });
  let bytes = new Uint8Array(await answer.arrayBuffer());
  if (path.startsWith("/about")) {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    bytes = new TextEncoder().encode(text.replace(words, ""));
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function compare() {
  const { same = "", differs = "", unable = "" } = result.dataset;
  // Without TLS a browser keeps it back, but for this machine's own addresses.
  if (!globalThis.crypto?.subtle) {
    return unable;
  }
  const wrong = [];
  for (const name of document.querySelectorAll("#files dt")) {
    const path = name.textContent ?? "";
    const listed = name.nextElementSibling?.textContent;
    const found = await hashOf(path).catch(() => "");
    if (found !== listed) {
      wrong.push(path);
    }
  }
  return wrong.length === 0 ? same : `${differs} ${wrong.join(", ")}`;
}

compare().then((said) => {
  result.textContent = said;
});
