"""Measures `catalog-crawler validate`; called by Scripts/benchmark.sh with --validate or --hostile."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

MEGABYTE = 1 << 20
# CPU seconds that one hostile text may take, the start of the program left out.
LIMIT = 0.1
LIMITS = {
    # libyaml looks at every list that is open for every token, which alone takes 0.13 s here.
    "flow lists 90 deep": 0.25,
}


def run(program, arguments):
    """One run; returns wall and CPU seconds, peak memory in MB, the exit code and the last line printed."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([program, "validate", *arguments], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        output.seek(max(0, output.seek(0, os.SEEK_END) - 200))
        lines = output.read().decode(errors="replace").splitlines()
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
        "code": os.waitstatus_to_exitcode(status),
        "last": lines[-1] if lines else "",
    }


def document(number, name="service"):
    """A component as people write them, about 700 bytes."""
    return (
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n"
        f"  name: {name}-{number}\n  title: The service number {number}\n"
        "  description: >-\n    Takes orders of customers, writes them down and tells\n    the warehouse about them.\n"
        "  annotations:\n    backstage.io/techdocs-ref: dir:.\n"
        f"    dev.azure.com/project-repo: Payments/{name}-{number}\n"
        "  labels:\n    tier: backend\n    cost-center: '4711'\n"
        "  tags: [java, grpc, payments]\n"
        f"  links:\n    - url: https://dashboards.example.com/d/{number}\n      title: Dashboard\n      icon: dashboard\n"
        "spec:\n  type: service\n  lifecycle: production\n"
        f"  owner: group:payments/team-{number % 40}\n  system: payments\n"
        f"  providesApis: [{name}-{number}-api]\n  dependsOn:\n    - resource:{name}-{number}-db\n"
        f"    - component:{name}-{(number * 7) % 10000}\n"
    )


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def measure_speed(program, folder, repeat):
    """Ten thousand files of one document, and a folder of fewer and larger ones."""
    small = os.path.join(folder, "small")
    for number in range(10_000):
        write(small, f"team-{number % 40}/service-{number}/catalog-info.yaml", document(number))
    large = os.path.join(folder, "large")
    for number in range(100):
        documents = [document(number * 100 + part, "part") for part in range(100)]
        write(large, f"team-{number}/catalog-info.yaml", "---\n".join(documents))
    broken = os.path.join(folder, "broken")
    for number in range(10_000):
        text = document(number).replace("tags: [java,", "tags: [Java,").replace("  lifecycle: production\n", "")
        write(broken, f"team-{number % 40}/service-{number}/catalog-info.yaml", text)
    rows = [
        ("10,000 files of 1 document", small, []),
        ("100 files of 100 documents", large, []),
        ("10,000 files, 2 errors each", broken, []),
        ("the same as JSON", broken, ["--json"]),
        ("the same as SARIF", broken, ["--format", "sarif"]),
    ]
    print(f"{'':30} {'wall s':>7} {'CPU s':>6} {'documents/s':>12} {'peak MB':>8}  says")
    for name, path, options in rows:
        runs = [run(program, [path, *options]) for _ in range(repeat)]
        middle = {key: statistics.median(r[key] for r in runs) for key in ("wall", "cpu", "memory")}
        says = "" if options else runs[0]["last"]
        print(f"{name:30} {middle['wall']:7.3f} {middle['cpu']:6.2f} {10_000 / middle['wall']:12,.0f}"
              f" {middle['memory']:8.0f}  {says}", flush=True)


