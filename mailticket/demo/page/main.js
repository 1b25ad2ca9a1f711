// The page: asks the demo every second what is new, and gives it to the panes.

import { CasePane } from "./cases.js";
import { isNarrow, make } from "./elements.js";
import { MailPane } from "./mails.js";
import { Tour } from "./tour.js";

const EVERY = 800; // milliseconds
const pulse = document.getElementById("pulse");
const pulseWords = document.getElementById("pulse-words");
let tag = "";
let parts = null;
let timer = 0;

function show(pane) {
  document.body.dataset.pane = pane;
  for (const button of document.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === pane));
  }
}

function build(state) {
  const keys = (isCsr) => state.people.filter((person) => person.is_csr === isCsr).map((person) => person.key);
  const told = {
    chose: (mail) => parts.cases.choose(mail.case),
    sent: () => { ask(); if (isNarrow()) scrollTo({ top: 0 }); },
    trouble: (trouble) => say(false, trouble.message),
  };
  const cases = new CasePane(document.getElementById("cases"));
  const customers = new MailPane(document.getElementById("customers"), "Customers", keys(false), told);
  const csrs = new MailPane(document.getElementById("csrs"), "CSRs", keys(true), told);
  const tour = new Tour(document.getElementById("tour"), document.getElementById("tour-toggle"), customers, csrs, show);
  const addresses = [state.support, ...state.people].map((one) => make("option", { value: one.address }, one.name));
  document.body.append(make("datalist", { id: "known-addresses" }, ...addresses));
  return { cases, customers, csrs, tour };
}

function say(isWell, words) {
  pulse.classList.toggle("lost", !isWell);
  pulseWords.textContent = words;
}

async function ask() {
  clearTimeout(timer);
  try {
    const answer = await fetch("/state", { headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 200) {
      const state = await answer.json();
      tag = answer.headers.get("ETag") ?? "";
      parts ??= build(state);
      parts.cases.update(state.cases);
      parts.customers.update(state.people);
      parts.csrs.update(state.people);
      parts.tour.update(state);
    }
    if (answer.ok || answer.status === 304) say(true, "live");
    else say(false, (await answer.json().catch(() => ({}))).error || "The demo has trouble; it tries again.");
  } catch (trouble) {
    say(false, trouble instanceof TypeError ? "The demo was stopped." : trouble.message);
  }
  timer = setTimeout(ask, document.hidden ? EVERY * 4 : EVERY);
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => show(button.dataset.show));
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
show("customers");
ask();
