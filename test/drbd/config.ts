import {readFileSync} from 'node:fs';
import t from 'tap';
import {allowsTwoPrimaries, compare} from '../../lib/drbd/config.ts';

t.test('versions compare as numbers', async t => {
	t.ok(compare('8.4.11', '8.4.9') > 0);
	t.ok(compare('9.2.8', '10.0.0') < 0);
	t.equal(compare('9.2', '9.2.0'), 0);
});

t.test('two Primaries are read from the dump', async t => {
	const dump = readFileSync(new URL('../fixture/drbd-8.4.11/alice/04-primary-uptodate/dump.txt', import.meta.url), 'utf8');
	t.notOk(allowsTwoPrimaries(dump));
	t.ok(allowsTwoPrimaries(dump.replace('protocol           C;', 'protocol           C;\n        allow-two-primaries yes;')));
	t.notOk(allowsTwoPrimaries(dump.replace('protocol           C;', 'protocol           C;\n        allow-two-primaries no;')));
});
