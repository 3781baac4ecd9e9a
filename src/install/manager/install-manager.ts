import type { PublishedDownload } from '../../families/parts/published-model.ts';
import type { MirrorProbe } from '../sources/probe-mirror.ts';
import type { TakenFiles } from '../../store/model-manifest.ts';
import type { BackendSpeed, StoreBackend } from '../../store/store-backend.ts';

/** A file the user chose. `path` tells files of one name apart: `vae/config.json`. */
export interface ChosenFile {
	readonly path: string;
	/** A handle can be kept, so that an interrupted install goes on after a reload without choosing again. */
	readonly file: File | FileSystemFileHandle;
}

/** Where a model's bytes come from. All of it crosses to a worker as it is. */
export type InstallSource =
	| { readonly type: 'hub'; readonly layout: OfferedDownload['id'] }
	/** A server with the hub's paths, for example `https://hf-mirror.com`. */
	| { readonly type: 'mirror'; readonly baseUrl: string; readonly layout: OfferedDownload['id'] }
	/** Checkpoint files on disk, copied from there: a ComfyUI folder, a diffusers folder, or single files. */
	| {
			readonly type: 'files';
			readonly files: readonly ChosenFile[];
			/** How many files there were with those that can be no part of a model. */
			readonly lookedAt?: number;
	  }
	/** A folder of shards that the command line tool converted; `url` ends with a slash. */
	| { readonly type: 'shards'; readonly url: string };

/**
 * `partial`: begun and stopped, whatever the reason; `installing`: a call of this or another tab works
 * on it; `damaged`: installed, but the last check found bad shards; `too-new`: installed by a newer version
 * of this app, the only one that can read it.
 */
export type ModelState = 'absent' | 'partial' | 'installing' | 'installed' | 'damaged' | 'too-new';

/** One of the forms in which a model is published. */
export interface OfferedDownload extends Pick<PublishedDownload, 'id' | 'publisher' | 'dtype'> {
	/** That cross the network. */
	readonly bytes: number;
}

/** How a model can be had. */
export type ModelOffer =
	/** It comes with the page, and there is nothing to choose. */
	| { readonly type: 'bundled'; readonly source: InstallSource }
	/** By any of the sources. */
	| {
			readonly type: 'published';
			/** The one to recommend first. */
			readonly downloads: readonly OfferedDownload[];
			/** A mirror that is known to have it. */
			readonly mirrorUrl: string;
	  };

export interface ManagedModel {
	readonly id: string;
	/** Shown to people. */
	readonly name: string;
	readonly state: ModelState;
	/** Bytes on disk once installed. */
	readonly installedBytes: number;
	/** Bytes of it that are stored now. */
	readonly storedBytes: number;
	/** Where it came from, or comes from while partial: "Comfy-Org/z_image_turbo", "local files". */
	readonly origin?: string;
	readonly revision?: string;
	/** The files that its weights came from, by component; absent where nobody kept their names. */
	readonly files?: TakenFiles;
	/** Where its shards lie; absent while absent. */
	readonly backend?: StoreBackend;
	readonly offer: ModelOffer;
	/** True if `resume` can go on without asking for files again. */
	readonly resumable: boolean;
	/** Shards that the last check found bad or missing. */
	readonly damagedShards: readonly string[];
}

export interface StorageOverview {
	/** Bytes that this page's origin uses. How many more it may use, no browser tells truly. */
	readonly usedBytes?: number;
	/** True if the browser has promised not to evict. */
	readonly persisted: boolean;
	/** Backends this browser has. */
	readonly backends: readonly StoreBackend[];
}

