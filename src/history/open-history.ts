import { HistoryChannel } from './history-channel.ts';
import { PictureHistory } from './picture-history.ts';
import { PictureLibrary } from './picture-library.ts';

export interface OpenHistory {
	readonly pictures: PictureHistory;
	readonly library: PictureLibrary;
	readonly channel: HistoryChannel;
}

/** The history of this browser. Nothing is opened before it is asked for. */
export function openHistory(appVersion: string): OpenHistory {
	const channel = new HistoryChannel('shardlight-history');
	const pictures: PictureHistory = new PictureHistory({
		...{ appVersion, channel },
		// A mark that outlives its picture does no harm.
		onPurge: (ids) => void library.forget(ids).catch(() => undefined),
	});
	const library = new PictureLibrary({ channel, entries: (ids) => pictures.entries(ids) });
	return { pictures, library, channel };
}
