// Runs the entity provider of docs/feeding-backstage.md against a service, with a stand-in for Backstage's connection.
//
// Usage: node provider.mjs BASE_URL PAGE_OF_DOCUMENTATION
import fs from 'node:fs';

const [base, page] = process.argv.slice(2);
const code = fs.readFileSync(page, 'utf8').match(/```js\n([\s\S]*?)```/)[1];
// Small pages, so that there are several.
const small = code.replace('export class', 'class').replace('limit=1000', 'limit=7');
const Provider = new Function(`${small}\nreturn CatalogCrawlerProvider;`)();

const all = await (await fetch(`${base}/api/catalog/entities?fields=kind,metadata.name`)).json();
const wanted = all.filter(entity => entity.kind !== 'Location').length;
let mutation;
const provider = new Provider(base, '');
await provider.connect({ applyMutation: async given => { mutation = given; } });
await provider.run();

const isRight =
  wanted > 7 && mutation.type === 'full' && mutation.entities.length === wanted &&
  mutation.entities.every(({ entity, locationKey }) =>
    locationKey === 'catalog-crawler' && !entity.relations && !entity.metadata.uid &&
    entity.metadata.annotations['backstage.io/managed-by-location'].startsWith('url:'));
console.log(`${isRight ? 'ok   ' : 'FAIL '} the entity provider of the documentation: ${mutation.entities.length} entities`);
process.exit(isRight ? 0 : 1);
