// Pages work without this file. With it `/` leads to the search, and what crawls do is shown while they do it.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const field = document.querySelector("[data-find]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

const live = document.querySelector("[data-live]");
if (live && "EventSource" in window) follow(live);

// What an event says of a crawl is in docs/crawler-api.md. Texts are set as texts, never as HTML.
function follow(section) {
  const events = new EventSource("/api/crawler/events");
  let failures = 0;
  events.onerror = () => { failures += 1; if (failures > 3) events.close(); };
  const read = (event, act) => {
    let news;
    try { news = JSON.parse(event.data); } catch { return; }
    const crawl = news.id ?? news.crawl;
    if (section.dataset.crawl && String(crawl) !== section.dataset.crawl) return;
    failures = 0;
    act(news);
  };
  const show = (news) => {
    section.hidden = false;
    const done = news.repositories ? `: ${news.visited ?? 0} files of ${news.repositories} repositories` : "";
    section.querySelector("[data-field=summary]").textContent = `${news.command ?? "crawl"} ${news.id ?? ""}${done}`;
    const body = section.querySelector("[data-field=organizations]");
    body.replaceChildren(...(news.organizations ?? []).map(row));
  };
  for (const name of ["begun", "progress"]) events.addEventListener(name, (event) => read(event, show));
  events.addEventListener("ended", (event) => read(event, (news) => {
    if (news.continued) return;
    events.close();
    location.reload();
  }));
}

function row(part) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = part.name ?? "";
  line.append(name);
  for (const key of ["repositories", "visited"]) {
    const cell = document.createElement("td");
    cell.className = "number";
    cell.textContent = part[key] ?? "";
    line.append(cell);
  }
  const state = document.createElement("td");
  if (part.pausedUntil) state.textContent = `paused by Azure DevOps until ${part.pausedUntil.slice(11, 19)} UTC`;
  else state.textContent = part.done ? "done" : "under way";
  line.append(state);
  return line;
}
