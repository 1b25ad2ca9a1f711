// Four steps that show the product in two minutes. Each is done when the facts say so, not when a button was pressed.

import { first, make } from "./elements.js";

const INQUIRY = {
  subject: "Where is my order 10398?",
  text: "Hello,\n\nI ordered a kettle ten days ago (order 10398) and it has not come yet. Is it still on its way?\n\nCarla",
};
const ANSWER = "sorry for the wait. Your kettle got stuck at our carrier's depot, and it will be with you on Tuesday.\n\nThe delivery is free, of course.";
const NOTE = "#note\nThe carrier lost two more parcels this week. Worth a word with them.";
const AFTER = [
  "That is the whole of it. Go on: answer as Carla, put somebody into Cc, attach a file, write ",
  make("code", {}, "#close"), " or ", make("code", {}, "#help"), " as a CSR, or let Bo answer a case of Ann's.",
];

export class Tour {
  /** `customers` and `csrs` are the two mail panes; `show(pane)` brings a pane to the front on a phone. */
  constructor(root, toggle, customers, csrs, show) {
    Object.assign(this, { root, toggle, customers, csrs, show });
    toggle.addEventListener("click", () => {
      root.hidden = !root.hidden;
      toggle.textContent = root.hidden ? "Show the tour" : "Hide the tour";
    });
  }

  update(state) {
    this.facts = read(state);
    const key = JSON.stringify(this.facts);
    if (key === this.drawn) return;
    this.drawn = key;
    const steps = this.#steps();
    const now = steps.findIndex((step) => !step.done);
    this.root.replaceChildren(make("ol", {}, ...steps.map((step, at) => this.#step(step, at, now))));
    if (now < 0) this.root.append(make("p", { class: "after" }, ...AFTER));
  }

  #step(step, at, now) {
    const isNow = at === now;
    const button = isNow && step.act
      ? make("button", { type: "button", class: "main", onclick: step.act }, step.button) : null;
    return make("li", { class: step.done ? "done" : isNow ? "now" : "later", "aria-current": isNow ? "step" : false },
      make("span", { class: "number", "aria-hidden": "true" }, step.done ? "✓" : String(at + 1)),
      make("div", {}, make("h3", {}, step.title), isNow ? make("p", {}, step.words) : null), button);
  }

  #steps() {
    const { csr, isSent, letter, isAnswered, answer, isAnswerSeen, isCommanded } = this.facts;
    const name = csr ? first(csr.name) : "A CSR";
    return [
      {
        title: "Write as Carla", done: isSent, button: "Write as Carla",
        words: "A customer sends an ordinary mail to support@example.com. No form, no account.",
        act: () => this.#on("customers", () => { this.customers.choose("carla"); this.customers.write(INQUIRY); }),
      },
      {
        title: `${name} got it: press Reply`, done: isAnswered, button: `Reply as ${name}`,
        words: `It opened a case and reached one CSR in their own mail client. ${name} types only the answer.`,
        act: letter ? () => this.#on("csrs", () => { this.csrs.choose(csr.key, letter); this.csrs.reply(ANSWER); }) : null,
      },
      {
        title: "Carla has the answer", done: isAnswerSeen, button: "Open Carla's mail",
        words: "With greeting and sign-off, from support@example.com, and without a trace of the desk.",
        act: answer ? () => this.#on("customers", () => this.customers.choose("carla", answer)) : null,
      },
      {
        title: "Now a command", done: isCommanded, button: `Reply with #note`,
        words: "A first line such as #note or #close is for the desk: #note stays private, #close ends the case.",
        act: letter ? () => this.#on("csrs", () => { this.csrs.choose(csr.key, letter); this.csrs.reply(NOTE); }) : null,
      },
    ];
  }

  #on(pane, act) {
    this.show(pane);
    act();
  }
}

/** Where Carla's matter stands. */
function read(state) {
  const carla = state.people.find((person) => person.key === "carla");
  const toSupport = (mail) => mail.to.some((one) => one.address === state.support.address);
  const sent = carla.mails.filter((mail) => mail.folder === "Sent" && toSupport(mail)).at(-1);
  const theirs = state.cases.find((one) => sent && one.id === sent.case);
  const csr = state.people.find((person) => theirs?.csr && person.name === theirs.csr);
  const letter = csr?.mails.find((mail) => mail.folder === "INBOX" && mail.case === theirs.id);
  const has = (kind) => Boolean(theirs?.entries.some((entry) => entry.kind === kind));
  const answer = theirs && carla.mails.find((mail) =>
    mail.folder === "INBOX" && mail.case === theirs.id && mail.letter === "customer_reply");
  return {
    csr: csr && { key: csr.key, name: csr.name },
    letter: letter?.id, answer: answer?.id,
    isSent: Boolean(sent), isAnswered: Boolean(answer), isAnswerSeen: Boolean(answer?.is_seen),
    isCommanded: has("note") || ["closed", "resolved", "pending"].includes(theirs?.status),
  };
}
