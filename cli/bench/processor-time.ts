import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second on every architecture that Linux has today. */
const TICKS_PER_SECOND = 100;

/** Seconds that all processes this one started have computed, ended ones not counted; undefined but on Linux. */
export function childrenProcessorSeconds(): number | undefined {
	const processes = new Map<number, { readonly parent: number; readonly ticks: number }>();
	try {
		for (const name of readdirSync('/proc')) {
			if (/^\d+$/.test(name)) readProcess(Number(name), processes);
		}
	} catch {
		return undefined;
	}
	let ticks = 0;
	for (const [id, { ticks: own }] of processes) {
		let ancestor = processes.get(id)?.parent;
		while (ancestor !== undefined && ancestor !== process.pid) {
			ancestor = processes.get(ancestor)?.parent;
		}
		if (ancestor === process.pid) ticks += own;
	}
	return ticks / TICKS_PER_SECOND;
}

function readProcess(
	id: number,
	processes: Map<number, { readonly parent: number; readonly ticks: number }>,
): void {
	try {
		const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
		// The name in parentheses may hold anything, spaces too.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
		processes.set(id, { parent, ticks: user + system });
	} catch {
		// It ended meanwhile.
	}
}
