/** The page: starts the worker and shows what it says. */
import { startWorker } from "./workers.js";

const status = /** @type {HTMLElement} */ (document.querySelector("[role=status]"));
const worker = startWorker();
worker.addEventListener("message", (event) => {
  status.textContent = event.data.ready ? "Ready" : "Something broke; nothing was sent";
});
worker.addEventListener("error", () => {
  status.textContent = "Something broke; nothing was sent";
});
