"""Runs every method of backstage-catalog-client, unchanged, against a running service.

Usage: api.py BASE_URL
The service holds what the simulator's generated organization says; nothing is known of it here but that it has
components. Prints one line for each check; ends with the number of those that failed.
"""

import asyncio
import sys

from backstage_catalog_client import HttpxClient
from backstage_catalog_client.catalog_api.util import CATALOG_FILTER_EXISTS

failures = 0


def check(name, is_right, got=None):
    global failures
    if is_right:
        print(f"ok    backstage-catalog-client {name}")
    else:
        failures += 1
        print(f"FAIL  backstage-catalog-client {name}: got {got!r}"[:500])


async def main(base):
    async with HttpxClient(base_url=base) as client:
        every = (await client.get_entities()).items
        check("get_entities", len(every) > 0, every)
        components = (await client.get_entities(entity_filter=[{"kind": "component"}])).items
        check("get_entities with a filter", {e["kind"] for e in components} == {"Component"}, components)
        few = (await client.get_entities(fields=["kind", "metadata.name"], limit=2, order={"field": "metadata.name", "order": "desc"})).items
        names = [e["metadata"]["name"].lower() for e in few]
        check("get_entities with fields, a limit and an order", all(set(e) == {"kind", "metadata"} for e in few) and names == sorted(names, reverse=True), few)
        named = (await client.get_entities(entity_filter=[{"metadata.name": CATALOG_FILTER_EXISTS}])).items
        check("get_entities with an existing key", len(named) == len(every), len(named))

        page = await client.query_entities(entity_filter=[{"kind": ["component", "api"]}], limit=3)
        check("query_entities", len(page.items) == min(3, page.total_items), page)
        seen = [e["metadata"]["uid"] for e in page.items]
        while page.page_info.nextCursor:
            page = await client.query_entities(cursor=page.page_info.nextCursor, limit=50)
            seen += [e["metadata"]["uid"] for e in page.items]
        check("query_entities by cursors", len(seen) == len(set(seen)) == page.total_items, (len(seen), page.total_items))
        word = components[0]["metadata"]["name"][:4]
        found = await client.query_entities(search_term=word, search_fields=["metadata.name"], limit=5)
        check("query_entities with a search term", all(word.lower() in e["metadata"]["name"].lower() for e in found.items) and found.items, found)

        one = components[0]
        namespace = one["metadata"].get("namespace", "default")
        ref = f"component:{namespace}/{one['metadata']['name']}".lower()
        got = await client.get_entity_by_ref(ref)
        check("get_entity_by_ref", got is not None and got["metadata"]["uid"] == one["metadata"]["uid"], got)
        check("get_entity_by_ref of nothing", await client.get_entity_by_ref("component:default/there-is-none") is None)

        refs = await client.get_entities_by_refs([ref, "component:default/there-is-none", ref], fields=["metadata.uid"])
        items = refs.items["items"]
        check("get_entities_by_refs", [i and i["metadata"]["uid"] for i in items] == [one["metadata"]["uid"], None, one["metadata"]["uid"]], items)
        kept = await client.get_entities_by_refs([ref], entity_filter=[{"kind": "api"}])
        check("get_entities_by_refs with a filter", kept.items["items"] == [None], kept)

        location = await client.get_location_by_entity(ref)
        check("get_location_by_entity", location is None or "target" in location, location)


asyncio.run(main(sys.argv[1]))
sys.exit(failures)
