/** A short tone, made by the browser itself: nothing is fetched for it. */

/** @type {AudioContext | null} */
let context = null;

/** Two notes, soft and low, within a third of a second. The first is heard by who switches it on, which lets the rest be heard. */
export function tone() {
  context ??= new AudioContext();
  context.resume();
  for (const [pitch, after] of [[392, 0], [523, 0.12]]) {
    const begin = context.currentTime + (after ?? 0);
    const note = new OscillatorNode(context, { frequency: pitch });
    const loudness = new GainNode(context, { gain: 0 });
    loudness.gain.setTargetAtTime(0.15, begin, 0.01);
    loudness.gain.setTargetAtTime(0, begin + 0.08, 0.04);
    note.connect(loudness).connect(context.destination);
    note.start(begin);
    note.stop(begin + 0.3);
  }
}
