"""Gets one token with azure-identity as it is from the simulator, and uses it for an organization.

Called by Scripts/interop.sh as `identity.py KIND`, with the simulator's addresses in PLAIN and SECURE and
its certificate folder in TLS. The client learns everything else as its users would tell it: by arguments
and by the environment.
"""

import base64
import json
import logging
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

PLAIN, SECURE, TLS = os.environ["PLAIN"], os.environ["SECURE"], os.environ["TLS"]
# The identities of a world without `identity` in its world.json.
TENANT = "10000000-0000-4000-8000-000000000001"
APPLICATION = "10000000-0000-4000-8000-000000000002"
SECRET = "simulator-secret+/="
SYSTEM_IDENTITY = "10000000-0000-4000-8000-000000000003"
USER_IDENTITY = "10000000-0000-4000-8000-000000000005"
DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
SCOPE = DEVOPS + "/.default"

os.environ["REQUESTS_CA_BUNDLE"] = TLS + "/ca.pem"

from azure.core.exceptions import ClientAuthenticationError  # noqa: E402
from azure.identity import (  # noqa: E402
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

# Refusals are printed below, in one line.
logging.getLogger("azure").setLevel(logging.CRITICAL)


def client_secret(secret=SECRET):
    return ClientSecretCredential(
        TENANT, APPLICATION, secret, authority=SECURE, disable_instance_discovery=True
    )


def imds(**arguments):
    os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = PLAIN
    return ManagedIdentityCredential(**arguments)


def app_service():
    os.environ["IDENTITY_ENDPOINT"] = PLAIN + "/msi/token"
    os.environ["IDENTITY_HEADER"] = "simulator-identity-header"
    return ManagedIdentityCredential(client_id=USER_IDENTITY)


def azure_ml():
    os.environ["MSI_ENDPOINT"] = PLAIN + "/azureml/msi/token"
    os.environ["MSI_SECRET"] = "simulator-msi-secret"
    return ManagedIdentityCredential()


def cloud_shell():
    os.environ["MSI_ENDPOINT"] = PLAIN + "/cloudshell/oauth2/token"
    return ManagedIdentityCredential()


def service_fabric():
    os.environ["IDENTITY_ENDPOINT"] = SECURE + "/servicefabric/metadata/identity/oauth2/token"
    os.environ["IDENTITY_HEADER"] = "simulator-identity-header"
    with open(TLS + "/thumbprint.txt") as file:
        os.environ["IDENTITY_SERVER_THUMBPRINT"] = file.read().strip()
    return ManagedIdentityCredential()


def arc():
    os.environ["IDENTITY_ENDPOINT"] = PLAIN + "/arc/metadata/identity/oauth2/token"
    os.environ["IMDS_ENDPOINT"] = PLAIN
    return ManagedIdentityCredential()


def workload_identity():
    names = {"issuer": "https://cluster.example.com/", "subject": "system:serviceaccount:default:simulator"}
    address = PLAIN + "/__simulator/assertion?" + urllib.parse.urlencode(names)
    path = os.environ["HOME"] + "/federated-token"
    with urllib.request.urlopen(address) as answer, open(path, "wb") as file:
        file.write(answer.read())
    os.environ["AZURE_AUTHORITY_HOST"] = SECURE + "/"
    os.environ["AZURE_TENANT_ID"] = TENANT
    os.environ["AZURE_CLIENT_ID"] = APPLICATION
    os.environ["AZURE_FEDERATED_TOKEN_FILE"] = path
    return WorkloadIdentityCredential()


def client_assertion():
    machine = imds()
    return ClientAssertionCredential(
        TENANT,
        APPLICATION,
        lambda: machine.get_token("api://AzureADTokenExchange/.default").token,
        authority=SECURE,
    )


# Each kind: the credential and the client id its token must have; None: the token is a person's.
KINDS = {
    "client-secret": (client_secret, APPLICATION),
    "imds-system": (imds, SYSTEM_IDENTITY),
    "imds-user": (lambda: imds(client_id=USER_IDENTITY), USER_IDENTITY),
    "app-service": (app_service, USER_IDENTITY),
    "azure-ml": (azure_ml, SYSTEM_IDENTITY),
    "cloud-shell": (cloud_shell, None),
    "service-fabric": (service_fabric, SYSTEM_IDENTITY),
    "arc": (arc, SYSTEM_IDENTITY),
    "workload-identity": (workload_identity, APPLICATION),
    "client-assertion": (client_assertion, APPLICATION),
}


def expect(what, expected, got):
    if expected != got:
        raise AssertionError(f"{what}: expected {expected!r}, got {got!r}")


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def organization_answer(token):
    """Status and body of the repository list of the simulator's only organization."""
    headers = {"Authorization": "Bearer " + token, "X-TFS-FedAuthRedirect": "Suppress"}
    request = urllib.request.Request(PLAIN + "/org1/_apis/git/repositories?api-version=7.0", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def check_token(kind):
    make, client = KINDS[kind]
    token = make().get_token(SCOPE)
    said = claims(token.token)
    expect("audience", DEVOPS, said["aud"])
    expect("tenant", TENANT, said["tid"])
    # Where the answer has only a duration, the client counts from its own clock.
    expect("expiry within 5 s", True, abs(said["exp"] - token.expires_on) <= 5)
    if client is not None:
        expect("client id", client, said["appid"])
    status, body = organization_answer(token.token)
    expect("status of the repository list", 200, status)
    expect("repositories", 2, body["count"])
    expect("status with a broken signature", 401, organization_answer(token.token[:-4] + "AAAA")[0])
    return "a token that the organization accepts"


def check_wrong_secret(_):
    try:
        client_secret("wrong").get_token(SCOPE)
    except ClientAuthenticationError as error:
        expect("AADSTS7000215 in the message", True, "AADSTS7000215" in str(error))
        return "refused with AADSTS7000215"
    raise AssertionError("expected a refusal, got a token")


def main():
    kind = sys.argv[1]
    try:
        result = (check_wrong_secret if kind == "wrong-secret" else check_token)(kind)
    except Exception as error:  # one line per check, whatever went wrong
        print(f"FAIL  azure-identity {kind}: {type(error).__name__}: {str(error)[:600]}")
        return 1
    print(f"ok    azure-identity {kind}: {result}")
    return 0


sys.exit(main())
