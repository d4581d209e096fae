"""What a Python program does with the client that openapi-python-client made of /openapi.json; see openapi.sh."""

import os
import ssl

from generated import AuthenticatedClient, Client
from generated.api.campaign_service import campaign_service_create_brand, campaign_service_get_brand
from generated.api.discovery_service import discovery_service_get_creator, discovery_service_search_creators
from generated.models import CampaignV1Brand, DiscoveryV1SearchCreatorsRequest


def client(key):
    ca = os.environ["CA"]
    verify = ssl.create_default_context(cafile=ca) if ca else True
    if key:
        return AuthenticatedClient(os.environ["BASE"], token=key, verify_ssl=verify)
    return Client(os.environ["BASE"], verify_ssl=verify)


def code(answer):
    """What an error says of itself; it has the form that the document gives errors."""
    return answer.error.status


own, creator = client(os.environ["KEY"]), os.environ["CREATOR"]
found = discovery_service_get_creator.sync(creator, client=own).creator
assert (found.name, found.display_name, found.country) == (f"creators/{creator}", "Generated", "DE"), found
assert not found.followers and found.observe_time.year >= 2024, found
print("ok: get")

brand = CampaignV1Brand(display_name="Lumo", aliases=["#lumo"], country="DE")
brand_id = f"client-{os.getpid()}"
made = campaign_service_create_brand.sync(client=own, body=brand, brand_id=brand_id).brand
assert (made.name, made.aliases) == (f"brands/{brand_id}", ["#lumo"]), made
assert campaign_service_get_brand.sync(brand_id, client=own).brand.etag == made.etag
print("ok: what is created comes back")

missing = discovery_service_get_creator.sync("tiktok:nobody", client=own)
assert code(missing) == "NOT_FOUND" and missing.error.details[0]["reason"] == "CREATOR_NOT_FOUND", missing
wrong = discovery_service_search_creators.sync(client=own, body=DiscoveryV1SearchCreatorsRequest(page_size=-1))
assert code(wrong) == "INVALID_ARGUMENT", wrong
print("ok: errors")

if os.environ["BAD_KEY"]:
    for key, status in (("BAD_KEY", 401), ("READ_KEY", 403)):
        assert discovery_service_get_creator.sync_detailed(creator, client=client(os.environ[key])).status_code == status
    assert discovery_service_get_creator.sync_detailed(creator, client=client("")).status_code == 401
    print("ok: keys that do not do")
