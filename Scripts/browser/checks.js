// What a page has to be for everybody, checked as axe does it: a list of what is wrong, in words.
(() => {
  const wrong = [];
  const say = (text, element) => wrong.push(element ? `${text}: ${element.outerHTML.slice(0, 140)}` : text);
  const all = (selector) => [...document.querySelectorAll(selector)];

  if (!document.documentElement.lang) say("the page has no language");
  if (!document.title.trim()) say("the page has no title");
  if (all("main").length !== 1) say("there is not one main");
  if (all("h1").length !== 1) say("there is not one h1");
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say(`a heading leaves out a level (${level} to ${own})`, heading);
    level = own;
    if (!heading.textContent.trim()) say("a heading is empty", heading);
  }
  for (const field of all("input:not([type=hidden]), select, textarea")) {
    if (!field.labels?.length && !field.getAttribute("aria-label")) say("a field has no label", field);
  }
  for (const link of all("a[href], button")) {
    if (link.closest("[aria-hidden=true]")) {
      if (link.tabIndex >= 0) say("what is hidden can be reached by key", link);
      continue;
    }
    if (!link.textContent.trim() && !link.getAttribute("aria-label")) say("a link or button has no name", link);
  }
  for (const link of all("a[href]")) {
    const address = link.getAttribute("href");
    if (!/^(https?:|mailto:|\/|#)/i.test(address)) say("a link leads where none may", link);
  }
  for (const image of all("img")) if (!image.hasAttribute("alt")) say("an image has no text", image);
  for (const cell of all("th")) if (!cell.hasAttribute("scope")) say("a th has no scope", cell);
  const ids = new Set();
  for (const element of all("[id]")) {
    if (ids.has(element.id)) say("an id is there twice", element);
    ids.add(element.id);
  }
  for (const element of all("[aria-labelledby]")) {
    for (const id of element.getAttribute("aria-labelledby").split(" ")) {
      if (!document.getElementById(id)) say("a label is not there", element);
    }
  }
  const landmarks = all("nav").map((nav) => nav.getAttribute("aria-label"));
  if (new Set(landmarks).size !== landmarks.length) say("two navigations have one name");
  for (const item of all("ul > :not(li), ol > :not(li), dl > :not(dt, dd, div)")) say("a list has another child", item);
  for (const element of all("*")) {
    if (element.hasAttribute("style")) say("an element has a style", element);
    for (const name of element.getAttributeNames()) if (name.startsWith("on")) say("an element has a handler", element);
  }
  if (all("script:not([src])").length) say("a script is in the page");
  if (document.scrollingElement.scrollWidth > window.innerWidth) {
    const wide = all("body *").find((e) =>
      e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest(".scroll, .hidden, .skip"));
    say(`the page is ${document.scrollingElement.scrollWidth} wide in a window of ${window.innerWidth}`, wide);
  }

  // Contrast of every text with the ground that it stands on (WCAG 2.2, 1.4.3).
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour.length && (colour[3] ?? 1) > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("svg, script, .hidden, .skip, [hidden], option")) continue;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const place = `${element.tagName}.${element.className}`;
    if (ratio < 4.5 && !seen.has(place)) say(`contrast is ${ratio.toFixed(2)}`, element);
    seen.add(place);
  }
  return wrong;
})();
