"""The official Azure DevOps client for Python, unchanged, against the simulator.

The simulator has to be what a real client expects: its table of resources (OPTIONS), its routes, the names of
fields, pages, git objects. Each check prints one line; the exit code counts what failed.
"""

import hashlib
import os
import sys
import zipfile
from io import BytesIO

from azure.devops.connection import Connection
from azure.devops.exceptions import AzureDevOpsServiceError
from azure.devops.v7_1.git.models import (
    GitItemDescriptor,
    GitItemRequestData,
    GitQueryCommitsCriteria,
    GitVersionDescriptor,
)
from msrest.authentication import BasicAuthentication

failures = 0


def check(name, got, expected):
    global failures
    if got == expected:
        print(f"ok    {name}: {got}")
    else:
        failures += 1
        print(f"FAIL  {name}: expected {expected!r}, got {got!r}")


def refused(call):
    """The type of the service's error; what it returned when there was none."""
    try:
        return call()
    except AzureDevOpsServiceError as error:
        return error.type_key


connection = Connection(base_url=os.environ["ORGANIZATION_URL"], creds=BasicAuthentication("", "simulator-token"))
core = connection.clients_v7_1.get_core_client()
git = connection.clients_v7_1.get_git_client()

projects = []
while page := core.get_projects(top=2, skip=len(projects)):
    projects += page
check("projects, page by page", len(projects), 3)
check("a project by name has the id of the list", core.get_project(projects[0].name).id, projects[0].id)
check("a project that is not there", refused(lambda: core.get_project("nowhere")), "ProjectDoesNotExistWithNameException")

repositories = git.get_repositories()
check("repositories of the organization", len(repositories), 30)
of_projects = [repository for project in projects for repository in git.get_repositories(project.id)]
check(
    "project by project there are the same",
    sorted(r.id for r in of_projects) == sorted(r.id for r in repositories),
    True,
)
repository = next(r for r in repositories if r.default_branch)
check("a repository by id", git.get_repository(repository.id).name, repository.name)
check(
    "a repository by name in its project",
    git.get_repository(repository.name, project=repository.project.name).id,
    repository.id,
)
check(
    "a repository that is not there",
    refused(lambda: git.get_repository("nowhere", project=repository.project.name)),
    "GitRepositoryNotFoundException",
)

refs = list(git.get_refs(repository.id, filter="heads/"))
check("the default branch is a ref", repository.default_branch in [ref.name for ref in refs], True)
head = next(ref.object_id for ref in refs if ref.name == repository.default_branch)
branch = GitVersionDescriptor(version=repository.default_branch.removeprefix("refs/heads/"), version_type="branch")

item = git.get_item(repository.id, "/catalog-info.yaml", include_content=True, version_descriptor=branch)
text = item.content.encode()
check(
    "the blob id is git's of the content",
    item.object_id,
    hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest(),
)
raw = b"".join(git.get_item_content(repository.id, "/catalog-info.yaml", version_descriptor=branch))
check("the content as bytes", raw == text, True)
blob = b"".join(git.get_blob_content(repository.id, item.object_id))
check("the blob as bytes", blob == text, True)
archive = zipfile.ZipFile(BytesIO(b"".join(git.get_blobs_zip([item.object_id], repository.id))))
check("the blob in a zip file", [archive.read(name) == text for name in archive.namelist()], [True])
everything = git.get_items(repository.id, recursion_level="full", version_descriptor=branch)
check("the file is in the recursive listing", "/catalog-info.yaml" in [entry.path for entry in everything], True)
tree = git.get_tree(repository.id, next(entry.object_id for entry in everything if entry.path == "/"), recursive=True)
check(
    "the tree has the file with its blob",
    [entry.object_id for entry in tree.tree_entries if entry.relative_path == "catalog-info.yaml"],
    [item.object_id],
)
batch = git.get_items_batch(
    GitItemRequestData(
        item_descriptors=[
            GitItemDescriptor(
                path="/", recursion_level="full", version=branch.version, version_type=branch.version_type
            )
        ]
    ),
    repository.id,
)
check("the batch lists what the listing lists", len(batch[0]), len(everything))
check(
    "a file that is not there",
    refused(lambda: git.get_item(repository.id, "/nowhere.yaml", version_descriptor=branch)),
    "GitItemNotFoundException",
)
nowhere = GitVersionDescriptor(version="nowhere", version_type="branch")
check(
    "a branch that is not there",
    refused(lambda: git.get_item(repository.id, "/catalog-info.yaml", version_descriptor=nowhere)),
    "GitUnresolvableToCommitException",
)

commits = git.get_commits(repository.id, GitQueryCommitsCriteria(item_version=branch))
check("the newest commit is the branch's head", commits[0].commit_id, head)
check("a commit by id", git.get_commit(head, repository.id).commit_id, head)
check("its tree is the listing's", git.get_commit(head, repository.id).tree_id, tree.object_id)

stranger = Connection(base_url=os.environ["ORGANIZATION_URL"], creds=BasicAuthentication("", "wrong"))
wrong = refused(lambda: stranger.clients_v7_1.get_core_client().get_projects())
check("a wrong token", wrong, "UnauthorizedRequestException")

sys.exit(failures)
