"""Signs the calls of GOV.UK Notify, whose tokens last 30 seconds."""

import os

import schemathesis
from notifications_python_client.authentication import create_jwt_token

KEY = os.environ["API_KEY"]


@schemathesis.auth(refresh_interval=10)
class Token:
    def get(self, case, context):
        return create_jwt_token(KEY[-36:], KEY[-73:-37])

    def set(self, case, token, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
