/** Where the service worker leaves what another app shared with this one, until the page takes it. */
export const SHARED_CACHE = 'shardlight-shared';

/** Below the app's address: where shares go. */
export const SHARE_PATH = 'shared';

/** What the page is opened with after a share. */
export const SHARED_QUERY = 'shared';
