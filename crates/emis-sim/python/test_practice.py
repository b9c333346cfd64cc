"""Tests of a product in Python against a simulated EMIS practice, with nothing but the standard library.

`pip install emis-sim emis-cli pytest`, then `pytest`. The simulator serves the Partner API over HTTP: a product in
any language reads the one line that it prints, and calls it.
"""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest


@pytest.fixture
def emis():
    """A practice of its own for each test: addresses, secrets, and a patient who can book."""
    command = ["emis-sim", "--listen", "127.0.0.1:0", "--seed", "7", "--now", "2026-06-02T10:00"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            yield json.loads(simulator.stdout.readline())["ready"]
        finally:
            simulator.terminate()


def token(emis, password=None):
    practice = emis["practices"][0]
    form = {
        "grant_type": "password",
        "client_id": emis["client_id"],
        "client_secret": emis["client_secret"],
        "username": practice["username"],
        "password": password or practice["password"],
    }
    with urllib.request.urlopen(emis["identity"] + "/oauth2/token", urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]


def get(emis, operation, **parameters):
    request = urllib.request.Request(
        f"{emis['api']}/api/v1/{operation}?{urllib.parse.urlencode(parameters)}",
        headers={
            "Authorization": f"Bearer {token(emis)}",
            "applicationId": emis["application_id"],
            "Accept": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_the_organisation_is_the_practice(emis):
    organisation = get(emis, "organisation/GetOrganisationV2")["organisationList"][0]
    assert organisation["nationalCode"] == emis["practices"][0]["ods"] == "A20047"


def test_the_patient_has_no_appointment_yet(emis):
    patient = emis["practices"][0]["patient"]["number"]
    june = {"startDate": "02/06/2026", "endDate": "30/06/2026"}
    assert get(emis, "appointments/GetPatientAppointmentsV2", patientNumber=patient, **june) == {"appointment": []}


def test_a_wrong_password_gets_no_token(emis):
    with pytest.raises(urllib.error.HTTPError) as refused:
        token(emis, password="not the password")
    assert refused.value.code == 400


def test_a_deactivated_application_is_refused(emis):
    manager = emis["api"].removesuffix("/partner") + "/emas/api/practices/50002"
    change = json.dumps({"emas": {"application_active": False}}).encode()
    urllib.request.urlopen(urllib.request.Request(manager, change, method="PUT")).close()
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(emis, "organisation/GetOrganisationV2")
    assert refused.value.code == 403


def test_emis_diagnoses_a_simulated_practice():
    told = subprocess.run(["emis", "doctor", "--simulate"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("EMIS is connected")
