/** The page: starts the workers, shows what they say, forgets everything when it is told to. */

import { bytesOf } from "./fields.js";
import { later } from "./later.js";
import { announce, hush } from "./status.js";
import { lacking } from "./support.js";
import { language, text } from "./text.js";
import { startWorkers } from "./workers.js";
import { entry } from "./views/entry.js";
import { coming, unloaded, unsupported } from "./views/unable.js";

/** @import { App, Form, FromSession, Kept, Name, Scene, View } from "./types.d.ts" */

/** @typedef {{ name: Name, scene: Scene }} Shown */

/** The views that are there; the others come once the entry form works. @type {Partial<Record<Name, (app: App) => Scene>>} */
const scenes = { entry, unloaded, coming };

/** The endings after which the room is over for everyone. @type {(string | null)[]} */
const OVER = ["by-hand", "by-time", "unproven"];

/** What can fail with a reason. @type {readonly string[]} */
const ATTEMPTS = ["open", "create", "join", "redeem", "resume"];

/** @returns {View} */
const blank = () => ({
  stage: "entry",
  work: null,
  failure: null,
  connection: "idle",
  closed: 0,
  offers: null,
  choices: [],
  room: null,
  ending: null,
});

const page = /** @type {HTMLElement} */ (document.getElementById("page"));
/** @returns {Kept} */
const nothing = () => ({ phrase: null, locked: null, wrong: 0, draft: null, invitation: null, invited: null, notice: null, choices: null });
const kept = nothing();

/** @type {View} */
let view = blank();
/** @type {Form} */
let form = "entry";
/** @type {Shown | null} */
let shown = null;
/** The form that was filled in last: it comes back as it was left if it did not work. @type {Shown | null} */
let filled = null;
/** The draft of a session that is being locked, or that was, until its room is drawn. @type {string | null} */
let resumed = null;
/** Whether the page is empty already, and the session not yet sealed. */
let locking = false;
/** @type {ReturnType<typeof startWorkers> | null} */
let workers = null;
/** Whether the present worker has begun, and whether the last one could not. */
let started = false;
/** Whether the form that is shown has been sent off: a failure from before is none of its own. */
let tried = false;
let failed = false;

/** @type {App} */
const app = {
  kept,
  act(call, ...args) {
    tried ||= ATTEMPTS.includes(call);
    need().act(call, args);
  },
  warm: () => need().warm(),
  show(wanted) {
    form = wanted;
    filled = null;
    Object.assign(kept, { invitation: null, invited: null, notice: null });
    tried = false;
    view = { ...view, failure: null };
    draw();
  },
  invite(secret) {
    app.show("invitation");
    kept.invitation = secret;
  },
  lock() {
    if (view.stage === "room" && !locking) {
      locking = true;
      resumed = shown?.scene.draft?.() ?? "";
      app.act("lock", bytesOf(resumed));
      hush();
      draw();
    }
  },
  resume(passcode) {
    if (kept.locked) {
      const { bytes, passSalt, seat, roomHash } = kept.locked;
      app.act("resume", bytes.slice(), passSalt.slice(), seat, roomHash.slice(), passcode);
    }
  },
  cancel() {
    end();
    need();
    draw();
  },
  clear() {
    forget();
    need();
    draw();
  },
  handedOver() {
    kept.phrase = null;
    draw();
  },
};

function forget() {
  end();
  Object.assign(kept, nothing());
  resumed = null;
  filled = null;
  form = "entry";
  hush();
}

/** The workers and their memory go; what they were doing is over. */
function end() {
  workers?.end();
  workers = null;
  locking = false;
  kept.phrase = null;
  view = blank();
}

function need() {
  if (!workers) {
    started = false;
    failed = false;
    workers = startWorkers(hear);
  }
  return workers;
}

