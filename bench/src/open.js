// Put into the page before anyone types a passcode: notes by the page's own clock what happens from a click on a button,
// until the message stands there to be read.
//
// Orders and results of Argon2id go through a channel that the page makes between session and stretcher. Here it is
// made of two that meet in the page, so that they are seen passing; all else stays as it is. The detour costs two hops
// of each run twice: once between noting the order and noting the result, once outside. So what is left when the runs
// are taken off is what it would be without a detour, the hops of the direct way included.
const [text, button] = arguments;
// The same page may be measured again.
window.plainChannel ??= MessageChannel;
const Channel = window.plainChannel;
const seen = { clicked: null, runs: [], readable: null };

// The first order has no text and is answered at once: the answer says that the stretcher is there, with its wasm compiled
// and warm. What was ordered earlier has waited for that, and waiting is no part of a run.
const FIRST = { is: "stretch", id: -1, phrase: true, text: new Uint8Array(), salt: new Uint8Array(16) };

window.MessageChannel = function () {
  const session = new Channel();
  const stretcher = new Channel();
  const runs = new Map();
  let ready = false;
  session.port1.onmessage = ({ data }) => {
    if (data.is === "stretch") {
      runs.set(data.id, { began: ready ? performance.now() : null });
    }
    stretcher.port1.postMessage(data, data.is === "stretch" ? [data.text.buffer] : []);
  };
  stretcher.port1.onmessage = ({ data }) => {
    const now = performance.now();
    if (data.id === FIRST.id) {
      ready = true;
      runs.forEach((run) => (run.began = now));
      return;
    }
    if (runs.has(data.id)) {
      seen.runs.push({ ...runs.get(data.id), ended: now });
    }
    session.port1.postMessage(data);
  };
  stretcher.port1.postMessage(FIRST);
  return { port1: stretcher.port2, port2: session.port2 };
};

addEventListener(
  "click",
  (event) => {
    if (event.target.closest("button")?.textContent === button) {
      // When the button was let go, not when the page came to hear of it.
      seen.clicked = event.timeStamp;
    }
  },
  { capture: true },
);

const isReadable = () =>
  [...document.querySelectorAll('[role="log"]')].some((log) => log.textContent.includes(text) && log.checkVisibility());

window.opening = new Promise((opened) => {
  const observer = new MutationObserver(() => {
    if (isReadable()) {
      observer.disconnect();
      // What is in the page is not yet on the screen: it is drawn after this frame's callbacks, before the next message.
      requestAnimationFrame(() => {
        const drawn = new Channel();
        drawn.port1.onmessage = () => {
          seen.readable = performance.now();
          opened(seen);
        };
        drawn.port2.postMessage(null);
      });
    }
  });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
});
