import {clean} from '../watch/screen.ts';

/** For people: what other hosts, tools and users call things is shown, and nothing of it moves the cursor. Lines stay lines. */
export const plain = (text: string): string => text.split('\n').map(clean).join('\n');
