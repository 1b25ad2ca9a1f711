// Reads {name: html} as JSON from standard input; writes every finding about it as JSON to standard output.
import { caniemail } from "caniemail";

const CLIENTS = ["outlook.*", "gmail.*", "apple-mail.*", "thunderbird.*"];

let input = "";
for await (const piece of process.stdin) input += piece;

const found = [];
for (const [letter, html] of Object.entries(JSON.parse(input))) {
  const { issues } = caniemail({ clients: CLIENTS, html });
  for (const [kind, byClient] of [["unsupported", issues.errors], ["partial", issues.warnings]])
    for (const [client, list] of byClient)
      for (const { title, notes } of list) found.push({ letter, kind, client, title, notes: notes ?? [] });
}
process.stdout.write(JSON.stringify(found));
