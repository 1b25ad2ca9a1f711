// The cases: a list, and the life of the chosen one, entry by entry, with the reason of everything that happened.

import { clock, first, make, refill } from "./elements.js";

const KINDS = {
  customer_mail: { sign: "✉", words: (entry) => `${entry.author} wrote` },
  reply: { sign: "↩", words: (entry) => (entry.held ? `${entry.author}'s answer is held` : `${entry.author} answered`) },
  note: { sign: "✎", words: (entry) => `${entry.author} noted, for colleagues only` },
};

export class CasePane {
  constructor(root) {
    this.root = root;
    this.chosen = null;
    this.list = make("ul", { class: "case-list", "aria-label": "Cases, the newest first" });
    this.life = make("div", { class: "life", tabindex: "0", "aria-label": "The life of this case" });
    root.replaceChildren(make("h2", {}, "What mailticket made of it"), this.list, this.life);
  }

  update(cases) {
    this.cases = cases;
    this.#fill();
  }

  /** Show the case that a mail belongs to. */
  choose(id) {
    if (!id || !this.cases?.some((one) => one.id === id)) return;
    this.chosen = id;
    this.#fill();
  }

  #fill() {
    const open = this.cases.find((one) => one.id === this.chosen) ?? this.cases[0];
    refill(this.list, this.cases.map((one) => this.#card(one, one === open)));
    if (!open) {
      this.life.replaceChildren(make("p", { class: "nothing" }, "No case yet. The first mail to support opens one."));
      return;
    }
    const drawn = JSON.stringify([open.id, open.entries]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    this.life.replaceChildren(make("ol", { class: "entries" }, ...open.entries.map(entryShown)));
    this.life.scrollTop = this.life.scrollHeight;
  }

  #card(one, isOpen) {
    const has = one.csr ? first(one.csr) : "waits for a CSR";
    return make("li", {}, make("button", {
      type: "button", class: "card", "data-id": one.id, "aria-current": isOpen ? "true" : false,
      onclick: () => this.choose(one.id),
    },
      make("span", { class: `status ${one.status}` }, one.status),
      make("span", { class: "subject" }, one.subject || "(no subject)"),
      make("span", { class: "between" }, `${one.id} · ${first(one.customer)} → ${has}`)));
  }
}

const SMALL = { event: "•", letter: "➤" };

function entryShown(entry) {
  const kind = KINDS[entry.kind];
  const sign = make("span", { class: "sign", "aria-hidden": "true" }, kind?.sign ?? SMALL[entry.kind]);
  const time = make("time", { datetime: entry.at }, clock(entry.at));
  if (!kind) return make("li", { class: `entry small ${entry.kind}` }, sign, make("p", {}, entry.text, " ", time));
  return make("li", { class: `entry ${entry.kind}` }, sign,
    make("div", {},
      make("p", { class: "heading" }, make("b", {}, kind.words(entry)), " ", time),
      entry.held ? make("p", { class: "held" }, `Held: ${entry.held}`) : null,
      entry.text ? make("p", { class: "words" }, entry.text) : null,
      entry.files.length ? make("p", { class: "files" }, ...entry.files.map((name) => make("span", { class: "file" }, name))) : null));
}
