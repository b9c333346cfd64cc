"""Makes a copy of EMIS's document that a tester can work with, and its configuration.

The copy has what the published document lacks (the two URLs of the OAuth flow) or has in a form
that validators silently give up on (nine properties that are nullable and nothing else). Its
parameters get examples out of the running practice, so that calls get past "no such record".
"""

import json
import os
import sys
import urllib.parse
import urllib.request
from datetime import date, timedelta

source, work, accept = sys.argv[1:]
ready = json.loads(os.environ["READY"])["ready"]
practice = ready["practices"][0]

# There is nothing between us and this machine.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(url, form=None, **headers):
    data = urllib.parse.urlencode(form).encode() if form else None
    with opener.open(urllib.request.Request(url, data, headers)) as answer:
        return json.load(answer)


token = fetch(
    f"{ready['identity']}/oauth2/token",
    {
        "grant_type": "password",
        "client_id": ready["client_id"],
        "client_secret": ready["client_secret"],
        "username": practice["username"],
        "password": practice["password"],
    },
)["access_token"]


def call(path, **query):
    return fetch(
        f"{ready['api']}/api/v1/{path}?{urllib.parse.urlencode(query)}",
        Authorization=f"Bearer {token}",
        applicationId=ready["application_id"],
        Accept="application/json",
    )


first, last = date.today(), date.today() + timedelta(days=14)
sessions = call("appointments/GetAppointmentSessions", startDate=first, endDate=last)
slots = [
    (session["dbid"], slot)
    for session in sessions["appointmentSession"]
    for slot in call("appointments/GetSlotsForSessionV2", appointmentSessionId=session["dbid"])["slot"]
]
(session_id, taken), (_, cancelled) = [item for item in slots if item[1]["status"] == "Booked"][:2]
free = next(slot for _, slot in slots if slot["status"] == "Slot Available")
patient = taken["patientList"]["patient"]["dbid"]
record = call("medicalRecord/GetMedicalRecord", patientNumber=patient)
consultation = record["consultationList"][0]
attachment = record["attachmentList"][0]
organisation = call("organisation/GetOrganisationV2")
user = organisation["userList"][0]

EXAMPLES = {
    "appointmentSessionId": session_id,
    "attachmentGuid": attachment["guid"],
    "batchSize": 5,
    "bookedBy": user["guid"],
    "consultationGuid": consultation["guid"],
    "documentId": attachment["ddsIdentifier"],
    "endDate": f"{last}T00:00:00Z",
    "fromDate": f"{first}T00:00:00Z",
    "matchedTerms": record["registration"]["familyName"],
    "minutesBefore": 60,
    "minutesWithin": 1440,
    "noOfDays": 365,
    "patientNumber": patient,
    "reason": "Review",
    # A register that every simulated practice keeps.
    "searchGuid": "5ea7c400-0000-4000-8000-000000000001",
    "site": organisation["locationList"][0]["locationName"],
    "slotComment": "Reminder sent",
    "slotId": taken["dbid"],
    "slotNotes": "Interpreter",
    "startDate": f"{first}T00:00:00Z",
    "startId": patient,
    "userInRoleId": int(user["dbid"]),
}
OF_OPERATION = {
    ("BookAppointment", "slotId"): free["dbid"],
    ("CancelAppointment", "slotId"): cancelled["dbid"],
    ("CancelAppointment", "patientNumber"): cancelled["patientList"]["patient"]["dbid"],
}
FILING = {
    "consultationList": [
        {
            "refID": "1",
            "fileStatus": "0",
            "assignedDate": date.today().strftime("%d/%m/%Y"),
            "userID": {"dbid": user["dbid"]},
            "elementList": [{"displayOrder": 1, "displayOrderSpecified": True, "item": {"refID": "1"}}],
        }
    ],
    "eventList": [{"refID": "1", "fileStatus": "0", "descriptiveText": "Telephoned"}],
}

with open(source, encoding="utf-8") as file:
    document = json.load(file)

flow = document["components"]["securitySchemes"]["OAuth2CodeEMIS-X-GP-PAPI"]["flows"]["authorizationCode"]
flow["authorizationUrl"] = f"{ready['identity']}/oauth2/authorize"
flow["tokenUrl"] = f"{ready['identity']}/oauth2/token"

mended = 0
for schema in document["components"]["schemas"].values():
    for name, value in schema.get("properties", {}).items():
        if value == {"nullable": True}:
            schema["properties"][name] = {}
            mended += 1
assert mended == 9, f"nine properties are nullable and nothing else, not {mended}"

# Beside the paths of the API the document lists its own web pages, which are no operations.
document["paths"] = {path: it for path, it in document["paths"].items() if not path.startswith("/swagger")}

for methods in document["paths"].values():
    for operation in methods.values():
        name = operation.get("operationId")
        for parameter in operation.get("parameters", []):
            example = OF_OPERATION.get((name, parameter["name"]), EXAMPLES.get(parameter["name"]))
            if example is not None:
                parameter["example"] = example
        if name == "FileRecord":
            for media_type, content in operation["requestBody"]["content"].items():
                if "json" in media_type:
                    content["example"] = FILING
        # Five operations declare a body with 204, which HTTP does not have.
        operation["responses"].get("204", {}).pop("content", None)
        # The document wants a token even for the question whether anybody is there. The simulator
        # answers without one (docs/contract-notes.md).
        if name == "GetHealth":
            operation["security"] = []
        # The document has no word for a slot that somebody else has. The simulator says 409, the
        # only undocumented status that this run meets (docs/contract-notes.md).
        if name == "BookAppointment":
            operation["responses"]["409"] = operation["responses"]["404"]

with open(f"{work}/document.json", "w", encoding="utf-8") as file:
    json.dump(document, file)

with open(f"{work}/schemathesis.toml", "w", encoding="utf-8") as file:
    file.write(
        f"""\
base-url = "{ready['api']}"

[headers]
Authorization = "Bearer {token}"
applicationId = "{ready['application_id']}"
Accept = "{accept}"

[checks]
not_a_server_error.enabled = true
status_code_conformance.enabled = true
content_type_conformance.enabled = true
response_schema_conformance.enabled = true
negative_data_rejection.enabled = true
missing_required_header.enabled = true
unsupported_method.enabled = true
# No random number is a patient's: most valid calls are about nobody.
positive_data_acceptance.enabled = false
ignored_auth.enabled = false
use_after_free.enabled = false
ensure_resource_availability.enabled = false

# Its message has a thousand members: one wrong at a time would be 19,000 requests.
[[operations]]
include-operation-id = "FileRecord"
[operations.phases.coverage]
enabled = false
"""
    )
