"""GOV.UK Notify's own Python client against the double. Prints the number of calls that did as they should."""

import json
import logging
import os
import uuid

from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

# Refusals are expected.
logging.disable()
ready = json.loads(os.environ["READY"])
client = NotificationsAPIClient(ready["api_key"], base_url=ready["govuk"].rstrip("/"))
free_text, passed = ready["free_text"], 0


def check(holds, name):
    global passed
    assert holds, name
    passed += 1


def refused(status, error, call):
    """Checks that a call is refused with a status and an error."""
    try:
        call()
    except HTTPError as refusal:
        check((refusal.status_code, refusal.message[0]["error"]) == (status, error), refusal)
    else:
        raise AssertionError(f"{error} was expected")


reference = str(uuid.uuid4())
body = "Your appointment is on Tuesday 2 June at 9:30am."
text = client.send_sms_notification(
    phone_number="07700 900123", template_id=free_text["sms"], personalisation={"body": body}, reference=reference
)
check(text["content"]["body"] == body, "the text")
check(text["reference"] == reference, "the reference")
email = client.send_email_notification(
    email_address="patient@example.com",
    template_id=free_text["email"],
    personalisation={"subject": "Your appointment", "body": body},
    reference=reference,
    email_reply_to_id=ready["sender"],
)
check(email["content"]["subject"] == "Your appointment", "the subject")
letter = client.send_letter_notification(
    template_id=ready["fixed"]["letter"],
    personalisation={"address_line_1": "A", "address_line_2": "B", "address_line_3": "SW1A 1AA"},
)
check(client.get_pdf_for_letter(letter["id"]).read().startswith(b"%PDF"), "the letter")
found = client.get_notification_by_id(text["id"])
check(found["status"] == "created" and found["phone_number"] == "07700 900123", "the message")
page = client.get_all_notifications(reference=reference)
check({it["id"] for it in page["notifications"]} == {text["id"], email["id"]}, "both by reference")
page = client.get_all_notifications(reference=reference, template_type="sms", status="created")
check([it["id"] for it in page["notifications"]] == [text["id"]], "the text by reference")
page = client.get_all_notifications(reference=str(uuid.uuid4()))
check(page["notifications"] == [], "none by another reference")
check(len(list(client.get_all_notifications_iterator())) >= 3, "all pages")
check(client.get_template(free_text["sms"])["body"] == "((body))", "the template")
check(client.get_template_version(free_text["sms"], 1)["version"] == 1, "its version")
check(len(client.get_all_templates("email")["templates"]) >= 1, "the templates")
preview = client.post_template_preview(free_text["sms"], personalisation={"body": body})
check(preview["body"] == body, "the preview")
replies = list(client.get_received_texts_iterator())
check([it["content"] for it in replies] == ["CANCEL 7834"], "the reply")

send = client.send_sms_notification
refused(400, "ValidationError", lambda: send("07", free_text["sms"]))
refused(400, "BadRequestError", lambda: send("07700900123", str(uuid.uuid4())))
refused(400, "BadRequestError", lambda: send("07700900123", free_text["sms"]))
refused(400, "BadRequestError", lambda: send("07700900123", free_text["sms"], {"body": "a" * 919}))
refused(404, "NoResultFound", lambda: client.get_notification_by_id(str(uuid.uuid4())))
last = "1" if ready["api_key"].endswith("0") else "0"
forged = NotificationsAPIClient(ready["api_key"][:-1] + last, base_url=ready["govuk"].rstrip("/"))
refused(403, "AuthError", lambda: forged.send_sms_notification("07700900123", free_text["sms"], {"body": body}))
print(f"notifications-python-client: {passed} checks passed")