/** @param {FromSession} message */
function hear(message) {
  switch (message.is) {
    case "ready":
      started = true;
      fetchViews();
      break;
    case "broke":
      broke();
      break;
    case "locked":
      kept.locked = message;
      kept.wrong = 0;
      resumed = null;
      end();
      draw();
      break;
    case "draft":
      resumed = new TextDecoder().decode(message.text);
      message.text.fill(0);
      draw();
      break;
    case "invitation":
      kept.invited = message;
      form = "join";
      break;
    case "view":
      if (!tried && message.view.failure !== "version") {
        message.view.failure = null;
      }
      if (message.view.failure) {
        kept.phrase = null;
        kept.draft ??= message.view.failure === "version" ? resumed : null;
        resumed = null;
        kept.wrong += view.stage === "working" && message.view.failure === "wrong-passcode" ? 1 : 0;
      }
      locking &&= message.view.stage === "room";
      if (view.stage !== "ended" && OVER.includes(message.view.ending)) {
        announce(text.ended.announce);
      }
      view = message.view;
      draw();
      break;
    default:
  }
}

/** A worker died: what was being written is kept, everything else begins anew. */
function broke() {
  end();
  const draft = shown?.scene.draft?.() || resumed;
  resumed = null;
  filled = null;
  form = "entry";
  if (draft) {
    kept.draft = draft;
  }
  kept.notice = `${text.broken.says}. ${kept.draft ? text.broken.draft : text.broken.again}`;
  announce(text.broken.says);
  failed = !started;
  if (!failed) {
    need();
  }
  draw();
}

/** Fetches the other views; draws one that was waited for. */
function fetchViews() {
  later().then(
    ({ begin, ...views }) => {
      Object.assign(scenes, views);
      begin(app);
      draw();
    },
    () => {
      if (!scenes[wanted()]) {
        end();
        failed = true;
        draw();
      }
    },
  );
}

/** @returns {Name} */
function wanted() {
  if (failed) {
    return "unloaded";
  }
  if (locking) {
    return "coming";
  }
  switch (view.stage) {
    case "room":
      return kept.phrase === null ? "room" : "handOver";
    case "entry":
      return kept.locked ? "locked" : form;
    default:
      return view.stage;
  }
}

function draw() {
  const name = scenes[wanted()] ? wanted() : "coming";
  const make = scenes[name] ?? coming;
  if (name !== wanted()) {
    fetchViews();
  }
  if (view.stage === "room" || view.stage === "ended") {
    Object.assign(kept, { locked: null, invitation: null, invited: null, notice: null });
    filled = null;
    form = "entry";
  }
  if (view.stage === "ended") {
    kept.phrase = null;
  }
  if (shown?.name !== name) {
    const again = filled?.name === name ? filled : null;
    if (shown?.name === form) {
      filled = shown;
    }
    shown = again ?? { name, scene: make(app) };
    replace(shown.scene);
  }
  const { scene } = shown;
  scene.update?.(view);
  if (resumed !== null && scene.takeDraft) {
    scene.takeDraft(resumed);
    resumed = null;
  }
}

/** @type {Scene | null} */
let standing = null;

/**
 * @param {Scene} scene
 */
function replace(scene) {
  const first = standing === null;
  standing?.leave?.();
  standing = scene;
  page.replaceChildren(scene.root);
  if (!first) {
    scrollTo(0, 0);
    scene.focus?.focus({ preventScroll: true });
  }
}

/** Takes an invitation out of the address bar; the browser's history has kept it already. A room that this tab has stays. */
function arrive() {
  const { hash } = location;
  if (hash) {
    history.replaceState(null, "", ".");
  }
  if (/^#[0-9a-f]{32}$/.test(hash)) {
    if (view.stage === "entry" && !kept.locked) {
      app.invite(hash.slice(1));
    } else {
      shown?.scene.occupied?.();
    }
  }
}

document.documentElement.lang = language;
document.documentElement.dir = text.direction;
const missing = lacking();
if (missing) {
  replace(unsupported(missing));
} else {
  draw();
  need();
  arrive();
  addEventListener("hashchange", arrive);
  addEventListener("online", () => workers?.act("wake", []));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      workers?.act("wake", []);
    }
  });
  // A browser that kept this page would show it to whoever presses Back; `no-store` asks that none does. Nothing is done
  // as the page is left: workers and sockets go with it, and Firefox breaks off a page's first script then.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      forget();
      shown = null;
      need();
      draw();
    }
  });
}
