"""Opens every page of a directory in Chromium at 360 and 1280 pixels and checks it: axe-core finds
nothing, nothing is wider than the window, and no word is broken. Also prints each to PDF once.

    python3 check.py DIRECTORY AXE_JS SCREENSHOTS

Needs chromedriver and chromium (Debian: chromium, chromium-driver) and axe-core (npm)."""

import base64
import json
import pathlib
import subprocess
import sys
import urllib.request

PAGES, AXE, SHOTS = map(pathlib.Path, sys.argv[1:4])
WIDTHS = (360, 1280)
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]

# The words of which parts stand on two lines, though the word is no longer than a line.
BROKEN_WORDS = """
const broken = [];
for (const details of document.querySelectorAll('details')) details.open = true;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  for (const match of node.data.matchAll(/[^\\s\\/-]+/g)) {
    const range = document.createRange();
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const lines = new Set([...range.getClientRects()].map(it => Math.round(it.top)));
    if (lines.size > 1) broken.push(match[0]);
  }
}
return broken;
"""

driver = subprocess.Popen(
    ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
)
port = None
for line in driver.stdout:
    if "started successfully on port" in line:
        port = line.rstrip(".\n").rsplit(" ", 1)[1]
        break


def ask(path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)["value"]


failures, checked = [], 0
try:
    options = {"args": ARGUMENTS}
    session = ask("/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
    root = f"/session/{session['sessionId']}"

    def run(script):
        return ask(f"{root}/execute/sync", {"script": script, "args": []})

    def devtools(command, parameters):
        return ask(f"{root}/goog/cdp/execute", {"cmd": command, "params": parameters})

    axe = AXE.read_text()
    SHOTS.mkdir(parents=True, exist_ok=True)
    for page in sorted(PAGES.glob("*.html")):
        for width in WIDTHS:
            devtools("Emulation.setDeviceMetricsOverride",
                     {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})
            ask(f"{root}/url", {"url": page.resolve().as_uri()})
            shot = devtools("Page.captureScreenshot", {"captureBeyondViewport": True})
            name = f"{page.stem}-{width}"
            (SHOTS / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
            wide = run("return document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                failures.append(f"{name}: {wide} pixels wider than the window")
            broken = run(BROKEN_WORDS)
            if broken:
                failures.append(f"{name}: broken words {broken}")
            run(axe)
            found = ask(f"{root}/execute/async", {"args": [], "script": (
                "const done = arguments[arguments.length - 1];"
                "axe.run(document).then(it => done(it.violations.map("
                "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))))")})
            failures.extend(f"{name}: {violation}" for violation in found)
            checked += 1
        # As a reader prints it: the details are closed again.
        ask(f"{root}/url", {"url": page.resolve().as_uri()})
        pdf = devtools("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
        (SHOTS / f"{page.stem}.pdf").write_bytes(base64.b64decode(pdf["data"]))
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(urllib.request.Request(
        f"http://127.0.0.1:{port}{root}", method="DELETE"))
finally:
    driver.terminate()

print("\n".join(failures))
print(f"{checked} pages checked, {len(failures)} failures")
sys.exit(1 if failures or not checked else 0)
