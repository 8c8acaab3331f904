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
  const { memory } = await init({ module_or_path: fetch("/stretcher_bg.wasm") });
  const start = performance.now() - beginning;
  const ours = () => stretch(false, new TextEncoder().encode(text), salt);
  const [cold] = await clock(ours);

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
  // The module's allocator wipes what is given back to it: of the 64 MiB nothing is left but its own tables.
  const words = new BigUint64Array(memory.buffer);
  const used = 8 * words.reduce((count, word) => count + (word === 0n ? 0 : 1), 0);
  if (words.byteLength < 64 << 20 || used < 10_000 || used > 1 << 20) {
    throw new Error(`of ${words.byteLength} bytes ${used} are not wiped`);
  }
  return { start, cold, cold_theirs: coldTheirs, runs };
})().then(
  (seen) => done({ seen }),
  (error) => done({ error: String(error) }),
);
