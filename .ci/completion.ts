import {PHASES, subjects} from '../lib/cli/graph.ts';
import {commands} from '../lib/cli/main.ts';

/** Words for the shell: the commands, and what `graph` takes. */
export const completion = (): string => `# bash completion of twinpool
_twinpool() {
	local words="${Object.keys(commands).join(' ')} --help --version"
	case "\${COMP_WORDS[1]}" in
	graph) words="${Object.keys(subjects).join(' ')} ${PHASES.join(' ')} --svg" ;;
	snapshot) words="take list prune drop rollback send --keep --destroy-newer --before-split-brain --json" ;;
	configure) words="--print --output --check --write --apply --node $(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")" ;;
	doctor) words="--peer --json" ;;
	status) words="--json" ;;
	watch) words="--json --metrics --publish" ;;
	split-brain) words="--keep --resolve --yes --without-copy --json" ;;
	drill) words="--check --power --yes --dataset --output --json" ;;
	bench) words="--drill --runtime --rounds --jobs --size --yes --json $(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")" ;;
	demo) words="--fault --drbd --programs --json --help" ;;
	esac
	if [ "$COMP_CWORD" -eq 1 ]; then words="${Object.keys(commands).join(' ')} --help --version"; fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -F _twinpool twinpool
`;
