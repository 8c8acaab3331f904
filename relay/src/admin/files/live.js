// Changes figures as the relay sends them: tab-separated lines of kind, name and value. Without it the page shows what was
// true when it was loaded.

const source = new EventSource("/admin/live");
const version = document.querySelector("[data-version]")?.getAttribute("data-version");

/** @param {string} text */
function show(text) {
  for (const line of text.split("\n")) {
    const [kind, name, value] = line.split("\t");
    if (kind === "v" && value !== version) {
      location.reload();
      return;
    }
    if (kind === "t") {
      for (const element of document.querySelectorAll(`[data-live="${name}"]`)) {
        if (element.textContent !== value) element.textContent = value ?? "";
      }
    }
    if (kind === "b") {
      const [y, height] = (value ?? "").split(" ");
      for (const element of document.querySelectorAll(`[data-bar="${name}"]`)) {
        element.setAttribute("y", y ?? "0");
        element.setAttribute("height", height ?? "0");
      }
    }
  }
}

source.addEventListener("message", (event) => show(event.data));
source.addEventListener("over", () => location.reload());
addEventListener("pagehide", () => source.close());
