// One pane: the mail program of whoever is chosen among its people. Their tabs, their list, one mail, a draft.

import { Composer } from "./compose.js";
import { clock, first, initials, isNarrow, make, post, refill, size } from "./elements.js";
import { paper } from "./paper.js";

export class MailPane {
  /** `people` are keys; `told.chose(mail)` is called when the visitor opens a mail. */
  constructor(root, title, people, told) {
    this.root = root;
    this.keys = people;
    this.told = told;
    this.person = null;
    this.chosen = new Map(); // person's key -> id of the mail that is open
    this.known = null; // ids seen before: what is not among them has just arrived
    this.tabs = make("div", { class: "people", role: "group", "aria-label": `${title}: whose mailbox` });
    this.list = make("ul", { class: "mails", "aria-label": "Mails", onkeydown: (event) => this.#walk(event) });
    this.reading = make("article", { class: "reading", tabindex: "-1" });
    this.account = make("span", { class: "account" });
    this.composer = new Composer(this.reading, () => this.#show(), told.sent);
    const write = make("button", { type: "button", class: "quiet", title: "N", onclick: () => this.write() }, "New mail");
    const bar = make("div", { class: "bar" }, this.account, write);
    root.replaceChildren(make("h2", {}, title), this.tabs, bar, this.list, this.reading);
    root.addEventListener("keydown", (event) => this.#shortcut(event));
  }

  /** New facts from the demo. */
  update(people) {
    this.people = this.keys.map((key) => people.find((person) => person.key === key));
    this.person = this.people.find((person) => person.key === (this.person?.key ?? this.keys[0]));
    const ids = new Set(this.people.flatMap((person) => person.mails.map((mail) => `${person.key}/${mail.id}`)));
    this.fresh = new Set([...ids].filter((id) => this.known && !this.known.has(id)));
    this.known = ids;
    this.#fillTabs();
    this.#fillList();
    if (!this.composer.isOpen && this.shown !== this.#address()) this.#show();
  }

  /** Switch to a person, and to one of their mails if it is named. */
  choose(key, mailId) {
    const changes = this.person?.key !== key || (mailId && this.chosen.get(key) !== mailId);
    this.person = this.people.find((person) => person.key === key);
    if (mailId) this.chosen.set(key, mailId);
    if (changes) this.composer.close();
    this.#fillTabs();
    this.#fillList();
    this.#show();
    if (!mailId) return;
    this.#opened(this.#open());
    if (isNarrow()) this.reading.scrollIntoView();
  }

  /** A new mail, with what the tour suggests. */
  write(suggestion = {}) {
    this.composer.open(this.person, null, { to: "support@example.com", subject: "", text: "", ...suggestion });
    this.shown = null;
  }

  /** Answer the open mail. */
  reply(text = "") {
    const mail = this.#open();
    if (!mail) return;
    const prefix = this.person.program === "Outlook" ? "RE: " : "Re: ";
    const subject = /^(re|aw):/i.test(mail.subject) ? mail.subject : prefix + mail.subject;
    const others = mail.folder === "Sent" ? mail.to : [mail.from];
    const cc = mail.cc.map((one) => one.address).filter((one) => one !== this.person.address).join(", ");
    this.composer.open(this.person, mail, { to: others.map((one) => one.address).join(", "), cc, subject, text });
    this.shown = null;
  }

  #open() {
    const id = this.chosen.get(this.person.key);
    const mails = this.person.mails;
    return mails.find((mail) => mail.id === id) ?? mails.find((mail) => mail.folder === "INBOX") ?? mails[0];
  }

  #address() {
    const mail = this.#open();
    return `${this.person.key}/${mail ? mail.id : ""}`;
  }

  #opened(mail) {
    this.told.chose(mail);
    if (!mail.is_seen) {
      mail.is_seen = true;
      this.#fillTabs();
      this.#fillList();
      post("/seen", { person: this.person.key, mail: mail.id }).catch((trouble) => this.told.trouble(trouble));
    }
  }

  #fillTabs() {
    refill(this.tabs, this.people.map((person) => {
      const unread = person.mails.filter((mail) => !mail.is_seen).length;
      const isHere = person.key === this.person.key;
      const label = `${person.name}${unread ? `, ${unread} unread` : ""}`;
      return make("button", {
        type: "button", class: "person", "data-id": person.key, "aria-pressed": String(isHere), "aria-label": label,
        onclick: () => this.choose(person.key),
      },
        make("span", { class: "face", "aria-hidden": "true" }, initials(person.name)),
        make("span", {}, first(person.name)),
        unread ? make("span", { class: "count", "aria-hidden": "true" }, String(unread)) : null);
    }));
    this.account.textContent = `${this.person.address} · writes with ${this.person.program}`;
  }

  #fillList() {
    const open = this.#open();
    const rows = this.person.mails.map((mail) => this.#row(mail, mail === open));
    const empty = make("li", { class: "empty" }, `${first(this.person.name)} has no mail yet.`);
    refill(this.list, rows.length ? rows : [empty]);
  }

  #row(mail, isOpen) {
    const isSent = mail.folder === "Sent";
    const who = isSent ? `To ${mail.to.map((one) => one.name || one.address).join(", ")}` : mail.from.name || mail.from.address;
    const isFresh = this.fresh?.has(`${this.person.key}/${mail.id}`);
    const marks = [mail.is_seen ? "" : "unread", isSent ? "sent" : "", isFresh ? "fresh" : ""].join(" ");
    return make("li", {}, make("button", {
      type: "button", class: `row ${marks}`, "data-id": mail.id, "aria-current": isOpen ? "true" : false,
      onclick: () => this.choose(this.person.key, mail.id),
    },
      make("span", { class: "who" }, who),
      make("time", { datetime: mail.at }, clock(mail.at)),
      make("span", { class: "subject" }, mail.subject || "(no subject)"),
      make("span", { class: "preview" }, mail.preview)));
  }

  #show() {
    if (this.composer.isOpen) return;
    this.shown = this.#address();
    this.reading.scrollTop = 0;
    const mail = this.#open();
    if (!mail) {
      const write = make("button", { type: "button", class: "main", onclick: () => this.write() }, "New mail");
      this.reading.replaceChildren(make("div", { class: "nothing" }, make("p", {}, "Nothing to read yet."), write));
      return;
    }
    this.reading.replaceChildren(this.#head(mail), paper(this.person, mail, (draft) => this.write(draft)));
  }

  #head(mail) {
    const line = (label, people) => people.length
      ? make("p", {}, make("span", { class: "label" }, label), people.map(shownAddress).join(", ")) : null;
    const files = mail.files.map((file, number) => make("a", {
      class: "file", href: `/mail/${this.person.key}/${mail.id}/file/${number}`, download: file.name,
    }, `${file.name} · ${size(file.size)}`));
    return make("header", {},
      make("div", { class: "titled" },
        make("h3", {}, mail.subject || "(no subject)"),
        make("button", { type: "button", class: "main", title: "R", onclick: () => this.reply() }, "Reply")),
      line("From", [mail.from]), line("To", mail.to), line("Cc", mail.cc),
      files.length ? make("p", { class: "files" }, ...files) : null);
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = [...this.list.querySelectorAll(".row")];
    const at = rows.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    rows[at + step]?.focus();
    rows[at + step]?.click();
  }

  #shortcut(event) {
    if (event.target.closest("input, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { r: () => this.reply(), n: () => this.write() }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }
}

const shownAddress = (one) => (one.name ? `${one.name} <${one.address}>` : one.address);
