"""Walks through the service in Chromium as people do, and checks every page on the way at 360 and 1280 pixels:
axe-core finds nothing, nothing is wider than the window. Keeps a screenshot of each.

    python3 walk.py EMIS_SERVICE AXE_JS SCREENSHOTS [DOCS]

EMIS_SERVICE is the program. Small screenshots of six pages go into the folder DOCS. Needs chromedriver and chromium (Debian: chromium, chromium-driver) and axe-core
(npm). No page of the service has a script, and its policy forbids any: what is walked is what works without."""

import base64
import datetime
import json
import pathlib
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

PROGRAM, AXE, SHOTS, *DOCS = map(pathlib.Path, [argument for argument in sys.argv[1:] if argument])
WIDTHS = (360, 1280)
# For the documentation: the name of a page and its width.
SHOWN = {
    ("settings-working", 1280), ("diagnosis-broken", 1280), ("practice-reminders", 1280), ("desk", 1280),
    ("patient-slots", 360), ("patient-booked", 360),
}
ARGUMENTS = [
    "--headless", "--hide-scrollbars", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.port = line.rstrip(".\n").rsplit(" ", 1)[1]
                break
        options = {"args": ARGUMENTS}
        session = self.ask("/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.root = f"/session/{session['sessionId']}"
        self.failures, self.checked, self.axe = [], 0, AXE.read_text()

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"}
        )
        try:
            with OPENER.open(request) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path} {body}: {json.load(error)['value']['message'][:300]}") from None

    def run(self, script, *arguments):
        return self.ask(f"{self.root}/execute/sync", {"script": script, "args": arguments})

    def devtools(self, command, parameters):
        return self.ask(f"{self.root}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, url):
        self.ask(f"{self.root}/url", {"url": url})

    def back(self):
        self.ask(f"{self.root}/back", {})

    def reload(self):
        self.ask(f"{self.root}/refresh", {})

    def path(self):
        return "/" + self.ask(f"{self.root}/url").split("/", 3)[3]

    def find(self, xpath):
        return self.ask(f"{self.root}/element", {"using": "xpath", "value": xpath})[ELEMENT]

    def click(self, xpath):
        self.ask(f"{self.root}/element/{self.find(xpath)}/click", {})

    def follow(self, xpath):
        """Clicks what leads to another page, and waits for that page."""
        self.run("window.isLeft = true")
        self.click(xpath)
        self.wait(lambda: self.run("return !window.isLeft && document.readyState === 'complete'"))

    def button(self, text):
        self.follow(f"//button[normalize-space()='{text}']")

    def link(self, text):
        self.follow(f"//a[normalize-space()='{text}']")

    @staticmethod
    def wait(holds):
        deadline = time.monotonic() + 10
        while not holds() and time.monotonic() < deadline:
            time.sleep(0.02)

    def fill(self, name, text):
        element = self.find(f"//*[@name='{name}']")
        self.ask(f"{self.root}/element/{element}/clear", {})
        self.ask(f"{self.root}/element/{element}/value", {"text": text})

    def tick(self, xpath):
        if not self.run("return document.evaluate(arguments[0], document).iterateNext().checked", xpath):
            self.click(xpath)

    def text(self):
        return self.run("return document.body.innerText")

    def expect(self, words):
        if words not in self.text():
            main = self.run("return (document.querySelector('main') || document.body).innerText")
            raise AssertionError(f"{self.path()}: no '{words}' in:\n{main[:1200]}")

    def check(self, name):
        """Checks the present page at both widths."""
        for width in WIDTHS:
            self.devtools("Emulation.setDeviceMetricsOverride",
                          {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})
            shot = self.devtools("Page.captureScreenshot", {"captureBeyondViewport": True})
            (SHOTS / f"{name}-{width}.png").write_bytes(base64.b64decode(shot["data"]))
            if DOCS and (name, width) in SHOWN:
                clip = {"x": 0, "y": 0, "width": width, "height": 720, "scale": 0.5 if width > 360 else 0.75}
                shot = self.devtools("Page.captureScreenshot", {"clip": clip})
                (DOCS[0] / f"service-{name}.png").write_bytes(base64.b64decode(shot["data"]))
            wide = self.run("return document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                self.failures.append(f"{name}-{width}: {wide} pixels wider than the window")
            if self.run("return document.scripts.length || document.querySelectorAll('[style]').length"):
                self.failures.append(f"{name}-{width}: a script or a style stands in the page")
            self.run(self.axe)
            found = self.ask(f"{self.root}/execute/async", {"args": [], "script": (
                "const done = arguments[arguments.length - 1];"
                "axe.run(document).then(it => done(it.violations.map("
                "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))))")})
            self.failures.extend(f"{name}-{width}: {violation}" for violation in found)
            self.checked += 1

    def forget(self):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.root}/cookie", method="DELETE")
        OPENER.open(request).close()

    def close(self):
        self.driver.terminate()


def sign_in(browser, url, name, password):
    browser.forget()
    browser.go(f"{url}/sign-in")
    browser.fill("name", name)
    browser.fill("password", password)
    browser.button("Sign in")


def set_up(browser, url, name, password, emas):
    """The article's set-up, in EMAS Manager and here."""
    chosen = "Willow-Bridge-47"
    browser.go(f"{url}/sign-in")
    browser.check("sign-in")
    browser.fill("name", name)
    browser.fill("password", "not-it")
    browser.button("Sign in")
    browser.expect("The name or the password is wrong.")
    browser.check("sign-in-wrong")
    sign_in(browser, url, name, password)
    browser.expect("Not checked yet")
    browser.check("settings-new")
    ods, cdb = name.rsplit("-", 1)[1].upper(), emas.rsplit("/", 1)[1]
    browser.fill("organisation_id", ods)
    browser.button("Update EMIS Organisation ID")
    browser.expect("There is a problem")
    browser.check("settings-wrong")
    browser.fill("organisation_id", cdb)
    browser.button("Update EMIS Organisation ID")
    browser.expect("The EMIS organisation ID is stored.")

    browser.fill("api_user.username", "patchs")
    browser.fill("api_user.password", "Typed-Wrong-11")
    browser.button("Update EMIS API user details")
    browser.expect("Not working")
    browser.check("settings-wrong-password")
    browser.link("See the diagnosis")
    browser.expect("EMIS-D03")
    browser.check("diagnosis-wrong-password")

    # In EMAS Manager: Edit Users, Login Access, the cross and the tick.
    browser.go(f"{emas}?open=edit-users")
    browser.click("//input[@type='password']")
    browser.tick("(//input[@type='checkbox'])[1]")
    element = browser.find("//input[@type='password']")
    browser.ask(f"{browser.root}/element/{element}/value", {"text": chosen})
    browser.button("OK")
    browser.go(f"{emas}?open=login-access")
    for box in (1, 2):
        browser.tick(f"(//input[@type='checkbox'])[{box}]")
    browser.button("OK")
    browser.button("Deactivate Application")
    browser.button("Activate Application")

    browser.go(f"{url}/practices/{ods}")
    browser.fill("api_user.username", "patchs")
    browser.fill("api_user.password", chosen)
    browser.button("Update EMIS API user details")
    browser.expect("The EMIS API user is stored.")
    assert "Not working" not in browser.text(), browser.text()
    browser.check("settings-working")


def break_and_repair(browser, url, name, password, emas):
    ods = name.rsplit("-", 1)[1].upper()
    sign_in(browser, url, name, password)
    browser.go(emas)
    browser.button("Deactivate Application")
    browser.go(f"{url}/practices/{ods}/diagnosis")
    browser.button("Check the connection now")
    browser.expect("EMIS-D01")
    browser.expect("Activate Application")
    browser.check("diagnosis-broken")
    browser.link("Open the simulated EMAS Manager")
    browser.button("Activate Application")
    browser.go(f"{url}/practices/{ods}/diagnosis")
    browser.button("Check again")
    browser.expect("You need do nothing.")
    browser.check("diagnosis-healthy")


def practice_pages(browser, url, name, password):
    ods = name.rsplit("-", 1)[1].upper()
    sign_in(browser, url, name, password)
    for page in ("reminders", "booking", "patients", "today", "audit", "messages"):
        browser.go(f"{url}/practices/{ods}/{page}")
        browser.check(f"practice-{page}")
    browser.go(f"{url}/practices/{ods}/booking")
    browser.fill("booking.horizon_days", "400")
    browser.fill("booking.reason", "")
    browser.button("Save self-booking settings")
    browser.expect("There is a problem")
    browser.check("practice-booking-wrong")
    browser.go(f"{url}/practices/{ods}/reminders")
    browser.button("See who would be reminded tomorrow")
    browser.expect("Nothing was sent.")
    browser.check("practice-dry-run")
    browser.go(f"{url}/practices/{ods}/patients")
    browser.fill("nhs_number", "12")
    browser.button("Stop reminders")
    browser.expect("Enter an NHS number")
    browser.check("practice-patients-wrong")


def desk(browser, url, password):
    sign_in(browser, url, "desk", password)
    browser.check("desk-new")
    browser.button("Check all practices now")
    browser.expect("practices work")
    browser.check("desk")
    browser.follow("//tr[.//*[contains(@class, 'bad')]]//a")
    browser.expect("Email to the practice")
    browser.check("desk-practice")


def type_birthday(browser, born):
    for name, value in zip(("day", "month", "year"), born):
        browser.fill(name, value)
    browser.button("Continue")


def taken(browser, emas, slot):
    """Counts the appointments of the slot's day, as reception sees them."""
    day = datetime.datetime.fromtimestamp(int(slot.split(":")[2]), datetime.timezone.utc).date()
    browser.go(f"{emas}?day={day}")
    return sum(int(count) for count in re.findall(r"(\d+) of \d+ taken", browser.text()))


def rival(url, path, born, slot):
    """Another patient moves their appointment to a slot, and looks at the pages of a reminder's link."""
    other = Browser()
    try:
        other.go(f"{url}{path}")
        type_birthday(other, born)
        other.expect("Cancel this appointment")
        other.check("reminder-appointment")
        other.link("Move this appointment")
        other.click(f"//input[@value='{slot}']")
        other.button("Continue")
        other.button("Move my appointment")
        other.expect("Your appointment is moved to")
    finally:
        other.close()
    return other


def patient(browser, url, path, born, emas, reminder):
    browser.forget()
    browser.go(f"{url}{path}")
    browser.check("patient-link")
    type_birthday(browser, ("31", "2", "1990"))
    browser.expect("Enter your date of birth")
    browser.check("patient-born-wrong")
    type_birthday(browser, born)
    browser.expect("Choose an appointment")
    assert browser.path() == "/appointment", browser.path()
    browser.check("patient-slots")
    browser.button("Continue")
    browser.expect("Choose an appointment.")
    slot = browser.run("return document.querySelector('input[name=slot]').value")
    browser.click(f"//input[@value='{slot}']")
    browser.button("Continue")
    browser.expect("Check and book")
    browser.check("patient-confirm")

    other = rival(url, *reminder, slot)
    browser.failures.extend(other.failures)
    browser.checked += other.checked
    browser.button("Book this appointment")
    browser.expect("This appointment has just been taken.")
    browser.expect("The nearest free appointments")
    browser.check("patient-taken")
    slot = browser.run("return document.querySelector('input[name=slot]').value")
    before = taken(browser, emas, slot)
    browser.go(f"{url}/appointment")
    browser.click(f"//input[@value='{slot}']")
    browser.button("Continue")
    browser.button("Book this appointment")
    browser.expect("Your appointment is booked for")
    browser.check("patient-booked")
    assert taken(browser, emas, slot) == before + 1, "reception does not see the appointment"
    browser.back()
    browser.reload()
    browser.expect("Your appointment is booked for")
    # Back to the page before the booking, and its button once more.
    browser.back()
    browser.back()
    browser.go(f"{url}/appointment")
    browser.link("Move this appointment")
    browser.check("patient-move")
    browser.click("(//input[@name='slot'])[2]")
    browser.button("Continue")
    browser.button("Move my appointment")
    browser.expect("Your appointment is moved to")
    browser.check("patient-moved")
    browser.link("Cancel this appointment")
    browser.check("patient-cancel")
    browser.button("Cancel appointment")
    browser.expect("Your appointment is cancelled.")
    assert taken(browser, emas, slot) <= before, "reception still sees the appointment"
    browser.go(f"{url}/appointment")
    browser.check("patient-cancelled")
    browser.button("Finish")
    browser.expect("You have finished")
    browser.check("patient-finished")
    browser.go(f"{url}/appointment")
    browser.expect("Open your link again")
    browser.check("patient-over")
    browser.go(f"{url}/a/nonsense")
    browser.expect("This link does not work.")
    browser.go(f"{url}/nothing")
    browser.check("not-found")


SHOTS.mkdir(parents=True, exist_ok=True)
service = subprocess.Popen([PROGRAM, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
printed = ""
for line in service.stdout:
    printed += line
    if line.startswith("Press Ctrl-C"):
        break
url = re.search(r"Serving at (\S+)", printed)[1]
people = dict(re.findall(r"sign in as (\S+) with (\S+)", printed))
managers = [name for name in people if name.startswith("manager-")]
emas = dict(zip(managers, re.findall(r"EMAS Manager of its simulated EMIS: (\S+)", printed)))
path, born = re.search(r"(/a/\S+)\n  invitation of an invented patient, born (.+)", printed).groups()
reminder = re.search(r"(/a/\S+)\n  link to an appointment, of an invented patient, born (.+)", printed).groups()

browser = Browser()
try:
    first, second, last = managers[0], managers[1], managers[-1]
    set_up(browser, url, last, people[last], emas[last])
    break_and_repair(browser, url, first, people[first], emas[first])
    practice_pages(browser, url, first, people[first])
    browser.go(emas[second])
    browser.button("Deactivate Application")
    desk(browser, url, people["desk"])
    reminder = (reminder[0], reminder[1].split())
    patient(browser, url, path, born.split(), emas[first], reminder)
finally:
    browser.close()
    service.terminate()
    ended = service.wait(30)

if ended != 0:
    browser.failures.append(f"the service ended with {ended}")
print("\n".join(browser.failures))
print(f"{browser.checked} pages checked, {len(browser.failures)} failures")
sys.exit(1 if browser.failures or not browser.checked else 0)
