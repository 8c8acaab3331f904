// In an empty page beside the relay's own files: two sessions of the page's own wasm, which talk through that relay. What
// is timed are calls into the wasm, and nothing else: no socket, no worker, no view that is drawn.
//
// It is a script of the page and not the driver's: Firefox gives the driver's scripts arrays of bytes of their own kind, which
// the wasm takes for none.

/** What a text may have to be padded to 1 KiB: at least one byte of padding follows it. */
const LENGTH = 1023;
const encode = (text) => new TextEncoder().encode(text);

/** Lets two people who share the phrase write and read in turn. */
async function conversation(root, phrase, times) {
  const beginning = performance.now();
  const { default: init, Client } = await import(`${root}/client.js`);
  await init({ module_or_path: fetch(`${root}/client_bg.wasm`) });
  const probe = new Client();
  const start = performance.now() - beginning;
  probe.free();
  const stretcher = await import(`${root}/stretcher.js`);
  await stretcher.default({ module_or_path: fetch(`${root}/stretcher_bg.wasm`) });

  const seen = { start, seals: [], opens: [] };
  const ana = person();
  const ben = person();
  ana.call("start");
  ben.call("start");
  const { offers } = await ana.until((view) => view.offers);
  await ben.until((view) => view.offers);
  const none = encode("");
  ana.call("create", encode(phrase), encode("ana's own passcode"), none, 2, offers.lifetime, none);
  await ana.until((view) => view.room);
  ana.call("invite", 1, false);
  const { code } = (await ana.until((view) => view.room.code)).room.code;
  ben.call("join", encode(phrase), encode("ben's own passcode"), encode(code), none);
  await ben.until((view) => view.room);
  await ana.until((view) => view.room.seats[1].state === "held");

  for (let turn = 1; turn <= times; turn += 1) {
    const [writer, reader] = turn % 2 ? [ana, ben] : [ben, ana];
    const text = `${turn} `.padEnd(LENGTH, "A room for two, and one message in it. ");
    await writer.until(({ room }) => room.canSend);
    const sealed = writer.call("send", encode(text));
    if (!sealed.outputs.some(({ is, bytes }) => is === "send" && bytes.length > LENGTH)) {
      throw new Error(`turn ${turn} was not sealed`);
    }
    seen.seals.push(sealed.took);
    await reader.until(({ room }) => room.message?.turn === turn && room.message.text === text);
    // The call that gave this view: the frame with the envelope.
    seen.opens.push(reader.took());
    reader.call("seen", turn, 0);
    await writer.until(({ room }) => room.message?.turn === turn && room.message.readBy.length === 1);
  }
  return seen;

  /** Someone with a session, driven as www/worker/session.js drives it, with the stretcher in the same thread. */
  function person() {
    const client = new Client();
    let socket = null;
    let timer = 0;
    let shown = null;
    let took = 0;
    let waiting = null;

    const call = (name, ...args) => {
      const now = Date.now();
      const began = performance.now();
      const outputs = client.call(now, name, args);
      const ended = performance.now();
      took = ended - began;
      const result = { took, outputs };
      outputs.forEach(perform);
      return result;
    };
    const perform = (output) => {
      switch (output.is) {
        case "connect":
          return connect();
        case "disconnect":
          return socket.close();
        case "send":
          return socket.send(output.bytes);
        case "stretch":
          return later("stretched", output.id, () => stretcher.stretch(output.phrase, output.text, output.salt));
        case "solve":
          return later("solved", output.id, () =>
            stretcher.solve(output.nonce, output.kind, output.subject, output.bits),
          );
        case "wake":
          clearTimeout(timer);
          timer = setTimeout(() => call("tick"), Math.max(0, output.at - Date.now()));
          return undefined;
        case "view":
          shown = output.view;
          return waiting?.();
        default:
          throw new Error(`nobody asked for ${output.is}`);
      }
    };
    const later = (name, id, work) => setTimeout(() => call(name, id, work()), 0);
    const connect = () => {
      socket = new WebSocket(`ws://${location.host}/ws`, "sotto.1");
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => call("connected"));
      socket.addEventListener("message", ({ data }) => call("frame", new Uint8Array(data)));
      socket.addEventListener("close", ({ code }) => call("closed", code));
    };
    return {
      call,
      took: () => took,
      /** Waits for a view that is so; it is asked while the call that gave the view is the last one. */
      until: (isSo) =>
        new Promise((resolve, reject) => {
          const late = setTimeout(() => reject(new Error(`${isSo}: ${JSON.stringify(shown)}`)), 20_000);
          waiting = () => {
            if (shown && isSo(shown)) {
              waiting = null;
              clearTimeout(late);
              resolve(shown);
            }
          };
          waiting();
        }),
    };
  }
}

window.talk = (...given) =>
  conversation(...given).then(
    (seen) => ({ seen }),
    (error) => ({ error: `${error} ${error.stack}` }),
  );
