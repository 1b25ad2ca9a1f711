// A mail as its sender made it, shown safely.

import { make } from "./elements.js";

/** The mail itself, in a frame without scripts and without anything from outside, as tall as its content. */
export function paper(person, mail, write) {
  const frame = make("iframe", {
    class: "paper", title: `Mail: ${mail.subject}`, src: `/mail/${person.key}/${mail.id}`,
    sandbox: "allow-same-origin allow-popups allow-popups-to-escape-sandbox",
  });
  frame.addEventListener("load", () => {
    const page = frame.contentDocument;
    if (!page?.body) return;
    const fit = () => { frame.style.height = `${Math.ceil(page.documentElement.offsetHeight) + 2}px`; };
    fit();
    new ResizeObserver(fit).observe(page.documentElement);
    for (const link of page.querySelectorAll("a[href]")) link.target = "_blank";
    page.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href^='mailto:']");
      if (!link) return;
      event.preventDefault();
      const to = new URL(link.href);
      write({ to: decodeURIComponent(to.pathname), subject: to.searchParams.get("subject") ?? "", text: to.searchParams.get("body") ?? "" });
    });
  });
  return frame;
}