export type ManagerEvent =
	/** `space`: asks whether it fits; `probe`: measures the backends; `read`: headers and small files. */
	| {
			readonly type: 'phase';
			readonly phase: 'space' | 'probe' | 'read' | 'convert' | 'check' | 'move' | 'finish';
	  }
	/** The backend taken, and what was measured (empty if it was given). */
	| {
			readonly type: 'backend';
			readonly backend: StoreBackend;
			readonly measured: readonly BackendSpeed[];
	  }
	| {
			readonly type: 'progress';
			/** File read, or shard checked or moved. */
			readonly file: string;
			/** Of all files together, what an earlier session did included. */
			readonly bytesDone: number;
			readonly bytesTotal: number;
			/** Smoothed; absent in the first second. */
			readonly bytesPerSecond?: number;
			readonly secondsLeft?: number;
	  }
	/** Which files were taken, by component: before the first byte of them is converted. */
	| { readonly type: 'files'; readonly files: TakenFiles }
	/** A shard is stored and its hash is right. */
	| { readonly type: 'shard'; readonly name: string; readonly done: number; readonly total: number }
	/** The connection failed; it is tried again after the wait. */
	| {
			readonly type: 'retry';
			readonly file: string;
			readonly attempt: number;
			readonly waitMilliseconds: number;
			readonly reason: string;
	  }
	/** Worth telling, not a failure. `text` is for people. */
	| {
			readonly type: 'notice';
			readonly notice: 'range-ignored' | 'not-persistent' | 'subnormals' | 'source-changed';
			readonly text: string;
	  };

export type InstallOutcome = 'installed' | 'paused' | 'cancelled';

export interface CheckReport {
	readonly shardsChecked: number;
	/** Names of shards that are missing or have the wrong hash. */
	readonly damaged: readonly string[];
}

export interface InstallOptions {
	/** Taken instead of the faster one. */
	readonly backend?: StoreBackend;
	/** Wait for another tab's install instead of failing. */
	readonly waitForOtherTab?: boolean;
}

/**
 * Installs, checks and removes models. Lives in a worker; every argument and result can be cloned but the
 * event callbacks, which Comlink proxies.
 *
 * Rejections are the errors of `src/install/errors.ts` and `src/store/errors.ts`; all of them leave
 * the manager usable and what is stored in place.
 */
export interface InstallManager {
	models(): Promise<readonly ManagedModel[]>;
	storage(): Promise<StorageOverview>;
	/** Asks a mirror for one small file. Never rejects for an unreachable one. */
	probeMirror(baseUrl: string): Promise<MirrorProbe>;
	/**
	 * Installs a model, or goes on with what an earlier call left if the source is the same.
	 *
	 * @throws InstallBusyError while another install runs, here or in another tab
	 * @throws StorageFullError, CheckpointError, DownloadError, IntegrityError, SourceChangedError
	 */
	install(
		modelId: string,
		source: InstallSource,
		onEvent: (event: ManagerEvent) => void,
		options?: InstallOptions,
	): Promise<InstallOutcome>;
	/** `install` with the source that the interrupted install had. @throws SourceNeededError for files */
	resume(
		modelId: string,
		onEvent: (event: ManagerEvent) => void,
		options?: InstallOptions,
	): Promise<InstallOutcome>;
	/** Stops the running install, which resolves with `paused`; everything stays for `resume`. */
	pause(): void;
	/** Stops the running install, which resolves with `cancelled`, and removes what it stored. */
	cancel(): void;
	/** Removes a model, whole or partial. */
	delete(modelId: string): Promise<void>;
	/** Reads every shard and compares its hash. `pause()` ends it early with an AbortError. */
	check(modelId: string, onEvent: (event: ManagerEvent) => void): Promise<CheckReport>;
	/** Fetches the damaged shards again, and only those. `source` where the first one is gone. */
	repair(
		modelId: string,
		onEvent: (event: ManagerEvent) => void,
		source?: InstallSource,
	): Promise<InstallOutcome>;
	/** Moves a model's shards to another backend. */
	move(
		modelId: string,
		backend: StoreBackend,
		onEvent: (event: ManagerEvent) => void,
	): Promise<InstallOutcome>;
}
