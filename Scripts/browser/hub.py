"""Writes a catalog file with a group that owns 220 components: what a drawing of relations has to bear."""

print("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: hub, title: The hub}\nspec: {type: team, children: []}")
for number in range(220):
    name = f"part-{number:03}" + ("-with-a-name-that-goes-on-for-quite-a-while" if number % 20 == 7 else "")
    uses = f"\n  dependsOn: [component:default/part-{number - 1:03}]" if number % 20 == 3 else ""
    print(
        f"---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n"
        f"spec:\n  type: library\n  lifecycle: production\n  owner: hub{uses}"
    )
