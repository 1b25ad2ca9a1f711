// A draft in a pane: To, Cc, subject, text, files; quoting is the mail program's business and happens at sending.

import { first, isNarrow, make, post, size } from "./elements.js";
import { paper } from "./paper.js";

export class Composer {
  constructor(place, closed, sent) {
    this.place = place;
    this.closed = closed;
    this.sent = sent;
    this.isOpen = false;
    this.unsent = new Map(); // what was typed and not sent, by writer and answered mail
  }

  /** `person` writes; `mail` is what they answer, or null; `draft` is what stands there unless something was unsent. */
  open(person, mail, suggested) {
    this.#keep();
    this.key = `${person.key}/${mail?.id ?? ""}`;
    const draft = suggested.text ? suggested : this.unsent.get(this.key) ?? suggested;
    this.isOpen = true;
    this.person = person;
    this.mail = mail;
    this.files = [];
    this.to = field("To", draft.to, { required: true, list: "known-addresses" });
    this.cc = field("Cc", draft.cc ?? "", { list: "known-addresses" });
    this.subject = field("Subject", draft.subject);
    this.text = make("textarea", { rows: mail ? 6 : 10, "aria-label": "Text", placeholder: hint(person, mail) });
    this.text.value = draft.text ?? "";
    this.trouble = make("p", { class: "trouble", role: "alert" });
    this.form = make("form", { class: "draft", onsubmit: (event) => this.#send(event), onkeydown: (event) => this.#key(event) },
      make("h3", {}, `${mail ? "Reply" : "New mail"} as ${first(person.name)}`),
      this.to.label, this.cc.label, this.subject.label, this.text, this.trouble, this.#buttons(), this.#quoted());
    this.place.replaceChildren(this.form);
    this.place.scrollTop = 0;
    if (isNarrow()) this.form.scrollIntoView();
    this.text.focus({ preventScroll: true });
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
  }

  /** Put the draft away; it is there again when the same mail is answered again. */
  close() {
    this.#keep();
    this.isOpen = false;
  }

  #keep() {
    if (!this.isOpen || !this.text.value.trim()) return;
    this.unsent.set(this.key, {
      to: this.to.input.value, cc: this.cc.input.value, subject: this.subject.input.value, text: this.text.value,
    });
  }

  #buttons() {
    this.chosen = make("span", { class: "chosen" });
    const input = make("input", { type: "file", multiple: true, class: "aside", "aria-label": "Attach files", onchange: () => this.#attach(input) });
    this.button = make("button", { class: "main", title: "Ctrl+Enter" }, "Send");
    return make("div", { class: "buttons" }, this.button,
      make("label", { class: "quiet attach" }, "Attach", input), this.chosen,
      make("button", { type: "button", class: "quiet", title: "Esc", onclick: () => this.#putAway() }, "Cancel"));
  }

  #quoted() {
    if (!this.mail) return null;
    const program = this.person.program;
    return make("details", { class: "quoted", open: true },
      make("summary", {}, `${program} quotes the whole mail below, as ever`), paper(this.person, this.mail, () => {}));
  }

  async #attach(input) {
    for (const file of input.files) {
      const content = await base64(file);
      this.files.push({ name: file.name, type: file.type || "application/octet-stream", content });
      this.chosen.append(make("span", { class: "file" }, `${file.name} · ${size(file.size)}`));
    }
    input.value = "";
  }

  async #send(event) {
    event.preventDefault();
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.trouble.textContent = "";
    try {
      await post("/send", {
        person: this.person.key, to: this.to.input.value, cc: this.cc.input.value, subject: this.subject.input.value,
        text: this.text.value, answered: this.mail?.id ?? "", files: this.files,
      });
      this.#putAway();
      this.unsent.delete(this.key);
      this.sent();
    } catch (trouble) {
      this.trouble.textContent = trouble.message;
      this.button.disabled = false;
    }
  }

  #putAway() {
    this.close();
    this.closed();
    this.place.focus({ preventScroll: true });
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    else if (event.key === "Escape") this.#putAway();
    else return;
    event.preventDefault();
  }
}

function hint(person, mail) {
  if (!mail) return "Write as a customer would.";
  return person.is_csr ? "Only the answer. Greeting, sign-off and history are added for you." : "Your answer";
}

function field(name, value, more = {}) {
  const input = make("input", { name: name.toLowerCase(), autocomplete: "off", spellcheck: "false", ...more });
  input.value = value;
  return { input, label: make("label", { class: "field" }, make("span", {}, name), input) };
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(new Error(`${file.name} could not be read.`));
    reader.readAsDataURL(file);
  });
}
