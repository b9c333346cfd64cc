"""Makes copies of the two published documents that a tester can work with.

The documents' own examples name templates and messages of an account that is not the doubles': they are
replaced by those of the running doubles, so that calls get past "no such template". Schemas that are
wider than the service's own words are narrowed to them; each change has its reason beside it.
"""

import json
import os
import sys

reference, work = sys.argv[1:]
ready = json.loads(os.environ["READY"])

UUID = {"type": "string", "format": "uuid"}


def read(path):
    with open(f"{reference}/{path}", encoding="utf-8") as file:
        return json.load(file)


def write(name, document):
    with open(f"{work}/{name}", "w", encoding="utf-8") as file:
        json.dump(document, file)


def govuk():
    document = read("govuk-notify/openapi-bundled.json")
    document["servers"] = [{"url": ready["govuk"].rstrip("/")}]
    schemas = document["components"]["schemas"]

    # "id is not a valid UUID": every ID is one.
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in ("notification_id", "older_than"):
                    parameter["schema"] = UUID
                if parameter["name"] == "template_id":
                    parameter["schema"] = {"type": "string", "enum": [ready["fixed"]["email"]]}
                    parameter["example"] = ready["fixed"]["email"]
    # What is sent must name a template, a sender and a recipient of the service, and no other key.
    sent = {
        "SendTextMessageRequest": "sms",
        "SendEmailRequest": "email",
        "SendNormalLetterRequest": "letter",
        "SendPrecompiledLetterRequest": None,
        "TemplatePreviewRequest": None,
    }
    for name, kind in sent.items():
        properties = schemas[name]["properties"]
        schemas[name]["additionalProperties"] = False
        # "A dictionary with key value pairs", of which the names are the template's.
        if kind in ("sms", "email") or name.startswith("Template"):
            properties["personalisation"] = {"type": "object", "example": {"first_name": "Amala"}}
        if kind:
            properties["template_id"] = {"type": "string", "enum": [ready["fixed"][kind]]}
        if "reference" in properties:
            properties["reference"] = {"type": "string", "maxLength": 1000, "example": "your reference"}
        for sender in ("sms_sender_id", "email_reply_to_id"):
            if sender in properties:
                properties[sender] = {"type": "string", "enum": [ready["sender"]]}
    schemas["SendTextMessageRequest"]["properties"]["phone_number"] = {
        "type": "string",
        "pattern": "^\\+447700900[0-9]{3}$",
        "example": "+447700900123",
    }
    email = schemas["SendEmailRequest"]["properties"]
    email["email_address"] = {"type": "string", "pattern": "^[a-z]{1,9}@example\\.com$"}
    email["one_click_unsubscribe_url"] = {"type": "string", "pattern": "^https://example\\.com/[a-z]{0,9}$"}
    lines = ["address_line_1", "address_line_2", "address_line_3"]
    schemas["SendNormalLetterRequest"]["properties"]["personalisation"] = {
        "type": "object",
        "required": lines,
        "properties": {line: {"type": "string", "example": "High Street"} for line in lines},
    }
    # The alternatives of these answers do not exclude each other, so that no answer is exactly one.
    for name in ("TemplateResponse", "GetOneMessageResponse", "SendLetterResponse"):
        schemas[name]["anyOf"] = schemas[name].pop("oneOf")
    # The examples of requests name another account's templates.
    for operations in document["paths"].values():
        for operation in operations.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content.pop("examples", None)
    for name in sent:
        schemas[name].pop("example", None)
    write("govuk.json", document)

    # For a proxy, before which our own senders use other templates.
    for name in sent:
        if "template_id" in schemas[name]["properties"]:
            schemas[name]["properties"]["template_id"] = UUID
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "template_id":
                    parameter["schema"] = UUID
    write("govuk-proxy.json", document)


def nhs():
    document = read("nhs-notify/openapi-bundled.json")
    document["servers"] = [{"url": ready["sandbox"] + "comms"}]
    # The addresses of callbacks are the caller's.
    document["paths"] = {path: it for path, it in document["paths"].items() if not path.startswith("/<")}
    components = document["components"]
    # The pattern of the header is its example.
    parameters = components["parameters"]
    del components["headers"]["CorrelationHeader"]["schema"]["pattern"]
    for operations in document["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                # "A payload without the Content-Type header" is refused, and so is no payload.
                operation["requestBody"]["required"] = True
    schemas = components["schemas"]
    # "Too few items": a batch has a message; one, as each needs another reference.
    batch = schemas["CreateMessageBatch"]["properties"]["data"]["properties"]["attributes"]["properties"]
    batch["messages"].update(minItems=1, maxItems=1)
    # References are "unique reference values".
    message = schemas["CreateMessage"]["properties"]["data"]["properties"]["attributes"]["properties"]
    for properties, name in (
        (batch, "messageBatchReference"),
        (message, "messageReference"),
        (schemas["Message"]["properties"], "messageReference"),
    ):
        properties[name]["minLength"] = 1
    # "Only valid NHS Numbers will be accepted."
    recipient = schemas["Recipient"]["properties"]
    recipient["nhsNumber"] = {"type": "string", "enum": ["9990548609", "9990000018"]}
    schemas["Recipient"]["required"] = ["nhsNumber"]
    details = recipient["contactDetails"]["properties"]
    # "A required field when name is specified", "… when address is specified".
    details["name"]["required"] = ["lastName"]
    details["address"]["required"] = ["lines", "postcode"]
    details["sms"]["pattern"] = "^07[0-9]{9}$"
    details["email"]["pattern"] = "^[a-z]{1,9}@[a-z]{1,9}\\.[a-z]{2}$"
    # One of "the 6 preconfigured routing plan identifiers".
    for properties in (batch, message):
        properties["routingPlanId"] = {
            "type": "string",
            "enum": ["b838b13c-f98c-4def-93f0-515d4e4f4ee1", "00000000-0000-0000-0000-000000000001"],
        }
    parameters["ODSOrganisationCodeParameter"]["schema"] = {
        "type": "string",
        "pattern": "^[A-Z][0-9]{5}$",
        "example": "Y00001",
    }
    write("nhs.json", document)

    # A proxy matches whole paths.
    document["paths"] = {f"/comms{path}": it for path, it in document["paths"].items()}
    document["servers"] = [{"url": ready["nhs"].rstrip("/")}]
    # The real account's plans, not the sandbox's.
    for properties in (batch, message):
        properties["routingPlanId"] = UUID
    write("nhs-proxy.json", document)


govuk()
nhs()
# The collection is wrapped in an object of the tool that published it.
write("collection.json", read("nhs-notify/NhsNotify.Sandbox.postman_collection.json")["collection"])
