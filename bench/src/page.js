// In an empty page beside both: Sotto's Argon2id and hash-wasm's, in turns, with the same password, salt and parameters.
const [times, done] = arguments;

(async () => {
  const text = "correct horse battery staple";
  const salt = new Uint8Array(16).fill(7);
  const clock = async (run) => {
    const began = performance.now();
    const answer = await run();
    return [performance.now() - began, Array.from(answer)];
  };
  const beginning = performance.now();
  const { default: init, stretch } = await import("/stretcher.js");
  await init({ module_or_path: fetch("/stretcher_bg.wasm") });
  const start = performance.now() - beginning;
  const ours = () => stretch(false, new TextEncoder().encode(text), salt);
  const [cold] = await clock(ours);

  // Another instance, warmed up as the page's worker does it while someone types.
  const warmed = await import("/stretcher.js?warmed");
  await warmed.default({ module_or_path: fetch("/stretcher_bg.wasm") });
  const [warmUp] = await clock(() => warmed.warm_up() ?? []);
  const [first] = await clock(() => warmed.stretch(false, new TextEncoder().encode(text), salt));

  await new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = "/argon2.js";
    script.addEventListener("load", loaded);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  const theirs = () =>
    globalThis.hashwasm.argon2id({
      password: text,
      salt,
      iterations: 3,
      parallelism: 1,
      memorySize: 64 * 1024,
      hashLength: 32,
      outputType: "binary",
    });
  const [coldTheirs] = await clock(theirs);

  const runs = [];
  for (let turn = 0; turn < times; turn += 1) {
    const [our, answer] = await clock(ours);
    const [their, other] = await clock(theirs);
    if (answer.length !== 32 || answer.join() !== other.join()) {
      throw new Error(`two answers: ${answer} and ${other}`);
    }
    runs.push({ ours: our, theirs: their });
  }
  return { start, cold, warm_up: warmUp, first, cold_theirs: coldTheirs, runs };
})().then(
  (seen) => done({ seen }),
  (error) => done({ error: String(error) }),
);
