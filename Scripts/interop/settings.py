"""Checks the schema of the settings and settings by it: settings.py SCHEMA FILE...

What the readers refuse must not pass, as far as a schema can tell.
"""

import json
import sys

import jsonschema
import yaml

failures = 0


def check(name, is_right, detail=""):
    global failures
    failures += not is_right
    print(f"{'ok   ' if is_right else 'FAIL '} {name}{'' if is_right else ': ' + str(detail)}")


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
validator = jsonschema.Draft202012Validator(schema)
try:
    validator.check_schema(schema)
    check("jsonschema accepts the schema", True)
except jsonschema.SchemaError as error:
    check("jsonschema accepts the schema", False, error.message)

for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        errors = [error.message for error in validator.iter_errors(yaml.safe_load(file))]
    check(f"{name.split('/')[-2]}/{name.split('/')[-1]} is right by it", not errors, errors)

right = [
    {"app": {"title": "anything"}, "crawler": {"concurrency": "${N}", "timeouts": {"total": {"minutes": 2}}}},
    {"crawler": {"removals": {"maxShare": "25%"}, "schedule": {"sync": {"cron": "0 3 * * *"}}}},
    {"integrations": {"$include": "azure.yaml"}, "crawler": {"proxy": {"$env": "PROXY"}, "include": None}},
    {"catalog": {"providers": {"azureDevOps": {"organization": "o", "project": "p", "path": ["/a", "/b"]}}}},
    {"catalog": {"providers": {"azureDevOps": {"main": {"organization": "o", "project": "p"}}}}},
]
wrong = [
    {"crawler": {"concurency": 1}},
    {"crawler": {"concurrency": 129}},
    {"crawler": {"timeouts": {"total": 5}}},
    {"crawler": {"api": {"tokens": [{"name": "x"}]}}},
    {"crawler": {"schedule": {"sync": {"cron": 1}}}},
    {"catalog": {"locations": [{"type": "url"}]}},
    {"integrations": {"azure": {"host": "dev.azure.com"}}},
]
for settings in right:
    check(f"accepted: {json.dumps(settings)}", validator.is_valid(settings))
for settings in wrong:
    check(f"refused: {json.dumps(settings)}", not validator.is_valid(settings))
sys.exit(failures)
