// Making elements, times and requests: the few words that every part of the page uses.

const token = document.querySelector('meta[name="demo-token"]').content;

/** make("p", {class: "x", onclick: f}, "text", child): an element. Text is always text, never markup. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** "14:05" */
export const clock = (iso) =>
  new Date(iso).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

/** "812 bytes", "34 KB", "2.1 MB" */
export const size = (bytes) =>
  bytes < 1000 ? `${bytes} bytes` : bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;

/** Is this a narrow screen, where one pane is shown at a time and the page scrolls as a whole? */
export const isNarrow = () => matchMedia("(max-width: 999px)").matches;

export const first = (name) => name.split(" ")[0];

/** The two letters in a person's circle. */
export const initials = (name) => name.split(" ").map((word) => word[0]).slice(0, 2).join("");

/** POST to the demo; throws an Error with words for the visitor. */
export async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Demo-Token": token },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The demo does not answer. Is it still running?");
  }
  if (answer.ok) return answer.json();
  if (answer.status === 413) throw new Error("That is too large: 20 MB at most.");
  const told = await answer.json().catch(() => ({}));
  throw new Error(told.error || "The demo did not understand this page. Reload it.");
}

/** Put new children into a list, and the focus back on the one that had it (by data-id). */
export function refill(list, children) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
  list.replaceChildren(...children);
  if (focused) list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
