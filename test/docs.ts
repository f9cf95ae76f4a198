// What is generated is what would be generated now.
import {readFileSync} from 'node:fs';
import t from 'tap';
import {generated} from '../man/build.ts';

t.test('manual pages, parameter tables and diagrams are up to date', async t => {
	for (const [path, content] of await generated()) {
		t.equal(readFileSync(path, 'utf8'), content, `${path} is stale: npm run docs writes it; commit only what you understand`);
	}
});
