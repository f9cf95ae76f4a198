// A host's files below a folder, with its tools as scripts that say what they were called with.
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';

export class Tree {
	readonly root: string;

	constructor(root: string) {
		this.root = root;
	}

	put(path: string, text: string | Buffer): void {
		mkdirSync(dirname(`${this.root}${path}`), {recursive: true});
		writeFileSync(`${this.root}${path}`, text);
	}

	read(path: string): string {
		return existsSync(`${this.root}${path}`) ? readFileSync(`${this.root}${path}`, 'utf8') : '';
	}

	remove(path: string): void {
		rmSync(`${this.root}${path}`, {recursive: true, force: true});
	}

	/** Nothing is free in a folder's file system: /proc is such a one. Gives how to undo that. */
	withoutRoom(path: string): () => void {
		const place = `${this.root}${path}`;
		renameSync(place, `${place}.aside`);
		symlinkSync('/proc', place);
		return () => {
			rmSync(place);
			renameSync(`${place}.aside`, place);
		};
	}

	tool(name: string, script: string): void {
		this.put(`/bin/${name}`, `#!/bin/sh\nROOT=${this.root}\necho "${name} $*" >>$ROOT/calls\n${script}\n`);
		chmodSync(`${this.root}/bin/${name}`, 0o755);
	}

	calls(): string[] {
		return this.read('/calls').split('\n').filter(Boolean);
	}
}
