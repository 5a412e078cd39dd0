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

// Data of an event is JSON: {crawl, command, outcome, repositoriesDone, repositories, secondsLeft, organizations:
// [{host, name, requests, filesAsked, filesFailed, entitiesChanged, waitingSeconds, waitingReason}]}. What is not
// there is left empty. Texts are set as texts, never as HTML.
function follow(section) {
  const events = new EventSource("/api/crawler/events");
  let failures = 0;
  events.onerror = () => { failures += 1; if (failures > 3) events.close(); };
  const show = (event) => {
    let news;
    try { news = JSON.parse(event.data); } catch { return; }
    if (section.dataset.crawl && String(news.crawl) !== section.dataset.crawl) return;
    failures = 0;
    if (news.outcome && news.outcome !== "running") { events.close(); location.reload(); return; }
    section.hidden = false;
    const done = news.repositories ? `${news.repositoriesDone ?? 0} of ${news.repositories} repositories` : "";
    const left = news.secondsLeft ? `, about ${Math.ceil(news.secondsLeft / 60)} min left` : "";
    section.querySelector("[data-field=summary]").textContent =
      `${news.command ?? "crawl"} ${news.crawl ?? ""} ${done}${left}`;
    const body = section.querySelector("[data-field=organizations]");
    body.replaceChildren(...(news.organizations ?? []).map(row));
  };
  events.onmessage = show;
  for (const name of ["progress", "crawl", "end"]) events.addEventListener(name, show);
}

function row(part) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = part.name ?? "";
  line.append(name);
  for (const key of ["requests", "filesAsked", "filesFailed", "entitiesChanged"]) {
    const cell = document.createElement("td");
    cell.className = "number";
    cell.textContent = part[key] ?? "";
    line.append(cell);
  }
  const waiting = document.createElement("td");
  if (part.waitingSeconds) waiting.textContent = `${Math.ceil(part.waitingSeconds)} s: ${part.waitingReason ?? ""}`;
  line.append(waiting);
  return line;
}
