"""Uses the pages as people do, in a headless Chromium, and fails when something is not as it has to be."""

import argparse
import pathlib
import time

from devtools import Browser

CHECKS = (pathlib.Path(__file__).parent / "checks.js").read_text()

PAGES = {
    "overview": "/",
    "catalog": "/catalog",
    "search": "/catalog?q=payments",
    "entity": "/entities/component/default/payments-api",
    "api": "/entities/api/default/payments",
    "group": "/entities/group/default/hub",
    "hostile": "/entities/component/default/hostile",
    "hostile-api": "/entities/api/default/hostile-api",
    "control-characters": "/entities/component/default/control-characters",
    "right-to-left": "/entities/component/default/right-to-left",
    "long": "/entities/component/default/long",
    "history": "/entities/component/default/ledger",
    "repositories": "/repositories",
    "problems": "/problems",
    "rule": "/problems?organization=contoso",
    "crawls": "/crawls",
    "crawl": "/crawls/1",
    "nothing": "/catalog?q=nothingofthatname",
}


class Run:
    def __init__(self, address, folder):
        self.address, self.folder = address, folder
        self.browser = Browser()
        self.failures = []

    def expect(self, condition, text):
        if not condition:
            self.failures.append(text)

    def check(self, name):
        for fault in self.browser.evaluate(CHECKS):
            self.failures.append(f"{name}: {fault}")
        title = self.browser.evaluate("document.title")
        self.expect("pwned" not in title.split("<")[0], f"{name}: a hostile text ran: {title}")
        for complaint in self.browser.complaints:
            self.failures.append(f"{name}: {complaint}")
        self.browser.complaints.clear()

    def look(self):
        """Every page, light and dark, wide and narrow."""
        for name, path in PAGES.items():
            for scheme in ("light", "dark"):
                self.browser.scheme(scheme)
                for width, form in ((1200, "wide"), (360, "narrow")):
                    self.browser.size(width, 800)
                    self.browser.open(self.address + path)
                    self.check(f"{name} {scheme} {form}")
                    self.browser.screenshot(self.folder / f"{name}-{scheme}-{form}.png")
        self.browser.scheme("light")
        self.browser.size(1200)

    def use(self):
        """Search by key, open, follow a relation, refresh, see what a crawl does."""
        browser = self.browser
        browser.open(self.address + "/")
        browser.press("/")
        self.expect(browser.evaluate("document.activeElement.id") == "find", "`/` does not lead to the search")
        browser.evaluate("document.activeElement.value = 'payments-api'")
        browser.follow("document.activeElement.form.requestSubmit()")
        hit = "document.querySelector('.hits a')"
        self.expect("payments" in (browser.evaluate(f"{hit}?.textContent") or "").lower(), "the search finds nothing")
        browser.follow(f"{hit}.click()")
        first = browser.evaluate("location.pathname")
        self.expect(first.startswith("/entities/"), f"a hit leads to {first}")
        self.check("a hit")
        browser.press("/")
        self.expect(browser.evaluate("document.activeElement.id") == "find", "`/` does not lead from an entity to the search")
        browser.follow("document.querySelector('.relations a').click()")
        second = browser.evaluate("location.pathname")
        self.expect(second.startswith("/entities/") and second != first, f"a relation leads to {second}")
        self.check("a relation")
        browser.follow("document.querySelector('.refresh button').click()")
        self.expect("Asked for" in browser.evaluate("document.querySelector('main').textContent"), "no refresh")
        self.expect("asked=" in browser.evaluate("location.search"), "a refresh leads somewhere else")
        self.check("a refresh")
        self.watch()
        self.check("progress")
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            browser.screenshot(self.folder / f"progress-{scheme}-wide.png")
        browser.scheme("light")
        browser.open(self.address + "/problems")
        lines = browser.evaluate("[...document.querySelectorAll('.excerpt')].map((e) => e.textContent)")
        self.expect("- Machine_Learning" in " ".join(lines), f"no line of a problem: {lines}")
        browser.open(self.address + "/")
        table = browser.evaluate("document.querySelector('[aria-label=Organizations]').innerText")
        for text in ("personal access token", "under way", "sent"):
            self.expect(text in table, f"the overview does not say {text!r} of an organization: {table}")
        runs = browser.evaluate("document.querySelector('.runs').innerText")
        self.expect("sync" in runs and "in " in runs and "refresh" in runs, f"the next runs are not there: {runs}")
        self.check("the overview of a service that has crawled")
        browser.screenshot(self.folder / "overview-used-light-wide.png")

    def watch(self):
        """Has everything crawled and sees both organizations in the progress; again when a crawl was over too soon."""
        browser = self.browser
        live = ""
        for _ in range(5):
            browser.open(self.address + "/crawls")
            browser.follow("document.querySelector('.head form button').click()")
            for _ in range(100):
                live = browser.evaluate("document.querySelector('[data-live]:not([hidden])')?.innerText ?? ''")
                if "contoso" in live and "fabrikam" in live:
                    return
                time.sleep(0.05)
        self.failures.append(f"no progress is seen: {live}")

    def use_without_scripts(self):
        """The same works where no script runs: forms and links are enough."""
        browser = self.browser
        browser.scripts(False)
        for path in PAGES.values():
            browser.open(self.address + path)
        browser.scripts(True)
        browser.open(self.address + "/catalog?q=payments")
        self.expect(browser.evaluate("document.querySelectorAll('.hits li').length") > 0, "nothing without scripts")
        browser.complaints.clear()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    run = Run(arguments.address, arguments.folder)
    try:
        run.look()
        run.use()
        run.use_without_scripts()
    finally:
        run.browser.close()
    for failure in run.failures:
        print(f"browser: {failure}")
    print(f"browser: {len(PAGES)} pages in two colours and two widths, {len(run.failures)} faults")
    raise SystemExit(1 if run.failures else 0)


main()