def filled(piece, size=MEGABYTE):
    """A text of a size, made of one piece again and again."""
    return (piece * (size // len(piece.encode()) + 1)).encode()[:size]


def numbered(pattern, size=MEGABYTE):
    """A text of a size, made of pieces with `#` replaced by the number of the piece."""
    pieces, length = [], 0
    while length < size:
        pieces.append(pattern.replace("#", str(len(pieces))))
        length += len(pieces[-1])
    return "".join(pieces)


def hostile_texts():
    """Texts of a megabyte that nobody writes, by what is in them."""
    head = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: a\n"
    tail = "spec: {type: a, lifecycle: b, owner: c}\n"
    flow_head = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a, "
    bomb = "l0: &l0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"l{n}: &l{n} [{','.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 20_000)
    )
    wide_bomb = "a: &a [" + "x," * 4_000 + "x]\nb: [" + "*a," * 300_000 + "*a]\n"
    yield "open flow lists", filled("[")
    yield "open flow mappings", filled("{a: ")
    yield "closed flow lists in a list", "[" + "[[[[[[[[[[x]]]]]]]]]]," * (MEGABYTE // 22) + "x]"
    yield "flow lists 90 deep", "[" + ("[" * 90 + "x" + "]" * 90 + ",") * (MEGABYTE // 182) + "x]"
    yield "block lists in a line", filled("- ")
    yield "block mappings, each deeper", "".join(" " * n + "a:\n" for n in range(1_400))
    yield "block lists 90 deep", ("- " * 90 + "x\n") * (MEGABYTE // 182)
    yield "? in a line", filled("? ")
    yield "alias bomb", bomb
    yield "one list, many aliases", wide_bomb
    yield "many anchors", numbered("- &a# x\n")
    yield "many anchors and aliases", numbered("- &a# x\n- *a#\n")
    yield "one anchor again and again", filled("- &a x\n")
    yield "many aliases of nothing", filled("- *a\n")
    yield "many tags", numbered("- !a# x\n")
    yield "many tag directives", numbered("%TAG !a#! tag:example.com,2000:#\n") + "---\na: b\n"
    yield "many unknown directives", filled("%A b\n")
    yield "70,000 keys of the root", numbered("key-#: 1\n")
    yield "70,000 keys in one line", "{" + numbered("key-#: 1, ") + "a: b}"
    yield "70,000 labels with bad values", head + "  labels:\n" + numbered("    k-#: a b\n") + tail
    yield "70,000 labels with bad keys", head + "  labels:\n" + numbered("    'k #': a\n") + tail
    yield "70,000 annotations that are numbers", head + "  annotations:\n" + numbered("    k-#: 1\n") + tail
    yield "70,000 keys, the last twice", numbered("key-#: 1\n") + "key-7: 2\n"
    yield "the same key again and again", filled("key: 1\n")
    yield "keys that begin alike", numbered(("k" * 900) + "#: 1\n")
    yield "a key of a megabyte", "? " + "k" * MEGABYTE + "\n: 1\n"
    yield "a key of a megabyte without ?", "k" * MEGABYTE + ": 1\n"
    yield "a plain scalar of a megabyte", head.replace("name: a", "name: " + "x" * MEGABYTE) + tail
    yield "a plain scalar of many lines", "a: " + "x\n  " * (MEGABYTE // 4)
    yield "a quoted scalar of many escapes", 'a: "' + "\\u00e9" * (MEGABYTE // 6) + '"\n'
    yield "a scalar of many line continuations", 'a: "' + "x\\\n" * (MEGABYTE // 3) + '"\n'
    yield "a quote that does not end", "a: '" + "x" * MEGABYTE
    yield "a quote of many lines that does not end", 'a: "' + "x y\n " * (MEGABYTE // 5)
    yield "unterminated quotes", filled("'a\n")
    yield "a literal block", "a: |\n" + "  text of a line\n" * (MEGABYTE // 17)
    yield "a folded block of empty lines", "a: >\n  x\n" + "\n" * MEGABYTE + "  y\n"
    yield "a block without content", "a: |\n" + " " * MEGABYTE
    yield "a name of digits", head.replace("name: a", "name: " + "7" * MEGABYTE) + tail
    yield "a number of a megabyte", head + "  big: " + "7" * MEGABYTE + "\n" + tail
    yield "a fraction of a megabyte", head + "  big: 0." + "7" * MEGABYTE + "\n" + tail
    yield "a hexadecimal number of a megabyte", head + "  big: 0x" + "f" * MEGABYTE + "\n" + tail
    yield "many long numbers", head + "  big:\n" + ("    - 1" + "7" * 400 + "e-300\n") * (MEGABYTE // 412) + tail
    yield "999 documents", "---\n".join(document(n) for n in range(999))
    yield "empty documents", filled("---\n")
    yield "empty documents and an error", filled("---\n") + b"a: ["
    yield "ends of documents and an error", b"a: [\n" + filled("...\n")
    yield "tiny documents", filled("--- a\n")
    yield "tiny documents with errors", filled("--- [\n")
    yield "999 documents, each an error", "---\n".join([document(1) + "a: [\n"] * 999)
    yield "990 large documents, the last an error", ("a: " + "x" * 1_000 + "\n---\n") * 990 + "a: [\n"
    yield "100,000 bad tags", flow_head + "tags: [" + "A b, " * 100_000 + "c]}\n" + tail
    yield "100,000 bad tags in a block", head + "  tags:\n" + "  - A b\n" * 100_000 + tail
    yield "bad tags in 999 documents", "---\n".join([head + "  tags: [" + "A, " * 300 + "A]\n" + tail] * 999)
    yield "250,000 links without url", flow_head + "links: [" + "{}, " * 250_000 + "{}]}\n" + tail
    yield "300,000 bad references", head + tail.replace("owner: c", "owner: c, dependsOn: [" + "a, " * 300_000 + "a]")
    yield "200,000 good references", head + tail.replace("owner: c", "owner: c, dependsOn: [" + "a:b, " * 200_000 + "a:b]")
    yield "different good references", head + tail.replace("owner: c", "owner: c, dependsOn: [" + numbered("a:b#, ") + "a:b]")
    yield "70,000 unknown root fields", head + tail + numbered("field-#: 1\n")
    yield "a long line, its error at the end", "a: [" + "x, " * (MEGABYTE // 3) + "@]"
    yield "a long line of 999 errors", flow_head + "x: [" + "x, " * (MEGABYTE // 3) + "], tags: [" + "A, " * 999 + "A]}\n" + tail
    yield "a long line of wide characters", "a: ['" + "日" * (MEGABYTE // 3) + "', @]"
    yield "a link of a megabyte", flow_head + "links: [{url: 'https://" + "a." * (MEGABYTE // 2) + "1'}]}\n" + tail
    yield "a host of numbers", flow_head + "links: [{url: 'https://" + "1." * (MEGABYTE // 2) + "1'}]}\n" + tail
    yield "a host of % and a number", flow_head + "links: [{url: 'https://" + "%31" * (MEGABYTE // 3) + "'}]}\n" + tail
    yield "a host of :", flow_head + "links: [{url: 'https://[" + ":" * MEGABYTE + "]'}]}\n" + tail
    yield "all zero bytes", b"\0" * MEGABYTE
    yield "all 0xFF", b"\xff" * MEGABYTE
    yield "only line ends of Windows", filled("\r\n")
    yield "only returns", filled("\r")
    yield "only line separators", filled("\u2028")
    yield "entries between line separators", filled("- a\u2028")
    yield "only spaces", filled(" ")
    yield "only tabs", filled("\t")
    yield "comments", filled("# a\n")
    yield "byte order marks", filled("\ufeff")
    yield "lines of Windows", (document(1).replace("\n", "\r\n") + "---\r\n") * 999


def measure_hostile(program, folder, repeat):
    """Each text alone; returns how many took too long."""
    empty = write(folder, "hostile/empty.yaml", "")
    start = min(run(program, [empty])["cpu"] for _ in range(10))
    print(f"the program starts and ends in {start * 1000:.0f} ms, which is left out; the limit is {LIMIT * 1000:.0f} ms")
    print(f"{'':44} {'bytes':>8} {'CPU ms':>6} {'peak MB':>8}  says")
    slow = 0
    for name, text in hostile_texts():
        path = write(folder, "hostile/text.yaml", text)
        runs = [run(program, [path]) for _ in range(max(repeat, 3))]
        # CPU time of the fastest run: what else the machine does is no fault of the program.
        took = max(0, min(r["cpu"] for r in runs) - start)
        mark = ""
        if took > LIMITS.get(name, LIMIT):
            mark, slow = "  TOO SLOW", slow + 1
        if runs[0]["code"] not in (0, 1):
            mark, slow = f"  EXIT CODE {runs[0]['code']}", slow + 1
        print(f"{name:44} {os.path.getsize(path):8} {took * 1000:6.0f} {runs[0]['memory']:8.0f}"
              f"  {runs[0]['last']}{mark}", flush=True)
    return slow


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--validate", action="store_true")
    parser.add_argument("--hostile", action="store_true")
    options = parser.parse_args()
    if options.validate:
        measure_speed(options.program, options.folder, options.repeat)
    if options.hostile and measure_hostile(options.program, options.folder, options.repeat) > 0:
        sys.exit("benchmark: some texts took too long")


if __name__ == "__main__":
    main()
