/** Whether this browser can do the work at all: asked before any field is shown. */

/** A module with one function that uses a SIMD instruction: `() -> v128 { i8x16.splat(0) }`. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11,
]);

/**
 * What is missing, if anything.
 * @returns {"wasm" | "simd" | null}
 */
export function lacking() {
  try {
    if (typeof WebAssembly !== "object" || typeof WebAssembly.validate !== "function") {
      return "wasm";
    }
    return WebAssembly.validate(SIMD) ? null : "simd";
  } catch {
    return "wasm";
  }
}
